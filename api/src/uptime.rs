//! `GET /v1/uptime`: which share of the time something worked, and how much of it is known.

use model::{Counts, service::Kind, uptime};
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

/// Answers `GET /v1/uptime`.
#[derive(Clone, Debug)]
pub struct Uptimes {
    /// Where the answers come from.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
}

/// Uptimes, by subject.
#[derive(Debug, Object, Serialize)]
#[oai(example)]
pub struct UptimeAnswer {
    /// The window that was counted: whole slots, and none that has not ended.
    window: Counted,
    /// How wide the buckets are.
    bucket_width: Buckets,
    /// By region, services before applications, then by name.
    items: Vec<Uptime>,
}

/// How often a subject worked.
#[derive(Debug, Object, Serialize)]
pub struct Uptime {
    /// The region, or `global`; null when the item is about all regions.
    region: Option<String>,
    /// The service or application; null when the item is about all of them.
    service: Option<String>,
    /// Whether it is the provider's service or our application; null when the item is about both.
    kind: Option<Kind>,
    /// Good slots ÷ judged slots, from 0 to 1; null when none was judged.
    uptime: Option<f64>,
    /// Judged slots ÷ expected slots, from 0 to 1; null when none was expected.
    coverage: Option<f64>,
    /// The uptime if every slot that was not judged had been down; null when none was expected.
    low: Option<f64>,
    /// The uptime if every slot that was not judged had been up; null when none was expected.
    high: Option<f64>,
    /// All slots since the first one that was ever measured, measured or not.
    expected: i64,
    /// Slots by status.
    slots: Slots,
    /// Ascending, every one of the window; empty with `buckets=none`.
    buckets: Vec<UptimeBucket>,
}

/// Slots by status. Together they are the expected ones.
#[derive(Clone, Copy, Debug, Object, Serialize)]
pub struct Slots {
    /// In which it worked.
    up: i64,
    /// In which it worked for some, or slowly.
    degraded: i64,
    /// In which it did not work.
    down: i64,
    /// That were measured, and of which nobody could say how it stood.
    unknown: i64,
    /// That were not measured.
    missing: i64,
}

/// A part of the window.
#[derive(Debug, Object, Serialize)]
pub struct UptimeBucket {
    /// Its start. The first bucket may start before the window does; only slots of the window are
    /// counted in it.
    start: Timestamp,
    /// Good slots ÷ judged slots, from 0 to 1; null when none was judged.
    uptime: Option<f64>,
    /// Judged slots ÷ expected slots, from 0 to 1; null when none was expected.
    coverage: Option<f64>,
    /// Slots by status.
    slots: Slots,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::History")]
impl Uptimes {
    /// Uptime and its coverage
    ///
    /// A slot is a minute. It is *good* when it was `up` or `degraded`, *judged* when it was good
    /// or `down`, and *expected* from the first slot on that was ever measured of the service in
    /// the region, until now. Slots that are `unknown`, or missing, are not judged: they are never
    /// green, and never red.
    ///
    /// - `uptime` = good ÷ judged
    /// - `coverage` = judged ÷ expected
    /// - `low` = good ÷ expected, `high` = (expected − down) ÷ expected: the uptime if every slot
    ///   that was not judged had been down, or up
    ///
    /// An item over several services or regions counts the slots of all of them.
    ///
    /// Time before the first measurement, and time to come, is not expected: a window in the
    /// future is answered with nulls, one that is longer than what is kept with what is there. An
    /// answer has 24,000 buckets at most, and is read from 80,000 at most: those of each service in
    /// each region, by days with `buckets=none`.
    ///
    /// An answer about a window that ended before the current hour may be kept for an hour; late
    /// rows can change it.
    #[oai(path = "/uptime", method = "get", operation_id = "read_uptime")]
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
        /// How wide a bucket is. Unless it is given: a minute for windows up to three hours, an
        /// hour up to a week, else a day.
        buckets: Query<Option<Buckets>>,
    ) -> Result<Answer<UptimeAnswer>, ApiError> {
        let now = self.clock.now();
        let window = Asked { window: window.0, from: from.0, to: to.0 }.window(now)?;
        let (region, service, kind, by) = (region.0, service.0, kind.0, by.0);
        let wanted = Wanted { region, with_global: with_global.0, service, kind, by };
        let (question, buckets) = wanted.question(window, buckets.0);
        let answer = uptime::of(&self.store.database, &question, now);
        let answer = self.store.ask_history(self.store.deadline(), answer).await?;
        let answer = UptimeAnswer::of(answer, buckets);
        Answer::about(window, now, &answer)
    }
}

impl UptimeAnswer {
    fn of(answer: uptime::Answer, buckets: Buckets) -> Self {
        let items = answer.items.into_iter().map(Uptime::of).collect();
        Self { window: answer.window.into(), bucket_width: buckets, items }
    }
}

impl Uptime {
    fn of(item: uptime::Uptime) -> Self {
        let total = item.total;
        Self {
            region: item.subject.region,
            service: item.subject.service,
            kind: item.subject.kind,
            uptime: total.uptime(),
            coverage: total.coverage(),
            low: total.low(),
            high: total.high(),
            expected: total.expected,
            slots: Slots::of(total),
            buckets: item.buckets.iter().map(UptimeBucket::of).collect(),
        }
    }
}

impl UptimeBucket {
    fn of(bucket: &uptime::Bucket) -> Self {
        Self {
            start: Timestamp(bucket.start),
            uptime: bucket.counts.uptime(),
            coverage: bucket.counts.coverage(),
            slots: Slots::of(bucket.counts),
        }
    }
}

impl Slots {
    fn of(counts: Counts) -> Self {
        let Counts { up, degraded, down, unknown, expected } = counts;
        Self { up, degraded, down, unknown, missing: expected - counts.judged() - unknown }
    }
}

impl Example for UptimeAnswer {
    fn example() -> Self {
        let to = Timestamp::example().0;
        let window = Preset::Day.until(to);
        let counts = Counts { up: 1_420, degraded: 4, down: 8, unknown: 5, expected: 1_440 };
        let subject = model::Subject {
            region: Some("us-east-1".into()),
            kind: Some(Kind::Service),
            service: Some("DynamoDB".into()),
        };
        let hour = Counts { up: 52, degraded: 0, down: 8, unknown: 0, expected: 60 };
        let buckets = vec![uptime::Bucket { start: model::Width::Hour.start_of(to), counts: hour }];
        let items = vec![uptime::Uptime { subject, total: counts, buckets }];
        Self::of(uptime::Answer { window, items }, Buckets::Hour)
    }
}

#[cfg(test)]
mod tests {
    use poem_openapi::types::ToJSON;

    use super::*;

    #[test]
    fn the_text_is_what_the_document_says() {
        let example = UptimeAnswer::example();
        assert_eq!(serde_json::to_value(&example).ok(), example.to_json());
    }
}
