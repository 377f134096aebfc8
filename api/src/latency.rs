//! `GET /v1/latency`: how long exchanges took, in percentiles over time.

use model::{Window, latency, measurement, service::Kind};
use poem_openapi::{Object, OpenApi, param::Query, types::Example};
use serde::Serialize;
use serve::timestamp::Timestamp;

use crate::{
    answer::Answer,
    clock::Clock,
    error::ApiError,
    history::{Asked, Buckets, Counted, Grouping, Preset, Wanted},
    parameters::Name,
    store::Store,
    tag::Tag,
};

/// Answers `GET /v1/latency`.
#[derive(Clone, Debug)]
pub struct Latencies {
    /// Where the answers come from.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
}

/// Latencies, by subject.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct LatencyAnswer {
    /// The window that was read: whole hours around the one that was asked for, or whole minutes
    /// with `buckets=minute`; none that has not begun.
    window: Counted,
    /// How wide the buckets are.
    bucket_width: Buckets,
    /// By region, services before applications, then by name. A subject without a latency in the
    /// window is absent.
    items: Vec<Latency>,
}

/// How long the exchanges of a subject took.
#[derive(Debug, Object, Serialize)]
pub struct Latency {
    /// The region, or `global`; null when the item is about all regions.
    region: Option<String>,
    /// The service or application; null when the item is about all of them.
    service: Option<String>,
    /// Whether it is the provider's service or our application; null when the item is about both.
    kind: Option<Kind>,
    /// Slots with a latency: those in which the exchanges succeeded.
    count: u64,
    /// Half of them took no longer, in microseconds.
    p50_us: i64,
    /// 95 % of them took no longer, in microseconds.
    p95_us: i64,
    /// 99 % of them took no longer, in microseconds.
    p99_us: i64,
    /// Ascending; one without a latency is absent. Empty with `buckets=none`.
    buckets: Vec<LatencyBucket>,
}

/// A part of the window.
#[derive(Debug, Object, Serialize)]
pub struct LatencyBucket {
    /// Its start.
    start: Timestamp,
    /// Slots with a latency: those in which the exchanges succeeded.
    count: u64,
    /// Half of them took no longer, in microseconds.
    p50_us: i64,
    /// 95 % of them took no longer, in microseconds.
    p95_us: i64,
    /// 99 % of them took no longer, in microseconds.
    p99_us: i64,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::History")]
impl Latencies {
    /// Percentiles of latency
    ///
    /// A slot, which is a minute, has one latency of a service in a region: how long the exchanges
    /// took that its judgement rests on, from the start of the first to the last byte. A slot in
    /// which they did not all succeed has none, so that percentiles tell how fast it was where it
    /// worked; how often it worked is the uptime's to tell.
    ///
    /// Percentiles are read from histograms: each is within 1 % of the true one, over any window
    /// and any number of services and regions. Histograms are kept by the hour, for ever. A window
    /// is therefore read in whole hours; in minutes with `buckets=minute`, which only measurements
    /// that are still kept can answer.
    ///
    /// A window in the future is answered with no items, one that is longer than what is kept with
    /// what is there. An answer has 24,000 buckets at most, and is read from 80,000 at most: those
    /// of each service in each region, by days with `buckets=none`.
    ///
    /// An answer about a window that ended before the current hour may be kept for an hour; late
    /// rows can change it.
    #[oai(path = "/latency", method = "get", operation_id = "read_latency")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a query parameter, documented by itself"
    )]
    async fn read(
        &self,
        /// How long the window is, which ends now: 24 hours unless `from` is given.
        window: Query<Option<Preset>>,
        /// The window's first moment (RFC 3339), instead of `window`.
        from: Query<Option<Timestamp>>,
        /// The first moment after the window (RFC 3339): now unless it is given. Needs `from`.
        to: Query<Option<Timestamp>>,
        /// Only this region (`us-east-1`), or `global`.
        region: Query<Option<Name>>,
        /// Whether to answer for global services as well where `region` is given.
        #[oai(default)]
        with_global: Query<bool>,
        /// Only this service or application.
        service: Query<Option<Name>>,
        /// Only services, or only applications.
        kind: Query<Option<Kind>>,
        /// What an item is about.
        #[oai(default)]
        by: Query<Grouping>,
        /// How wide a bucket is. Unless it is given: a minute for windows up to three hours whose
        /// measurements are still kept, an hour up to a week, else a day.
        buckets: Query<Option<Buckets>>,
    ) -> Result<Answer<LatencyAnswer>, ApiError> {
        let now = self.clock.now();
        let window = Asked { window: window.0, from: from.0, to: to.0 }.window(now)?;
        let (region, service, kind, by) = (region.0, service.0, kind.0, by.0);
        let wanted = Wanted { region, with_global: with_global.0, service, kind, by };
        let buckets = match buckets.0 {
            Some(buckets) => buckets,
            None => self.fitting(window).await?,
        };
        let (question, buckets) = wanted.question(window, Some(buckets));
        let answer = latency::of(&self.store.database, &question, now);
        let answer = self.store.ask_history(self.store.deadline(), answer).await?;
        let answer = LatencyAnswer::of(answer, buckets);
        Answer::about(window, now, &answer)
    }
}

impl Latencies {
    /// Buckets that fit the window. Minutes are in no histogram.
    async fn fitting(&self, window: Window) -> Result<Buckets, ApiError> {
        let fitting = Buckets::fitting(window);
        if fitting != Buckets::Minute {
            return Ok(fitting);
        }
        let are_kept = self.store.ask(measurement::are_kept(&self.store.database, window)).await?;
        Ok(if are_kept { Buckets::Minute } else { Buckets::Hour })
    }
}

impl LatencyAnswer {
    fn of(answer: latency::Answer, buckets: Buckets) -> Self {
        let items = answer.items.into_iter().map(Latency::of).collect();
        Self { window: answer.window.into(), bucket_width: buckets, items }
    }
}

impl Latency {
    fn of(item: latency::Latency) -> Self {
        let latency::Percentiles { count, p50_us, p95_us, p99_us } = item.total;
        Self {
            region: item.subject.region,
            service: item.subject.service,
            kind: item.subject.kind,
            count,
            p50_us,
            p95_us,
            p99_us,
            buckets: item.buckets.iter().map(LatencyBucket::of).collect(),
        }
    }
}

impl LatencyBucket {
    fn of(bucket: &latency::Bucket) -> Self {
        let latency::Percentiles { count, p50_us, p95_us, p99_us } = bucket.percentiles;
        Self { start: Timestamp(bucket.start), count, p50_us, p95_us, p99_us }
    }
}

impl Example for LatencyAnswer {
    fn example() -> Self {
        let to = Timestamp::example().0;
        let some =
            |count| latency::Percentiles { count, p50_us: 41_215, p95_us: 88_575, p99_us: 142_335 };
        let subject = model::Subject {
            region: Some("us-east-1".into()),
            kind: Some(Kind::Service),
            service: Some("DynamoDB".into()),
        };
        let start = model::Width::Hour.start_of(to);
        let buckets = vec![latency::Bucket { start, percentiles: some(52) }];
        let items = vec![latency::Latency { subject, total: some(1_424), buckets }];
        Self::of(latency::Answer { window: Preset::Day.until(to), items }, Buckets::Hour)
    }
}

#[cfg(test)]
mod tests {
    use poem_openapi::types::ToJSON;

    use super::*;

    #[test]
    fn the_text_is_what_the_document_says() {
        let example = LatencyAnswer::example();
        assert_eq!(serde_json::to_value(&example).ok(), example.to_json());
    }
}
