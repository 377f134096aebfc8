//! Which requests are the same: those of one path whose parameters say the same.
//!
//! The order of the parameters and the way that they are encoded make no difference. A `/v1` operation
//! refuses parameters that it does not know, so all of them count; every other path ignores them, and
//! so does its key: `/overview?1`, `/overview?2` and so on are one request.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use poem::http::Uri;
use poem_openapi::{
    Tags,
    registry::{MetaApi, MetaOperation, MetaParamIn},
};
use serve::problem::Tag;
use url::form_urlencoded;

/// The media type of an answer that never ends.
const STREAM: &str = "text/event-stream";

/// What the paths of the API are like, where that matters to whom their answers can be given.
#[derive(Debug)]
pub(super) struct Paths {
    /// Those whose answers are for one request: the process itself, and streams.
    apart: HashSet<String>,
    /// The parameters that are not ignored, of paths that ignore the others.
    lenient: HashMap<String, Vec<String>>,
}

impl Paths {
    /// Those of `apis`.
    pub(super) fn of(apis: &[MetaApi]) -> Self {
        let (mut apart, mut lenient) = (HashSet::new(), HashMap::new());
        for path in apis.iter().flat_map(|api| &api.paths) {
            if path.operations.iter().any(is_for_one) {
                apart.insert(path.path.clone());
            } else if !path.path.starts_with("/v1/") {
                let parameters = path.operations.iter().flat_map(|operation| &operation.params);
                let queried = parameters.filter(|known| known.in_type == MetaParamIn::Query);
                let names = queried.map(|parameter| parameter.name.clone()).collect();
                lenient.insert(path.path.clone(), names);
            }
        }
        Self { apart, lenient }
    }

    /// What all requests that ask for the same have in common; `None` where the answer is for one.
    pub(super) fn key(&self, uri: &Uri) -> Option<String> {
        let path = uri.path();
        if self.apart.contains(path) {
            return None;
        }
        let query = uri.query().unwrap_or_default();
        if query.is_empty() {
            return Some(path.to_owned());
        }
        let mut given: Vec<(Cow<'_, str>, Cow<'_, str>)> =
            form_urlencoded::parse(query.as_bytes()).collect();
        if let Some(known) = self.lenient.get(path) {
            given.retain(|(name, _)| known.iter().any(|known| known == name));
        }
        // Of parameters with one name the first may count, so they keep their order.
        given.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut key =
            String::with_capacity(uri.path_and_query().map_or(0, |all| all.as_str().len()));
        key.push_str(path);
        if !given.is_empty() {
            key.push('?');
            let position = key.len();
            let mut key = form_urlencoded::Serializer::for_suffix(key, position);
            return Some(key.extend_pairs(given).finish());
        }
        Some(key)
    }
}

fn is_for_one(operation: &MetaOperation) -> bool {
    let of_process = operation.tags.contains(&Tags::name(&Tag::Operations));
    let answers = operation.responses.responses.iter().flat_map(|response| &response.content);
    of_process || answers.into_iter().any(|answer| answer.content_type.starts_with(STREAM))
}

#[cfg(test)]
mod tests {
    use poem_openapi::OpenApi;

    use super::*;
    use crate::Resources;

    fn key(uri: &'static str) -> String {
        Paths::of(&Resources::meta()).key(&Uri::from_static(uri)).expect("a key")
    }

    #[test]
    fn the_order_of_parameters_makes_no_difference() {
        let one = key("/v1/measurements?service=S3&region=us-east-1");
        assert_eq!(one, key("/v1/measurements?region=us-east-1&service=S3"));
        assert_ne!(one, key("/v1/measurements?region=us-east-1&service=SQS"));
    }

    #[test]
    fn the_encoding_makes_no_difference() {
        let one = key("/v1/measurements?service=API%20Gateway");
        for other in
            ["/v1/measurements?service=API+Gateway", "/v1/measurements?&%73ervice=API%20G%61teway&"]
        {
            assert_eq!(one, key(other));
        }
        assert_ne!(
            key("/v1/measurements?service=a%26limit=1"),
            key("/v1/measurements?service=a&limit=1")
        );
    }

    #[test]
    fn what_is_ignored_is_not_in_the_key() {
        assert_eq!(key("/overview?utm_source=feed"), "/overview");
        assert_eq!(key("/metrics?x=1&region=us-east-1"), key("/metrics?region=us-east-1&y"));
        assert_eq!(key("/overview?"), "/overview");
    }

    #[test]
    fn what_is_refused_is_in_the_key() {
        assert_ne!(key("/v1/status?regoin=us-east-1"), key("/v1/status"));
    }

    #[test]
    fn repeated_parameters_keep_their_order() {
        assert_ne!(key("/metrics?region=a&region=b"), key("/metrics?region=b&region=a"));
    }

    #[test]
    fn the_process_answers_each_request_by_itself() {
        let paths = Paths::of(&Resources::meta());
        for path in ["/livez", "/readyz", "/prometheus", "/livez?x"] {
            assert_eq!(paths.key(&Uri::from_static(path)), None, "{path}");
        }
    }
}
