//! An import that is killed in the middle, as a process of its own, and run again.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use model::import;

use crate::{
    databases::{Target, on_two_targets_of_each_kind},
    source::Source,
};

/// Starts `migration import`.
fn start(source: &Source, target: &Target) -> Child {
    Command::new(env!("CARGO_BIN_EXE_migration"))
        .args(["import", "--from", &source.url])
        .env("DATABASE_URL", &target.url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How far it is.
async fn progress(source: &Source, target: &Target) -> i64 {
    let source: model::DatabaseUrl = source.url.parse().unwrap();
    let progress = import::progress(&target.database, &source.to_string()).await.unwrap();
    progress.map_or(0, |progress| progress.read())
}

#[tokio::test]
async fn an_import_that_was_killed_ends_as_if_it_had_not_been() {
    const MINUTES: u32 = 8_000;
    on_two_targets_of_each_kind(async |source, [killed, spared]| {
        source.add_minutes(MINUTES).await;
        let rows = i64::from(MINUTES) * 12;
        for _ in 0..2 {
            let before = progress(source, killed).await;
            let mut import = start(source, killed);
            while progress(source, killed).await == before {
                assert_eq!(import.try_wait().unwrap(), None, "it ended by itself");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            import.kill().unwrap();
            import.wait().unwrap();
        }
        let so_far = progress(source, killed).await;
        assert!(so_far > 0 && so_far < rows, "{so_far} of {rows} rows");

        let report = killed.import(source, |_| {}).await.unwrap();
        assert_eq!((report.read, report.folded), (rows - so_far, rows), "{report}");
        let whole = spared.import(source, |_| {}).await.unwrap();
        assert_eq!((report.measurements, report.there), (whole.measurements, 0));
        let (killed, spared) = (killed.measured().await, spared.measured().await);
        assert_eq!(killed.len(), usize::try_from(MINUTES).unwrap() * 9);
        assert!(killed == spared, "the measurements differ");
    })
    .await;
}

#[tokio::test]
async fn two_imports_from_one_source_do_not_both_go_on() {
    on_two_targets_of_each_kind(async |source, [target, _]| {
        source.add_minutes(4_000).await;
        let other = Target::at(&target.url).await;
        let (one, other) =
            tokio::join!(target.import(source, |_| {}), other.import(source, |_| {}));
        let finished = [one, other].into_iter().filter(Result::is_ok).count();
        assert!(finished <= 1, "both finished");
        let report = target.import(source, |_| {}).await.unwrap();
        assert_eq!(report.folded + report.there, 4_000 * 12, "{report}");
        assert_eq!(target.measured().await.len(), 4_000 * 9);
    })
    .await;
}

#[tokio::test]
async fn the_program_imports_and_rolls_up_and_accounts_for_every_row() {
    on_two_targets_of_each_kind(async |source, [target, _]| {
        source.add_minutes(60).await;
        let output = Command::new(env!("CARGO_BIN_EXE_migration"))
            .args(["import", "--from", &source.url, "--measurements-days", "30000"])
            .env("DATABASE_URL", &target.url)
            .output()
            .unwrap();
        let (shown, said) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{said}");
        assert!(shown.contains("720 were folded into 540 measurements"), "{shown}");
        assert!(said.contains("720 of 720 rows"), "{said}");
        assert_eq!(target.number("SELECT count(*) FROM rollup_hour").await, 9);
        assert_eq!(target.number("SELECT count(*) FROM rollup_day").await, 9);
    })
    .await;
}
