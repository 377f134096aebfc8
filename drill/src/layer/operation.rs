//! Which operation a request asks for, by the provider's own names.

use http::{Method, request::Parts};

use crate::fault::Target;

/// `PutItem`, `DescribeInstances`, `Invoke`, `GetObject`; of what has no such names, the method
/// and the first part of the path: `POST /votes`.
pub(super) fn name(target: Target, head: &Parts, body: &[u8]) -> String {
    let path = head.uri.path();
    match target {
        Target::Dynamodb | Target::Sqs => {
            let target = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
            match target.and_then(|target| target.rsplit('.').next()) {
                Some(operation) => operation.to_owned(),
                None => action(body),
            }
        }
        Target::Ec2 | Target::Iam => action(body),
        Target::Lambda if path.ends_with("/invocations") => "Invoke".into(),
        Target::Lambda if head.method == Method::GET => "GetFunction".into(),
        Target::S3 => of_storage(head).into(),
        // The emulator's gateway is reached by path: /_aws/execute-api/{api}/{stage}/shades.
        Target::Apigateway => format!("{} /{}", head.method, part(path, 4)),
        _ => format!("{} /{}", head.method, part(path, 0)),
    }
}

/// The `Action` of a form.
fn action(body: &[u8]) -> String {
    let action = url::form_urlencoded::parse(body).find(|(name, _)| name == "Action");
    action.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn of_storage(head: &Parts) -> &'static str {
    let is_of_bucket = part(head.uri.path(), 1).is_empty();
    match (&head.method, is_of_bucket) {
        (&Method::GET, false) => "GetObject",
        (&Method::PUT, false) => "PutObject",
        (&Method::DELETE, false) => "DeleteObject",
        (&Method::HEAD, false) => "HeadObject",
        (&Method::GET, true) => "ListObjectsV2",
        (&Method::PUT, true) => "CreateBucket",
        (&Method::HEAD, true) => "HeadBucket",
        _ => "",
    }
}

fn part(path: &str, number: usize) -> &str {
    path.trim_start_matches('/').split('/').nth(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(target: Target, request: http::request::Builder, body: &str) -> String {
        name(target, &request.body(()).unwrap().into_parts().0, body.as_bytes())
    }

    #[test]
    fn every_protocol_says_its_operation_elsewhere() {
        let request = http::Request::builder();
        let json = http::Request::post("/").header("x-amz-target", "DynamoDB_20120810.PutItem");
        assert_eq!(named(Target::Dynamodb, json, "{}"), "PutItem");
        let json = http::Request::post("/").header("x-amz-target", "AmazonSQS.SendMessage");
        assert_eq!(named(Target::Sqs, json, "{}"), "SendMessage");
        let form = "Action=DescribeInstances&Version=2016-11-15";
        assert_eq!(named(Target::Ec2, request, form), "DescribeInstances");
        let invoke = http::Request::post("/2015-03-31/functions/shade-generator/invocations");
        assert_eq!(named(Target::Lambda, invoke, "{}"), "Invoke");
        let get = http::Request::get("/bucket/beacon.png?nonce=1");
        assert_eq!(named(Target::S3, get, ""), "GetObject");
        let put = http::Request::put("/bucket/object?x-id=PutObject");
        assert_eq!(named(Target::S3, put, ""), "PutObject");
    }

    #[test]
    fn what_has_no_operations_is_named_by_method_and_path() {
        let get = http::Request::get("/_aws/execute-api/abc123/$default/shades?nonce=1");
        assert_eq!(named(Target::Apigateway, get, ""), "GET /shades");
        assert_eq!(named(Target::VotingApp, http::Request::get("/votes/1"), ""), "GET /votes");
        assert_eq!(named(Target::VotingApp, http::Request::post("/votes"), ""), "POST /votes");
        assert_eq!(named(Target::Control, http::Request::get("/"), ""), "GET /");
    }
}
