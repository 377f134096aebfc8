//! Bad input: a 4xx in the one shape, naming the parameter.

use model::Status::Up;

use crate::{
    builders::{judged, round},
    databases::on_each_database,
};

#[tokio::test]
async fn a_bad_parameter_is_a_400_that_names_it() {
    on_each_database(async |program| {
        program.record(round(0, [judged("SQS", Up)])).await;
        for (path, parameter) in [
            ("/metrics", "region"),
            ("/metrics?region=", "region"),
            ("/metrics?region=us%00east", "region"),
            ("/metrics?region=us-east-1&groupby=century", "groupby"),
            ("/metrics?region=us-east-1&exclude_apps=perhaps", "exclude_apps"),
            ("/v1/measurements?limit=1000000000", "limit"),
            ("/v1/measurements?limit=99999999999999999999999", "limit"),
            ("/v1/measurements?limit=0", "limit"),
            ("/v1/measurements?limit=-1", "limit"),
            ("/v1/measurements?status=fine", "status"),
            ("/v1/measurements?from=yesterday", "from"),
            ("/v1/measurements?from=2026-12-31T23:59:60Z", "from"),
            ("/v1/measurements?from=2026-11-19T18:00:00Z&to=2026-11-19T18:00:00Z", "to"),
            ("/v1/measurements?cursor=AAAA", "cursor"),
            ("/v1/measurements?cursor=", "cursor"),
            ("/v1/measurements?regoin=us-east-1", "regoin"),
            ("/v1/observations?outcome=great", "outcome"),
            ("/v1/observations?probe=%0a", "probe"),
            ("/v1/status?regoin=us-east-1", "regoin"),
            ("/v1/status?region=%0a", "region"),
            ("/v1/status/us%00east", "region"),
            ("/v1/status/us-east-1?region=us-east-1", "region"),
            ("/v1/runs?limit=0", "limit"),
            ("/v1/runs?from=2026-11-19T18:00:00Z&to=2026-11-19T17:00:00Z", "to"),
            ("/v1/measurements?region=us-east-1&region=eu-west-1", "region"),
        ] {
            let problem = program.problem(path).await;
            assert_eq!(problem["status"], 400, "{path}: {problem}");
            assert_eq!(problem["parameter"], parameter, "{path}: {problem}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_unknown_name_is_a_404_that_offers_what_was_meant() {
    on_each_database(async |program| {
        program.record(round(0, [judged("DynamoDB", Up)])).await;
        let region = program.problem("/metrics?region=us-east-9").await;
        insta::assert_json_snapshot!("unknown_region", region);
        let service = program.problem("/v1/measurements?service=DynamoBD").await;
        insta::assert_json_snapshot!("unknown_service", service);
        let injected = program.problem("/metrics?region='%3B%20drop%20table").await;
        assert_eq!((&injected["status"], &injected["parameter"]), (&404.into(), &"region".into()));
        program.json("/metrics?region=us-east-1").await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_named_as_the_operation_calls_it() {
    on_each_database(async |program| {
        program.record(round(0, [judged("DynamoDB", Up)])).await;
        for (path, parameter) in [
            ("/v1/runs/us-east-1-20261119T1759Z", "id"),
            ("/v1/observations?run=us-east-1-20261119T1759Z", "run"),
            ("/badges/us-east-1/S3.json", "file"),
            ("/badges/us-east-9/DynamoDB.json", "region"),
            ("/v1/status/us-east-9", "region"),
        ] {
            let problem = program.problem(path).await;
            assert_eq!(problem["status"], 404, "{path}: {problem}");
            assert_eq!(problem["parameter"], parameter, "{path}: {problem}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_told_why() {
    on_each_database(async |program| {
        for (path, detail) in [
            ("/v1/status/%FF", "region: is not UTF-8"),
            (
                "/v1/events?last_event_id=last",
                "last_event_id: the id of an event is needed, a whole number",
            ),
            (
                "/v1/uptime?from=2026-12-31T23:59:60Z",
                "from: a leap second has no place here: 59 or the next minute",
            ),
        ] {
            assert_eq!(program.problem(path).await["detail"], detail, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_misspelled_parameter_offers_what_was_meant() {
    on_each_database(async |program| {
        let problem = program.problem("/v1/measurements?regoin=us-east-1").await;
        insta::assert_json_snapshot!("unknown_parameter", problem);
    })
    .await;
}

#[tokio::test]
async fn a_parameter_that_is_there_twice_is_not_half_ignored() {
    on_each_database(async |program| {
        let problem = program.problem("/v1/measurements?limit=1&limit=2").await;
        assert_eq!(problem["code"], "repeated_parameter");
    })
    .await;
}

#[tokio::test]
async fn a_value_that_is_none_of_a_few_is_told_which_there_are() {
    on_each_database(async |program| {
        let problem = program.problem("/v1/measurements?status=fine").await;
        assert_eq!(problem["detail"], "status: one of up, degraded, down, unknown is needed");
        let problem = program.problem("/metrics?region=us-east-1&groupby=century").await;
        assert_eq!(problem["detail"], "groupby: one of hour, minute is needed");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_have_the_one_shape() {
    on_each_database(async |program| {
        insta::assert_json_snapshot!("unknown_path", program.problem("/v1/nowhere").await);
        let answer =
            program.raw(b"DELETE /overview HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = answer.await;
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
        assert!(answer.contains("method_not_allowed"), "{answer}");
        assert!(answer.contains("allow: GET, HEAD"), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn nasty_bytes_are_refused_and_the_program_lives_on() {
    on_each_database(async |program| {
        for head in [
            "GET /metrics?region=%ff%fe HTTP/1.1\r\nHost: x",
            "GET /metrics?%zz&&==&region HTTP/1.1\r\nHost: x",
            "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x",
            "GET http://elsewhere.example/ HTTP/1.1\r\nHost: x\r\nX: \u{7f}",
            "GET /overview HTTP/1.1",
            "GET /overview HTTP/1.1\r\nHost: x\r\nContent-Length: -1",
            "GET /v1/measurements?cursor=\u{e9} HTTP/1.1\r\nHost: x",
            "BREW /overview HTTP/1.1\r\nHost: x",
        ] {
            let request = format!("{head}\r\nConnection: close\r\n\r\n");
            let answer = program.raw(request.as_bytes()).await;
            let status: u16 = answer.get(9..12).and_then(|code| code.parse().ok()).unwrap_or(400);
            assert!(status < 500, "{head}: {answer}");
        }
        assert_eq!(program.get("/livez").await.status(), 200);
    })
    .await;
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_a_413() {
    on_each_database(async |program| {
        let mut request =
            b"POST /overview HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10000000\r\n\
              Origin: https://status.example\r\n\r\n"
                .to_vec();
        request.resize(request.len() + 10_000_000, b'x');
        let answer = program.raw(&request).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("body_too_large"), "{answer}");
        // A page of that origin can read why.
        assert!(answer.contains("access-control-allow-origin: https://status.example"), "{answer}");
    })
    .await;
}
