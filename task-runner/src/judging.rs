//! Judging stored rounds again by the present rule: `task-runner judge`.

use std::{collections::VecDeque, fmt};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::Args;
use model::{
    Database, Status, Window,
    rejudge::{self, Change, Repairs, Seen},
};
use tracing::info;
use verdict::{Evidence, Normals, PROBES, Past, Reason};

use crate::memory;

/// Which rounds are judged again, and whether that is kept.
#[derive(Args, Clone, Debug)]
pub struct Span {
    /// The first slot: 2026-11-19T18:00:00Z
    #[arg(long)]
    pub from: DateTime<Utc>,
    /// The first slot after the last one
    #[arg(long)]
    pub to: DateTime<Utc>,
    /// The region; TM_REGION by default
    #[arg(long)]
    pub region: Option<String>,
    /// Only say what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// A measurement that the present rule judges otherwise, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Its slot.
    pub slot: DateTime<Utc>,
    /// What changes.
    pub change: Change,
    /// Why it is what it is now.
    pub reason: Reason,
}

impl fmt::Display for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change { service, before, after } = &self.change;
        let slot = self.slot.to_rfc3339_opts(SecondsFormat::Secs, true);
        let before = before.map_or("nothing", Status::word);
        write!(f, "{slot} {service}: {before} -> {}: {}", after.word(), self.reason)
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// How many rounds were judged.
    pub rounds: usize,
    /// How many measurements are judged otherwise.
    pub corrections: usize,
}

/// 1 h of rounds in memory at a time.
const PART: TimeDelta = TimeDelta::hours(1);

/// 1 day between two looks at incidents, which may reach back over many parts.
const STORY: TimeDelta = TimeDelta::days(1);

/// 5 slots between two looks at what is usual, as the runner does.
const NORMALS_FOR: TimeDelta = TimeDelta::minutes(5);

/// Judges the stored rounds of `region` in the order of their slots, puts right what was made of
/// them, and tells `report` of each correction. Each round is a transaction of its own, so that
/// new ones may arrive meanwhile; to begin again after a failure is right, and a round that is
/// right already is not written.
///
/// # Errors
/// The database's.
pub async fn judge(
    database: &Database,
    region: &str,
    span: &Span,
    report: impl FnMut(&Correction),
) -> Result<Judged, model::Error> {
    let mut judging = Judging::new(database, region, span.dry_run, report);
    let before = Window { from: span.from - Past::REACH, to: span.from };
    judging.remember(rejudge::seen(database, region, before).await?);
    let (mut from, mut story) = (span.from, span.from);
    while from < span.to {
        let part = Window { from, to: span.to.min(from + PART) };
        for seen in rejudge::seen(database, region, part).await? {
            judging.round(seen).await?;
        }
        judging.repairs.explain().await?;
        from = part.to;
        if from - story >= STORY || from >= span.to {
            judging.repairs.follow(Window { from: story, to: from }, Utc::now()).await?;
            info!(until = %from, rounds = judging.judged.rounds, "Judged again");
            story = from;
        }
    }
    Ok(judging.judged)
}

struct Judging<'a, R> {
    database: &'a Database,
    region: &'a str,
    repairs: Repairs<'a>,
    report: R,
    recent: VecDeque<Past>,
    normals: Normals,
    normals_of: Option<DateTime<Utc>>,
    judged: Judged,
}

impl<'a, R: FnMut(&Correction)> Judging<'a, R> {
    fn new(database: &'a Database, region: &'a str, dry_run: bool, report: R) -> Self {
        Self {
            database,
            region,
            repairs: Repairs::new(database, region, dry_run),
            report,
            recent: VecDeque::new(),
            normals: Normals::new(),
            normals_of: None,
            judged: Judged::default(),
        }
    }

    async fn round(&mut self, seen: Seen) -> Result<(), model::Error> {
        let slot = seen.slot;
        if self.normals_of.is_none_or(|of| slot - of >= NORMALS_FOR) {
            self.normals = memory::read_normals(self.database, self.region, slot).await?;
            self.normals_of = Some(slot);
        }
        let verdicts = verdict::judge(&Evidence {
            catalogue: PROBES,
            slot,
            round: &seen.observations,
            recent: self.recent.make_contiguous(),
            normals: &self.normals,
        });
        let rows: Vec<_> = verdicts.iter().map(|verdict| verdict.measurement.clone()).collect();
        for change in self.repairs.repair(slot, &rows).await? {
            let of = verdicts.iter().find(|verdict| verdict.measurement.service == change.service);
            let reason = of.map_or(Reason::NoEvidence, |verdict| verdict.reason.clone());
            (self.report)(&Correction { slot, change, reason });
            self.judged.corrections += 1;
        }
        self.judged.rounds += 1;
        self.remember(vec![seen]);
        Ok(())
    }

    fn remember(&mut self, seen: Vec<Seen>) {
        self.recent.extend(
            seen.into_iter().map(|Seen { slot, observations }| Past { slot, observations }),
        );
        let Some(newest) = self.recent.back().map(|past| past.slot) else { return };
        self.recent.retain(|past| past.slot > newest - Past::REACH);
    }
}
