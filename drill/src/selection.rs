//! Which scenarios are played.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::{error::Error, scenario::Scenario};

/// Two minutes of them for every change: faults of one service, of ours, of an application, and of
/// nobody.
pub const QUICK: [&str; 4] =
    ["dynamodb-writes-fail", "lambda-invoke-fails", "our-bug-quotes-crash", "ours-network-down"];

/// Where the repository's own are.
pub fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"))
}

/// Reads the given files; without any, all of the repository's, or the quick ones.
///
/// # Errors
/// The first one that cannot be read, or two of the same name.
pub fn read(files: &[PathBuf], quick: bool) -> Result<Vec<Scenario>, Error> {
    let paths = match (files, quick) {
        ([], true) => QUICK.map(|id| folder().join(format!("{id}.toml"))).into(),
        ([], false) => all()?,
        (files, _) => files.to_vec(),
    };
    let mut ids = BTreeSet::new();
    let mut scenarios = Vec::new();
    for path in paths {
        let scenario = Scenario::read(&path)?;
        if !ids.insert(scenario.id.clone()) {
            return Err(Error::Twice(scenario.id));
        }
        scenarios.push(scenario);
    }
    Ok(scenarios)
}

fn all() -> Result<Vec<PathBuf>, Error> {
    let unreadable = |source| Error::Unreadable { path: folder().to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder()).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_ones_are_among_the_repositorys() {
        assert_eq!(read(&[], true).unwrap().len(), QUICK.len());
        assert!(read(&[], false).unwrap().len() > QUICK.len());
    }

    #[test]
    fn a_scenario_is_not_played_twice() {
        let path = folder().join("quiet.toml");
        assert!(matches!(read(&[path.clone(), path], false), Err(Error::Twice(_))));
    }
}
