//! The program's exit codes.

use std::process::{Command, Output};

fn drill(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_drill")).args(arguments).output().unwrap()
}

#[test]
fn a_malformed_scenario_is_named_with_its_line_before_anything_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.toml");
    let text = "id = \"broken\"\ntitle = \"\"\nsource = \"\"\nregion = \"us-east-1\"\nslots = 0\nonset = 0\n\
                [expect]\ndetect_within = 0\nclear_within = 0\nfalse_down = 0\n";
    std::fs::write(&path, text).unwrap();
    let output = drill(&["--bar", "--scenario", path.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("broken.toml:5: slots: 1 to 1440"), "{said}");
}

#[test]
fn a_scenario_that_is_not_there_is_named() {
    let output = drill(&["--scenario", "/nowhere/outage.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("/nowhere/outage.toml"));
}
