//! The beacon: a public file in a bucket, compared with what it should be.

use http::{StatusCode, header};
use md5::Md5;
use model::Failure;
use sha2::{Digest, Sha256};

use super::fresh_get;
use crate::{
    config,
    context::Context,
    net::{Answer, Failed},
    registry::Probe,
};

/// The beacon file, as anybody reads it.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::BEACON,
    missing: |targets| targets.beacon.is_none().then_some("TM_S3_FILE_URL"),
    run: |context| Box::pin(run(context)),
};

async fn run(context: Context) {
    let Some(url) = &context.targets.beacon else { return };
    let expected = context.targets.beacon_sha256;
    context
        .step("get_file", |attempt| async move {
            let request = fresh_get(url, context.nonce)?;
            check(&attempt.send(request).await?.expect(StatusCode::OK)?, expected)
        })
        .await;
}

/// Compares type, length and content. Without a known digest the content must be what the
/// bucket says it is: the ETag of an object that was put in one piece is its MD5.
fn check(answer: &Answer, expected: Option<config::Sha256>) -> Result<(), Failed> {
    let wrong = |detail: String| Err(Failed::new(Failure::Body, detail));
    let text = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
    let Some(content_type) = text(header::CONTENT_TYPE) else {
        return wrong("the file has no content type".into());
    };
    if !content_type.starts_with("image/") {
        return wrong(format!("the file is {content_type}, not an image"));
    }
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if answer.body.is_empty() || length != Some(answer.body.len()) {
        return wrong(format!("{} bytes came, announced as {length:?}", answer.body.len()));
    }
    if let Some(expected) = expected {
        return match <[u8; 32]>::from(Sha256::digest(&answer.body)) == expected.0 {
            true => Ok(()),
            false => wrong("the file's SHA-256 is not TM_S3_FILE_SHA256".into()),
        };
    }
    let etag = text(header::ETAG).map(|etag| etag.trim_matches('"')).unwrap_or_default();
    // The ETag of an object put in parts, or encrypted with a key of ours, is no digest.
    let is_digest = etag.len() == 32 && etag.chars().all(|digit| digit.is_ascii_hexdigit());
    match is_digest && !etag.eq_ignore_ascii_case(&hex(&Md5::digest(&answer.body))) {
        true => wrong("the file's MD5 is not its ETag".into()),
        false => Ok(()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName};

    use super::*;

    fn answer(body: &'static str, headers: &[(HeaderName, &'static str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        let headers: HeaderMap = headers.collect();
        Answer { status: StatusCode::OK, headers, body: Bytes::from(body) }
    }

    fn image(body: &'static str, etag: &'static str) -> Answer {
        let length = if body.len() == 6 { "6" } else { "7" };
        let headers = [
            (header::CONTENT_TYPE, "image/png"),
            (header::CONTENT_LENGTH, length),
            (header::ETAG, etag),
        ];
        answer(body, &headers)
    }

    /// The digest of `beacon`.
    const MD5: &str = "\"16c2ed2b76d34ef29b1c88d1d6e1e1c5\"";

    #[test]
    fn a_file_that_is_what_it_should_be_passes() {
        let digest = config::Sha256(Sha256::digest("beacon").into());
        assert_eq!(check(&image("beacon", MD5), Some(digest)), Ok(()));
    }

    #[test]
    fn other_content_of_the_same_length_is_a_body_failure() {
        let digest = config::Sha256(Sha256::digest("beacon").into());
        let failed = check(&image("bacon!", MD5), Some(digest)).unwrap_err();
        assert_eq!(failed.failure, Failure::Body);
        let failed = check(&image("bacon!", MD5), None).unwrap_err();
        assert_eq!(failed.failure, Failure::Body);
    }

    #[test]
    fn an_etag_that_is_no_digest_proves_nothing() {
        assert_eq!(check(&image("beacon", "\"0f343b0931126a20f133d67c2b018a3b-2\""), None), Ok(()));
    }

    #[test]
    fn another_type_is_a_body_failure() {
        let html = [(header::CONTENT_TYPE, "text/html"), (header::CONTENT_LENGTH, "6")];
        assert_eq!(check(&answer("beacon", &html), None).unwrap_err().failure, Failure::Body);
    }
}
