//! Which coding a client likes best, brotli or gzip, and an answer in it.
//!
//! poem's own middleware reads `gzip;q=0` as a wish, answers `*` with zstd, and leaves `Vary` out.

use bytes::Bytes;
use poem::{
    IntoResponse, Response,
    http::{HeaderMap, HeaderValue, header},
    web::{Compress, CompressionAlgo, CompressionLevel},
};

/// 1 KiB: below it fits into one packet either way.
const WORTH_IT: usize = 1024;

/// A way to send fewer bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// How many there are.
    pub(crate) const COUNT: usize = 2;

    /// Its value in `Content-Encoding`.
    pub(crate) fn name(self) -> HeaderValue {
        match self {
            Self::Brotli => HeaderValue::from_static("br"),
            Self::Gzip => HeaderValue::from_static("gzip"),
        }
    }

    /// The body in this coding, unless that does not save at least half of it.
    pub(crate) async fn pack(self, body: &Bytes) -> Option<Bytes> {
        if body.len() < WORTH_IT {
            return None;
        }
        let (algorithm, level) = match self {
            // Of brotli's 11 levels, 4 is faster than gzip's default and packs better.
            Self::Brotli => (CompressionAlgo::BR, CompressionLevel::Precise(4)),
            Self::Gzip => (CompressionAlgo::GZIP, CompressionLevel::Default),
        };
        let answer = Response::builder().body(body.clone());
        let packed = Compress::new(answer, algorithm).with_quality(level).into_response();
        // What cannot be packed is sent as it is.
        let packed = packed.into_body().into_bytes().await.ok()?;
        // A copy: the buffer that it was collected in may be larger than it.
        (packed.len() * 2 <= body.len()).then(|| Bytes::copy_from_slice(&packed))
    }
}

/// The coding that the client likes best; of equals brotli, then gzip. `None` means as it is.
pub(crate) fn preferred(headers: &HeaderMap) -> Option<Coding> {
    let mut liked: [Option<f32>; 2] = [None; 2];
    let mut others: Option<f32> = None;
    for wish in headers.get_all(header::ACCEPT_ENCODING) {
        for wish in wish.to_str().unwrap_or("").split(',') {
            let (coding, liking) = parse(wish);
            let is = |name: &str| coding.eq_ignore_ascii_case(name);
            if is("br") {
                liked[0] = liking;
            } else if is("gzip") || is("x-gzip") {
                liked[1] = liking;
            } else if is("*") {
                others = liking;
            }
        }
    }
    let [brotli, gzip] = liked.map(|liking| liking.or(others).unwrap_or(0.0));
    if brotli > 0.0 && brotli >= gzip {
        Some(Coding::Brotli)
    } else {
        (gzip > 0.0).then_some(Coding::Gzip)
    }
}

/// Splits `gzip; q=0.5`; a weight that is no number counts as a refusal.
fn parse(wish: &str) -> (&str, Option<f32>) {
    let mut parts = wish.split(';').map(str::trim);
    let coding = parts.next().unwrap_or("");
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    (coding, Some(weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept_encoding: &'static str) -> Option<Coding> {
        let value = HeaderValue::from_static(accept_encoding);
        preferred(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]))
    }

    #[test]
    fn brotli_wins_among_equals() {
        assert_eq!(chosen("gzip, deflate, br, zstd"), Some(Coding::Brotli));
    }

    #[test]
    fn weights_decide() {
        assert_eq!(chosen("br;q=0.3, gzip; q=0.8"), Some(Coding::Gzip));
    }

    #[test]
    fn a_weight_of_zero_is_a_refusal() {
        assert_eq!(chosen("br;q=0, gzip;q=0"), None);
        assert_eq!(chosen("*;q=1, br;q=0"), Some(Coding::Gzip));
    }

    #[test]
    fn a_star_means_any_that_we_have() {
        assert_eq!(chosen("*"), Some(Coding::Brotli));
    }

    #[test]
    fn what_we_do_not_have_is_left_alone() {
        for text in ["", "zstd", "identity", "gzip;q=x", ";;;,"] {
            assert_eq!(chosen(text), None, "{text}");
        }
    }
}
