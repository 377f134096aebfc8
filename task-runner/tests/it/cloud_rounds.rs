//! Rounds against the local cloud with the sample applications on it.

use model::Status;

use crate::{
    cloud,
    databases::{Store, on_each_database},
    process::{Process, command},
    program::{Program, minute, status_of, steps, trigger, with},
    target::nobody,
};

/// Every service and application of the contract.
const ALL: [&str; 11] = [
    "API Gateway",
    "DynamoDB",
    "EC2",
    "IAM",
    "Lambda",
    "S3",
    "SQS",
    "SQS + EC2 Voting Game",
    "Lambda Random Shade Generator",
    "EC2 Bezos Quote Generator",
    "S3 File Serving",
];

/// Runs one probe with other settings than the local cloud's.
async fn steps_of(probe: &str, others: &[(&'static str, &str)]) -> Vec<String> {
    let store = Store::new().await;
    let variables = with(cloud::variables(), others);
    Program::start(&store, &variables).await.steps_of(probe).await
}

#[tokio::test]
async fn on_a_cloud_that_is_well_everything_is_up() {
    on_each_database(async |store| {
        let program = Program::start(store, &cloud::variables()).await;
        let answer = program.trigger(minute(0)).await.json;
        let steps = steps(&answer);
        assert!(steps.iter().all(|step| step.ends_with(": succeeded")), "{steps:?}");
        let rows = store.measurements().await;
        assert_eq!(rows.len(), ALL.len());
        for row in rows {
            assert!(ALL.contains(&row.service.as_str()), "{row:?}");
            assert_eq!((row.status, row.cause), (Status::Up, None), "{row:?}");
            assert!(row.latency_us.is_some_and(|us| us > 0), "{row:?}");
        }
        let rows = store.observations().await;
        let with_ids = rows.iter().filter(|row| row.observation.request_id.is_some());
        assert!(with_ids.count() >= 10, "calls of the provider have its request ids");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contracts_first_nine_variables_are_enough() {
    on_each_database(async |store| {
        let url = store.url.replacen("postgresql://", "postgresql+psycopg2://", 1);
        let mut command = command();
        let folder = tempfile::tempdir().unwrap();
        command.current_dir(folder.path()).env("DATABASE_URL", url);
        command.env("API_CORS_ORIGINS", "https://status.example");
        for name in [
            "TM_REGION",
            "TM_VOTING_API_URL",
            "TM_SHADES_URL",
            "TM_BEZZOS_QUOTES_URL",
            "TM_S3_FILE_URL",
            "TM_VOTING_EC2_INSTANCE_ID",
            "TM_AWS_ACCESS_KEY_ID",
            "TM_AWS_SECRET_ACCESS_KEY",
            "TM_EC2_ENDPOINT_URL",
            "TM_DYNAMODB_ENDPOINT_URL",
            "TM_LAMBDA_ENDPOINT_URL",
            "TM_AWS_SQS_ENDPOINT_URL",
            "TM_IAM_ENDPOINT_URL",
        ] {
            command.env(name, cloud::variable(name));
        }
        let process = Process::run(command.env("TM_SQS_SLEEP", "10"));
        let answer = trigger(process.address, minute(0)).await.json;
        assert_eq!(answer["recorded"], true);
        for name in ALL {
            assert_eq!(status_of(&answer, name), "up", "{name}: {:?}", steps(&answer));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_unreachable_at_the_start_affects_its_service_only() {
    let services = [
        ("TM_AWS_SQS_ENDPOINT_URL", "SQS"),
        ("TM_DYNAMODB_ENDPOINT_URL", "DynamoDB"),
        ("TM_LAMBDA_ENDPOINT_URL", "Lambda"),
        ("TM_EC2_ENDPOINT_URL", "EC2"),
        ("TM_IAM_ENDPOINT_URL", "IAM"),
        ("TM_S3_ENDPOINT_URL", "S3"),
    ];
    for (variable, service) in services {
        let store = Store::new().await;
        let nobody = format!("http://{}", nobody());
        let process = Process::start(&store, &with(cloud::variables(), &[(variable, &nobody)]));
        let answer = trigger(process.address, minute(0)).await.json;
        for name in ALL {
            let expected = match service {
                _ if name != service => "up",
                // Instances run on while nobody can ask about them, and the public file is at
                // an address of its own.
                "EC2" | "S3" => "degraded",
                _ => "down",
            };
            assert_eq!(status_of(&answer, name), expected, "{name} without {service}");
        }
    }
}

#[tokio::test]
async fn what_was_never_deployed_is_a_matter_of_configuration() {
    let steps = steps_of("lambda", &[("TM_LAMBDA_FUNCTION", "nonsense")]).await;
    assert_eq!(steps, ["invoke: failed configuration"]);
    let steps = steps_of("ec2", &[("TM_VOTING_EC2_INSTANCE_ID", "i-00000000000000000")]).await;
    assert!(steps.contains(&"describe_instances: failed configuration".into()), "{steps:?}");
    let steps = steps_of("iam", &[("TM_AWS_ACCESS_KEY_ID", "AKIA0000000000000000")]).await;
    assert_eq!(steps.len(), 1);
    assert!(!steps[0].ends_with("succeeded"), "{steps:?}");
}

#[tokio::test]
async fn a_beacon_with_another_digest_is_a_body_failure() {
    let steps = steps_of("beacon", &[("TM_S3_FILE_SHA256", &"00".repeat(32))]).await;
    assert_eq!(steps, ["get_file: failed body"]);
    let steps = steps_of("beacon", &[("TM_S3_FILE_SHA256", "")]).await;
    assert_eq!(steps, ["get_file: succeeded"]);
    let other = cloud::variable("TM_S3_FILE_URL").replace("beacon.png", "nothing.png");
    let steps = steps_of("beacon", &[("TM_S3_FILE_URL", &other)]).await;
    assert_eq!(steps, ["get_file: failed http_4xx"]);
}

#[tokio::test]
async fn an_instance_that_is_stopped_is_not_well() {
    let id = cloud::ec2("RunInstances", "ImageId=ami-1&MinCount=1&MaxCount=1").await;
    let id = id.split("<instanceId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let settings = [("TM_VOTING_EC2_INSTANCE_ID", id.as_str())];
    let steps = steps_of("ec2", &settings).await;
    assert!(steps.iter().all(|step| step.ends_with("succeeded")), "{steps:?}");

    cloud::ec2("StopInstances", &format!("InstanceId.1={id}")).await;
    let steps = steps_of("ec2", &settings).await;
    let described = steps.iter().find(|step| step.starts_with("describe_instances:")).unwrap();
    assert!(described.contains("failed"), "{steps:?}");
    cloud::ec2("TerminateInstances", &format!("InstanceId.1={id}")).await;
}
