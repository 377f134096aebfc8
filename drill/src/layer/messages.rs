//! Messages of SQS that are delivered later, or never.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use uuid::Uuid;

/// 900 s: SQS keeps no message back for longer.
const LONGEST_DELAY: f64 = 900.0;

/// A message that SQS itself delivers later, to the next full second.
pub(super) fn delayed(body: &Bytes, time: Duration) -> Bytes {
    let seconds = time.as_secs_f64().ceil().min(LONGEST_DELAY);
    match serde_json::from_slice::<Value>(body) {
        Ok(mut message) if message.is_object() => {
            message["DelaySeconds"] = json!(seconds as u32);
            Bytes::from(message.to_string())
        }
        _ => body.clone(),
    }
}

/// What SQS answers to a message that it takes.
pub(super) fn accepted(body: &Bytes) -> Response<Bytes> {
    let message: Value = serde_json::from_slice(body).unwrap_or_default();
    let digest = Md5::digest(message["MessageBody"].as_str().unwrap_or_default());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let answer = json!({ "MessageId": Uuid::new_v4(), "MD5OfMessageBody": digest }).to_string();
    let mut response = Response::new(Bytes::from(answer));
    let json = HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_delayed_by_sqs_itself_and_no_longer_than_it_can() {
        let body = Bytes::from_static(b"{\"MessageBody\":\"x\"}");
        let delay = |time| {
            let message: Value = serde_json::from_slice(&delayed(&body, time)).unwrap();
            message["DelaySeconds"].as_u64().unwrap()
        };
        assert_eq!(delay(Duration::from_millis(1200)), 2);
        assert_eq!(delay(Duration::from_secs(3000)), 900);
        assert_eq!(delayed(&Bytes::from_static(b"[]"), Duration::ZERO), "[]");
    }

    #[test]
    fn an_accepted_message_is_confirmed_by_its_digest() {
        let answer = accepted(&Bytes::from_static(b"{\"MessageBody\":\"beacon\"}"));
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answer["MD5OfMessageBody"], "41b89d10619cdd3e30fb6c401c17c7d9");
    }
}
