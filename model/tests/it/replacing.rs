//! A SQLite file that is replaced while a program that writes has it open.

use std::fs;

use model::{Database, DatabaseUrl, Status, region, round};
use tempfile::TempDir;

use crate::builders::{judged, minute, round};

#[tokio::test]
async fn what_is_recorded_is_in_the_file_that_is_there_now() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| -> DatabaseUrl {
        format!("sqlite://{}", folder.path().join(name).display()).parse().unwrap()
    };
    let writing = Database::open(&at("a.db")).await.unwrap();
    migration::up(&writing).await.unwrap();
    let other = Database::open(&at("b.db")).await.unwrap();
    migration::up(&other).await.unwrap();
    other.connection().clone().close().await.unwrap();

    fs::rename(folder.path().join("b.db"), folder.path().join("a.db")).unwrap();
    for left in ["a.db-wal", "a.db-shm"] {
        // It may be gone already; what matters is that it is not there.
        let _ = fs::remove_file(folder.path().join(left));
    }
    let kept = round(0, [judged("SQS", Status::Up)]);
    round::record(&writing, &kept, minute(0)).await.unwrap();
    let reading = Database::open_to_read(&at("a.db")).await.unwrap();
    assert_eq!(region::all(&reading).await.unwrap().len(), 1);
}
