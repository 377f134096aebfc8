//! Runs that do not come: nobody can record that, so it is worked out at reading.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use model::{
    Failure, Fault, Status,
    current_status::Current,
    incident::{Filter, Incident},
    region, slot,
};

/// The regions without a new run for longer than `stale_after`, as incidents that go on.
pub(super) fn runs(
    statuses: Vec<Current>,
    now: DateTime<Utc>,
    stale_after: Duration,
) -> impl Iterator<Item = Incident> {
    // Only a limit of more than 292 million years does not fit; nothing is missing then.
    let stale_after = TimeDelta::from_std(stale_after).unwrap_or(TimeDelta::MAX);
    let mut regions: BTreeMap<String, Vec<Current>> = BTreeMap::new();
    for row in statuses.into_iter().filter(|row| row.region != region::GLOBAL) {
        regions.entry(row.region.clone()).or_default().push(row);
    }
    regions.into_iter().filter_map(move |(region, rows)| {
        let newest = rows.iter().map(|row| row.slot).max()?;
        let started_at = newest + slot::LENGTH;
        let detected_at = newest.checked_add_signed(stale_after)?;
        (now > detected_at).then(|| Incident {
            id: 0,
            region,
            services: rows.into_iter().map(|row| row.service).collect(),
            status: Status::Unknown,
            cause: Some(Failure::MissingRun),
            fault: Fault::Ours,
            reason: no_run_after(newest),
            rule: 0,
            started_at,
            detected_at,
            updated_at: detected_at,
            ended_at: None,
            slots: i32::try_from((now - started_at).num_minutes()).unwrap_or(i32::MAX),
        })
    })
}

/// Why nothing is known since `newest`.
pub(crate) fn no_run_after(newest: DateTime<Utc>) -> String {
    let newest = newest.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("nothing was measured since {newest}")
}

/// Whether a filter wants it.
pub(super) fn fits(missing: &Incident, filter: &Filter) -> bool {
    filter.open != Some(false)
        && filter.region.as_ref().is_none_or(|region| *region == missing.region)
        && filter.service.as_ref().is_none_or(|service| missing.services.contains(service))
        && filter.to.is_none_or(|to| missing.started_at < to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::standing;

    fn missing(seconds: i64) -> Vec<Incident> {
        let row = standing("us-east-1", Status::Up);
        let now = row.slot + TimeDelta::seconds(seconds);
        runs(vec![row], now, Duration::from_secs(180)).collect()
    }

    #[test]
    fn two_slots_without_a_run_are_an_incident_of_ours() {
        assert_eq!(missing(180), []);
        let [found] = &missing(181)[..] else { panic!("not one") };
        assert_eq!((found.id, found.fault, found.slots), (0, Fault::Ours, 2));
        assert_eq!(found.cause, Some(Failure::MissingRun));
        assert_eq!(found.services, ["S3"]);
    }

    #[test]
    fn a_global_service_does_not_tell_whose_run_is_missing() {
        let row = standing(region::GLOBAL, Status::Up);
        let later = row.slot + TimeDelta::hours(1);
        assert_eq!(runs(vec![row], later, Duration::from_secs(180)).count(), 0);
    }

    #[test]
    fn filters_count_for_it_too() {
        let run = &missing(600)[0];
        let filter = |open, service: &str| Filter {
            open,
            service: Some(service.into()),
            ..Filter::default()
        };
        assert!(fits(run, &filter(Some(true), "S3")));
        assert!(!fits(run, &filter(Some(false), "S3")));
        assert!(!fits(run, &filter(None, "SQS")));
    }
}
