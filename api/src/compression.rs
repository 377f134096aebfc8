//! Compresses answers for clients that can read it: brotli or gzip.
//!
//! poem's own middleware reads `gzip;q=0` as a wish, answers `*` with zstd, and leaves `Vary` out.

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    web::{Compress, CompressionAlgo, CompressionLevel},
};

/// 1 KiB: below it fits into one packet either way.
const WORTH_IT: usize = 1024;

/// Compresses answers.
#[derive(Clone, Copy, Debug)]
pub struct Compression;

impl<E: Endpoint> Middleware<E> for Compression {
    type Output = Compressed<E>;

    fn transform(&self, inner: E) -> Compressed<E> {
        Compressed { inner }
    }
}

/// The endpoint made by [`Compression`].
#[derive(Debug)]
pub struct Compressed<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for Compressed<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let coding = preferred(request.headers());
        let mut response = self.inner.call(request).await?.into_response();
        response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        // A stream has no end that could be waited for, and each event is to leave at once.
        let packable = response.status() == StatusCode::OK
            && response.content_type() != Some("text/event-stream");
        let Some(coding) = coding.filter(|_| packable) else {
            return Ok(response);
        };
        let body = response.take_body().into_bytes().await?;
        let worth_it = body.len() >= WORTH_IT;
        response.set_body(body);
        if !worth_it {
            return Ok(response);
        }
        let level = match coding {
            // Of brotli's 11 levels, 4 is faster than gzip's default and packs better.
            CompressionAlgo::BR => CompressionLevel::Precise(4),
            _ => CompressionLevel::Default,
        };
        Ok(Compress::new(response, coding).with_quality(level).into_response())
    }
}

/// The coding that the client likes best; of equals brotli, then gzip. `None` means as it is.
fn preferred(headers: &HeaderMap) -> Option<CompressionAlgo> {
    let mut liked: [Option<f32>; 2] = [None; 2];
    let mut others: Option<f32> = None;
    for wish in headers.get_all(header::ACCEPT_ENCODING) {
        for wish in wish.to_str().unwrap_or("").split(',') {
            let (coding, liking) = parse(wish);
            match coding.to_ascii_lowercase().as_str() {
                "br" => liked[0] = liking,
                "gzip" | "x-gzip" => liked[1] = liking,
                "*" => others = liking,
                _ => {}
            }
        }
    }
    let [brotli, gzip] = liked.map(|liking| liking.or(others).unwrap_or(0.0));
    if brotli > 0.0 && brotli >= gzip {
        Some(CompressionAlgo::BR)
    } else {
        (gzip > 0.0).then_some(CompressionAlgo::GZIP)
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

    fn chosen(accept_encoding: &'static str) -> Option<CompressionAlgo> {
        let value = HeaderValue::from_static(accept_encoding);
        preferred(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]))
    }

    #[test]
    fn brotli_wins_among_equals() {
        assert_eq!(chosen("gzip, deflate, br, zstd"), Some(CompressionAlgo::BR));
    }

    #[test]
    fn weights_decide() {
        assert_eq!(chosen("br;q=0.3, gzip; q=0.8"), Some(CompressionAlgo::GZIP));
    }

    #[test]
    fn a_weight_of_zero_is_a_refusal() {
        assert_eq!(chosen("br;q=0, gzip;q=0"), None);
        assert_eq!(chosen("*;q=1, br;q=0"), Some(CompressionAlgo::GZIP));
    }

    #[test]
    fn a_star_means_any_that_we_have() {
        assert_eq!(chosen("*"), Some(CompressionAlgo::BR));
    }

    #[test]
    fn what_we_do_not_have_is_left_alone() {
        for text in ["", "zstd", "identity", "gzip;q=x", ";;;,"] {
            assert_eq!(chosen(text), None, "{text}");
        }
    }
}
