//! From a scenario's text to a scenario, or to the line that is wrong.

use std::{ops::Range, time::Duration};

use serde::Deserialize;
use toml::Spanned;

use super::{APPLICATIONS, EVERY, Expect, Malformed, SERVICES, Scenario, Status, Truth};
use crate::fault::{Fault, Kind, Tail, Target};

/// A day: more is no outage to drill, but a typing error.
const MOST_SLOTS: i32 = 1440;

/// The text as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    id: Spanned<String>,
    title: String,
    source: String,
    region: Spanned<String>,
    slots: Spanned<i32>,
    onset: Spanned<i32>,
    #[serde(default)]
    truth: Vec<TruthTable>,
    #[serde(default)]
    fault: Vec<FaultTable>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TruthTable {
    service: Spanned<String>,
    status: Status,
    from: Spanned<i32>,
    to: i32,
    detect_within: Option<Spanned<i32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultTable {
    target: Target,
    kind: Spanned<KindName>,
    from: Spanned<i32>,
    to: i32,
    share: Option<Spanned<f64>>,
    status: Option<Spanned<u16>>,
    latency_ms: Option<Spanned<[f64; 2]>>,
    seconds: Option<Spanned<i64>>,
    #[serde(default)]
    new_connections_only: bool,
    operations: Option<Spanned<Vec<String>>>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindName {
    Resolve,
    Connect,
    Refuse,
    Blackhole,
    Reset,
    Tls,
    Status,
    Throttle,
    Credentials,
    Clock,
    Latency,
    Body,
    Stale,
    DropAsync,
    DelayAsync,
}

/// What is wrong, and where in the text.
type Problem = (Range<usize>, String);

impl Scenario {
    /// Parses the text of a scenario.
    ///
    /// # Errors
    /// The first line that is wrong, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let line = |at: usize| 1 + text[..at.min(text.len())].matches('\n').count();
        let document: Document = toml::from_str(text).map_err(|error| Malformed {
            // A key that is missing at the top is missing everywhere.
            line: error.span().map_or(1, |span| line(span.start)),
            problem: error.message().to_owned(),
        })?;
        Self::of(document).map_err(|(span, problem)| Malformed { line: line(span.start), problem })
    }

    fn of(document: Document) -> Result<Self, Problem> {
        let Document { id, title, source, region, slots, onset, truth, fault, expect } = document;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        check(&id, "id: lower-case letters, digits and hyphens", |id| {
            !id.is_empty() && id.chars().all(plain)
        })?;
        check(&region, "region: a region such as us-east-1", |region| {
            !region.is_empty() && region.chars().all(plain) && region != "global"
        })?;
        check(&slots, "slots: 1 to 1440", |slots| (1..=MOST_SLOTS).contains(slots))?;
        check(&onset, "onset: 0 to less than slots", |onset| {
            (0..*slots.get_ref()).contains(onset)
        })?;
        Ok(Self {
            id: id.into_inner(),
            title,
            source,
            region: region.into_inner(),
            slots: slots.into_inner(),
            onset: onset.into_inner(),
            truths: truth.into_iter().map(Truth::of).collect::<Result<_, _>>()?,
            faults: fault.into_iter().map(Fault::of).collect::<Result<_, _>>()?,
            expect,
        })
    }
}

impl Truth {
    fn of(table: TruthTable) -> Result<Self, Problem> {
        check(&table.service, "service: no service of that name is judged", |name| {
            SERVICES.iter().chain(&APPLICATIONS).any(|known| known == name) || name == EVERY
        })?;
        let from = from_before(&table.from, table.to)?;
        if let Some(within) = &table.detect_within {
            check(within, "detect_within: 0 or more", |within| *within >= 0)?;
        }
        Ok(Self {
            service: table.service.into_inner(),
            status: table.status,
            from,
            to: table.to,
            detect_within: table.detect_within.map(Spanned::into_inner),
        })
    }
}

impl Fault {
    fn of(table: FaultTable) -> Result<Self, Problem> {
        let from = from_before(&table.from, table.to)?;
        let share = table.share.as_ref().map_or(Ok(1.0), |share| {
            check(share, "share: more than 0, at most 1", |share| *share > 0.0 && *share <= 1.0)
                .copied()
        })?;
        if let Some(operations) = &table.operations {
            check(operations, "operations: at least one", |operations| !operations.is_empty())?;
        }
        let kind = table.kind()?;
        if !kind.suits(table.target) {
            let problem = format!("kind: {} has nothing of that kind", table.target);
            return Err((table.kind.span(), problem));
        }
        Ok(Self {
            target: table.target,
            kind,
            from,
            to: table.to,
            share,
            new_connections_only: table.new_connections_only,
            operations: table.operations.map(Spanned::into_inner).unwrap_or_default(),
        })
    }
}

impl FaultTable {
    /// The kind with what it needs, and without what it does not know.
    fn kind(&self) -> Result<Kind, Problem> {
        use KindName as Name;
        let name = *self.kind.get_ref();
        let is_tail = matches!(name, Name::Latency | Name::DelayAsync);
        self.only(&self.status, "status", name == Name::Status)?;
        self.only(&self.latency_ms, "latency_ms", is_tail)?;
        self.only(&self.seconds, "seconds", name == Name::Clock)?;
        Ok(match name {
            Name::Resolve => Kind::Resolve,
            Name::Connect => Kind::Connect,
            Name::Refuse => Kind::Refuse,
            Name::Blackhole => Kind::Blackhole,
            Name::Reset => Kind::Reset,
            Name::Tls => Kind::Tls,
            Name::Throttle => Kind::Throttle,
            Name::Credentials => Kind::Credentials,
            Name::Body => Kind::Body,
            Name::Stale => Kind::Stale,
            Name::DropAsync => Kind::DropAsync,
            Name::Status => {
                let status = self.needed(&self.status, "status")?;
                Kind::Status(*check(status, "status: 400 to 599", |status| {
                    (400..600).contains(status)
                })?)
            }
            Name::Clock => {
                Kind::Clock { seconds: *self.needed(&self.seconds, "seconds")?.get_ref() }
            }
            Name::Latency => Kind::Latency(self.tail()?),
            Name::DelayAsync => Kind::DelayAsync(self.tail()?),
        })
    }

    fn tail(&self) -> Result<Tail, Problem> {
        let given = self.needed(&self.latency_ms, "latency_ms")?;
        let [p50, p99] = *check(given, "latency_ms: [p50, p99], 0 < p50 <= p99", |[p50, p99]| {
            *p50 > 0.0 && p50 <= p99 && *p99 <= 3_600_000.0
        })?;
        let milliseconds = |value: f64| Duration::from_secs_f64(value / 1000.0);
        Ok(Tail { p50: milliseconds(p50), p99: milliseconds(p99) })
    }

    fn needed<'a, T>(
        &self,
        value: &'a Option<Spanned<T>>,
        name: &str,
    ) -> Result<&'a Spanned<T>, Problem> {
        value.as_ref().ok_or_else(|| (self.kind.span(), format!("kind: it needs {name}")))
    }

    fn only<T>(
        &self,
        value: &Option<Spanned<T>>,
        name: &str,
        is_known: bool,
    ) -> Result<(), Problem> {
        match value {
            Some(value) if !is_known => {
                Err((value.span(), format!("{name}: a fault of this kind has none")))
            }
            _ => Ok(()),
        }
    }
}

fn from_before(from: &Spanned<i32>, to: i32) -> Result<i32, Problem> {
    check(from, "from: before to", |from| *from < to).copied()
}

fn check<'a, T>(
    value: &'a Spanned<T>,
    problem: &str,
    is_right: impl Fn(&T) -> bool,
) -> Result<&'a T, Problem> {
    match is_right(value.get_ref()) {
        true => Ok(value.get_ref()),
        false => Err((value.span(), problem.to_owned())),
    }
}

#[cfg(test)]
mod tests;
