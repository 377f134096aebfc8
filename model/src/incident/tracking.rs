//! How incidents come, go on and end, slot by slot. No clock, no store.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Kind, Model, trouble, trouble::Trouble};
use crate::{Failure, Fault, Status, round::Judged};

/// 10 well slots in a row end an incident: what comes back within ten minutes was not over.
pub(crate) const WELL: i16 = 10;

/// An incident, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tracked {
    /// What is stored of it; its key is 0 until it is.
    pub(crate) row: Model,
    /// The services that were to blame.
    pub(crate) blamed: BTreeSet<i16>,
    /// These, and those that suffered from it.
    pub(crate) services: BTreeSet<i16>,
    /// What happened since it was read, oldest first.
    pub(crate) news: Vec<News>,
}

/// What happened to an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) slot: DateTime<Utc>,
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) cause: Option<Failure>,
    pub(crate) reason: String,
    pub(crate) services: BTreeSet<i16>,
}

/// A slot of a region, and when it was judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) region_id: i16,
    pub(crate) slot: DateTime<Utc>,
    pub(crate) judged_at: DateTime<Utc>,
}

/// The incidents of one region.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracker {
    /// Those that go on, oldest first.
    pub(crate) open: Vec<Tracked>,
    /// Those that ended meanwhile.
    pub(crate) ended: Vec<Tracked>,
}

impl Tracker {
    /// Goes on by a slot, of which this was judged.
    pub(crate) fn follow(&mut self, moment: Moment, judged: &[Judged]) {
        let mut going_on = BTreeSet::new();
        let mut strange = Vec::new();
        for trouble in trouble::of(judged) {
            // Which services are to blame tells incidents apart.
            let known: Vec<usize> = self.blaming(&trouble).collect();
            match known.first() {
                Some(first) => self.open[*first].go_on(moment, trouble),
                None => strange.push(trouble),
            }
            going_on.extend(known);
        }
        for trouble in strange {
            // The same services suffer, and nothing else explains it now: somebody else is to blame.
            let same = |(index, incident): &(usize, &Tracked)| {
                !going_on.contains(index)
                    && incident.is_like(&trouble)
                    && !incident.services.is_disjoint(&trouble.services)
            };
            let known = self.open.iter().enumerate().find(same).map(|(index, _)| index);
            let index = known.unwrap_or(self.open.len());
            going_on.insert(index);
            match self.open.get_mut(index) {
                Some(incident) => incident.go_on(moment, trouble),
                None => self.open.push(Tracked::begin(moment, trouble)),
            }
        }
        for (index, incident) in self.open.iter_mut().enumerate() {
            match going_on.contains(&index) {
                true => incident.count(),
                false => incident.rest(moment, judged),
            }
        }
        let open = std::mem::take(&mut self.open);
        let (ended, open) = open.into_iter().partition(|tracked| tracked.row.ended_at.is_some());
        self.ended.extend::<Vec<Tracked>>(ended);
        self.open = open;
    }

    fn blaming(&self, trouble: &Trouble) -> impl Iterator<Item = usize> {
        let same = |incident: &Tracked| {
            incident.is_like(trouble)
                && (trouble.is_of_monitor() || !incident.blamed.is_disjoint(&trouble.blamed))
        };
        self.open.iter().enumerate().filter(move |(_, known)| same(known)).map(|(index, _)| index)
    }
}

impl Tracked {
    fn begin(moment: Moment, trouble: Trouble) -> Self {
        let row = Model {
            id: 0,
            region_id: moment.region_id,
            status: trouble.status,
            cause: trouble.cause,
            fault: trouble.fault,
            reason: trouble.reason,
            rule: trouble.rule,
            started_at: moment.slot,
            detected_at: moment.judged_at,
            updated_at: moment.judged_at,
            ended_at: None,
            slots: 0,
            well_slots: 0,
            well_since: None,
        };
        let (blamed, services) = (trouble.blamed, trouble.services);
        let mut begun = Self { row, blamed, services, news: Vec::new() };
        begun.tell(moment.slot, Kind::Opened);
        begun
    }

    /// A trouble of the monitor never goes on as one of somebody else, nor the other way round.
    fn is_like(&self, trouble: &Trouble) -> bool {
        self.row.is_of_monitor() == trouble.is_of_monitor()
    }

    fn go_on(&mut self, moment: Moment, trouble: Trouble) {
        let known = self.services.len();
        self.services.extend(trouble.services);
        self.blamed.extend(trouble.blamed);
        let is_worse = trouble.status.is_worse_than(self.row.status);
        let is_surer = certainty(trouble.fault) > certainty(self.row.fault);
        if !is_worse && !is_surer && self.services.len() == known {
            return;
        }
        if certainty(trouble.fault) >= certainty(self.row.fault) {
            self.row.fault = trouble.fault;
            self.row.cause = trouble.cause;
            self.row.reason = trouble.reason;
            self.row.rule = trouble.rule;
        }
        if is_worse {
            self.row.status = trouble.status;
        }
        self.row.updated_at = moment.judged_at;
        self.tell(moment.slot, Kind::Updated);
    }

    fn count(&mut self) {
        self.row.slots += 1;
        self.row.well_slots = 0;
        self.row.well_since = None;
    }

    /// A slot without its trouble. It is a well one if all of its services are up, as far as they
    /// were judged: what is unknown may not be over.
    fn rest(&mut self, moment: Moment, judged: &[Judged]) {
        let mut own =
            judged.iter().filter(|j| self.services.contains(&j.row.service_id)).peekable();
        let is_judged = own.peek().is_some();
        let is_well = self.row.is_of_monitor() || own.all(|j| j.row.status == Status::Up);
        if !is_judged {
            return;
        }
        if !is_well {
            self.row.well_slots = 0;
            self.row.well_since = None;
            return;
        }
        self.row.well_slots += 1;
        let since = *self.row.well_since.get_or_insert(moment.slot);
        if self.row.well_slots >= WELL {
            self.row.ended_at = Some(since);
            self.row.updated_at = moment.judged_at;
            self.tell(since, Kind::Resolved);
        }
    }

    fn tell(&mut self, slot: DateTime<Utc>, kind: Kind) {
        let before = self.news.pop_if(|news| news.slot == slot);
        self.news.push(News {
            slot,
            kind: before.map_or(kind, |before| before.kind),
            status: if kind == Kind::Resolved { Status::Up } else { self.row.status },
            cause: self.row.cause,
            reason: self.row.reason.clone(),
            services: self.services.clone(),
        });
    }
}

fn certainty(fault: Fault) -> u8 {
    match fault {
        Fault::Unclear => 0,
        Fault::Ours => 1,
        Fault::Provider => 2,
    }
}
