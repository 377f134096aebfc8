//! What is wrong with the command line: named, exit code 2, and nothing is begun.

use std::process::{Command, Output};

use tempfile::TempDir;

#[test]
fn a_malformed_option_is_named_and_its_password_is_not_shown() {
    let folder = TempDir::new().unwrap();
    let mysql = "mysql://me:hunter2@db/monitor";
    for (arguments, option) in [
        (&["--database-url", mysql, "status"][..], "--database-url"),
        (&["import", "--from", mysql], "--from"),
        (&["import", "--from", "postgresql://me:hunter2@db:port/monitor"], "--from"),
        (&["import", "--from", "sqlite://hunter2.db"], "--from"),
        (&["maintain", "--measurements-days", "0"], "--measurements-days"),
        (&["import"], "--from"),
    ] {
        let mut migration = Command::new(env!("CARGO_BIN_EXE_migration"));
        migration.env_clear().current_dir(folder.path()).args(arguments);
        let Output { status, stderr, .. } = migration.output().unwrap();
        let errors = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(option) && !errors.contains("hunter2"), "{errors}");
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "nothing was made");
}
