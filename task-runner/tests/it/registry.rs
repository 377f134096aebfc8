//! Probes that misbehave, in a registry of the test's own.

use std::time::Duration;

use task_runner::{
    context::Context,
    registry::{Need, Probe, Step, Subject, Use},
};

use crate::{
    databases::Store,
    program::{Program, minute, status_of, steps},
};

const STEPS: &[Step] =
    &[step("one", &[Need::of("EC2", Use::Host)]), step("two", &[Need::of("S3", Use::Front)])];

const fn step(name: &'static str, needs: &'static [Need]) -> Step {
    Step { name, needs }
}

macro_rules! about {
    ($probe:literal, $application:literal) => {
        &verdict::Probe { name: $probe, subject: Subject::Application($application), steps: STEPS }
    };
}

static MISBEHAVING: [Probe; 4] = [
    Probe {
        about: about!("panics", "A"),
        missing: |_| None,
        run: |context| {
            Box::pin(async move {
                one(&context).await;
                panic!("a probe that panics");
            })
        },
    },
    Probe {
        about: about!("overruns", "B"),
        missing: |_| None,
        run: |context| {
            Box::pin(async move {
                one(&context).await;
                std::future::pending().await
            })
        },
    },
    Probe {
        about: about!("blocks", "C"),
        missing: |_| None,
        run: |_| Box::pin(async { std::thread::sleep(Duration::from_secs(2)) }),
    },
    Probe {
        about: about!("works", "D"),
        missing: |_| None,
        run: |context| {
            Box::pin(async move {
                one(&context).await;
                context.step("two", |_| async { Ok(()) }).await;
            })
        },
    },
];

async fn one(context: &Context) {
    context.step("one", |_| async { Ok(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_probe_that_panics_blocks_or_overruns_harms_no_other() {
    let store = Store::new().await;
    let deadline = [("TM_ROUND_DEADLINE", "0.5".to_owned())];
    let program = Program::of_probes(&store, &deadline, &MISBEHAVING).await;
    let answer = program.trigger(minute(0)).await.json;
    assert_eq!(answer["recorded"], true);
    let duration_us = answer["duration_us"].as_i64().unwrap();
    assert!((500_000..1_000_000).contains(&duration_us), "{duration_us} us");
    assert_eq!(
        steps(&answer),
        [
            "one: succeeded",
            "two: failed local",
            "one: succeeded",
            "two: failed local",
            "one: failed local",
            "two: failed local",
            "one: succeeded",
            "two: succeeded",
        ]
    );
    let statuses = ["A", "B", "C", "D"].map(|application| status_of(&answer, application));
    assert_eq!(statuses, ["unknown", "unknown", "unknown", "up"]);
}
