//! A whole play, from the schedule to what the API tells.

use drill::{fault::Kind, play::play, scenario::Status};

use crate::stage::{Stage, scenario};

#[tokio::test(flavor = "multi_thread")]
async fn a_play_records_every_service_in_every_slot_by_the_schedules_time() {
    let mut stage = Stage::set().await;
    let mut scenario = scenario("target = \"iam\"\nkind = \"status\"\nstatus = 500");
    scenario.slots = 4;
    scenario.faults[0].to = 2;
    assert_eq!(scenario.faults[0].kind, Kind::Status(500));
    let record = play(&mut stage.world, &scenario).await.unwrap();
    stage.clear().await;
    let judged = record.judged();
    let iam: Vec<Status> = (0..4).map(|minute| judged[&("IAM".to_owned(), minute)]).collect();
    assert!(iam[0].is_blame() && iam[1].is_blame(), "{iam:?}");
    assert!(!iam[3].is_blame(), "{iam:?}");
    for service in drill::scenario::SERVICES {
        for minute in -drill::pace::BEFORE_ONSET..4 {
            assert!(judged.contains_key(&(service.to_owned(), minute)), "{service} at {minute}");
        }
    }
    let naive = drill::naive::judged(&record);
    assert_eq!(naive[&("IAM".to_owned(), 0)], Status::Down);
    assert_eq!(naive[&("SQS".to_owned(), 0)], Status::Up);
}
