//! Puts the dashboard's files, as `npm run build` left them in `web/dist`, into the program. Without
//! them the program is built as well, and says how to build them.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

const DIST: &str = "../web/dist";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={DIST}");
    let mut paths = Vec::new();
    collect(Path::new(DIST), &mut paths)?;
    paths.sort();
    let entries: Vec<_> = paths.iter().filter_map(|path| entry(path)).collect();
    let target = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("dashboard.rs");
    fs::write(target, format!("&[{}]", entries.concat()))
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else {
            paths.push(path.canonicalize()?);
        }
    }
    Ok(())
}

/// A file as a Rust expression; packed copies belong to the file that they are of.
fn entry(path: &Path) -> Option<String> {
    let root = Path::new(DIST).canonicalize().ok()?;
    let name = path.strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
    if name.starts_with('.') || name.ends_with(".br") || name.ends_with(".gz") {
        return None;
    }
    let packed = |suffix: &str| {
        let path = format!("{}.{suffix}", path.display());
        let bytes = format!("Some(include_bytes!({path:?}))");
        if Path::new(&path).exists() { bytes } else { "None".to_owned() }
    };
    let (brotli, gzip) = (packed("br"), packed("gz"));
    Some(format!(
        "File {{ name: {name:?}, whole: include_bytes!({path:?}), brotli: {brotli}, gzip: {gzip} }},"
    ))
}
