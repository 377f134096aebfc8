//! Following incidents again over stored slots: where a round came late, or where a better rule
//! judged otherwise.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{Condition, QueryOrder, entity::prelude::*};

use super::{
    COLUMN, Model, storing,
    tracking::{Moment, Tracked, Tracker},
    update,
};
use crate::{
    Error, Window,
    explanation::{self, Explanation},
    measurement::{self, Measurement},
    round::Judged,
    service, slot,
};

/// 6 h of slots in memory at a time.
const PART: TimeDelta = TimeDelta::hours(6);

/// 1 h after an incident's end nothing of that time belongs to it: its well slots are over, also
/// where some slots are missing.
const AFTERMATH: TimeDelta = TimeDelta::hours(1);

/// Follows the incidents of a region again, from before `window` until they are after it what
/// they were. An incident that stays keeps its key.
pub(crate) async fn rebuild(
    connection: &impl ConnectionTrait,
    region_id: i16,
    window: Window,
    judged_at: DateTime<Utc>,
) -> Result<(), Error> {
    let mut story = Story::begin(connection, (region_id, window.from), judged_at).await?;
    story.go_on(connection, window.to).await?;
    story.settle(connection).await
}

/// The incidents of a region from a slot on in which there were none.
pub(crate) struct Story {
    region_id: i16,
    judged_at: DateTime<Utc>,
    services: HashMap<i16, service::Model>,
    /// What was said of each service, as of the next slot.
    said: HashMap<i16, Explanation>,
    tracker: Tracker,
    begun: DateTime<Utc>,
    /// The next slot.
    next: DateTime<Utc>,
}

impl Story {
    /// Begins at `from`, or before it where an incident was going on.
    pub(crate) async fn begin(
        connection: &impl ConnectionTrait,
        (region_id, from): (i16, DateTime<Utc>),
        judged_at: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let mut begun = from;
        while let Some(earlier) = going_on(connection, region_id, begun).await? {
            begun = earlier;
        }
        let services = service::Entity::find().all(connection).await?;
        let mut said = HashMap::new();
        for service in &services {
            let pair = (region_id, service.id);
            let before = explanation::as_of(connection, pair, begun - slot::LENGTH).await?;
            said.extend(before.map(|before| (service.id, before)));
        }
        let services = services.into_iter().map(|service| (service.id, service)).collect();
        let tracker = Tracker::default();
        Ok(Self { region_id, judged_at, services, said, tracker, begun, next: begun })
    }

    /// Follows the slots up to `to`.
    pub(crate) async fn go_on(
        &mut self,
        connection: &impl ConnectionTrait,
        to: DateTime<Utc>,
    ) -> Result<(), Error> {
        while self.next < to {
            let part = Window { from: self.next, to: to.min(self.next + PART) };
            for (slot, judged) in self.slots(connection, part).await? {
                let (region_id, judged_at) = (self.region_id, self.judged_at);
                self.tracker.follow(Moment { region_id, slot, judged_at }, &judged);
            }
            self.next = part.to;
        }
        Ok(())
    }

    /// Goes on until nothing is open, neither here nor in the store, and puts the store right.
    pub(crate) async fn settle(mut self, connection: &impl ConnectionTrait) -> Result<(), Error> {
        let newest = newest(connection, self.region_id).await?;
        while newest.is_some_and(|newest| self.next <= newest)
            && (!self.tracker.open.is_empty()
                || going_on(connection, self.region_id, self.next).await?.is_some())
        {
            self.go_on(connection, self.next + PART).await?;
        }
        let stored = Condition::all()
            .add(COLUMN.region_id.eq(self.region_id))
            .add(COLUMN.started_at.gte(self.begun))
            .add(COLUMN.started_at.lt(self.next));
        let mut stored = storing::read(connection, stored).await?;
        for mut tracked in self.tracker.ended.into_iter().chain(self.tracker.open) {
            if let Some(at) = stored.iter().position(|known| is_same(known, &tracked)) {
                let known = stored.remove(at);
                if take_over(&mut tracked, &known) {
                    continue;
                }
                storing::forget(connection, known.row.id).await?;
            }
            let updates = storing::write(connection, tracked).await?;
            update::insert(connection, None, updates).await?;
        }
        for gone in stored {
            storing::delete(connection, gone.row.id).await?;
        }
        Ok(())
    }

    /// What was judged in each slot of a part, oldest first. Relies on the primary keys.
    async fn slots(
        &mut self,
        connection: &impl ConnectionTrait,
        part: Window,
    ) -> Result<BTreeMap<DateTime<Utc>, Vec<Judged>>, Error> {
        let mut news: HashMap<(DateTime<Utc>, i16), Explanation> = HashMap::new();
        let said = explanation::Entity::find()
            .filter(explanation::COLUMN.region_id.eq(self.region_id))
            .filter(explanation::COLUMN.slot.gte(part.from))
            .filter(explanation::COLUMN.slot.lt(part.to))
            .all(connection)
            .await?;
        news.extend(said.into_iter().map(|row| ((row.slot, row.service_id), row.into())));
        let rows = measurement::Entity::find()
            .filter(measurement::COLUMN.slot.gte(part.from))
            .filter(measurement::COLUMN.slot.lt(part.to))
            .filter(measurement::COLUMN.region_id.eq(self.region_id))
            .order_by_asc(measurement::COLUMN.slot)
            .order_by_asc(measurement::COLUMN.service_id)
            .all(connection)
            .await?;
        let mut slots: BTreeMap<DateTime<Utc>, Vec<Judged>> = BTreeMap::new();
        for row in rows {
            if let Some(said) = news.remove(&(row.slot, row.service_id)) {
                self.said.insert(row.service_id, said);
            }
            let slot = row.slot;
            slots.entry(slot).or_default().extend(self.judged(row));
        }
        Ok(slots)
    }

    fn judged(&self, row: measurement::Model) -> Option<Judged> {
        let service = self.services.get(&row.service_id)?;
        let said = self.said.get(&row.service_id).cloned();
        let explanation = said.unwrap_or_else(|| {
            Explanation::of(&Measurement {
                service: service.name.clone().into(),
                kind: service.kind,
                global: false,
                status: row.status,
                latency_us: row.latency_us,
                cause: row.cause,
                explanation: None,
            })
        });
        Some(Judged { row, name: service.name.clone(), kind: service.kind, explanation })
    }
}

/// Since when has an incident been going on that began before `at`?
async fn going_on(
    connection: &impl ConnectionTrait,
    region_id: i16,
    at: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let ended = COLUMN.ended_at.gte(at - AFTERMATH);
    let first = super::Entity::find()
        .filter(COLUMN.region_id.eq(region_id))
        .filter(COLUMN.started_at.lt(at))
        .filter(Condition::any().add(COLUMN.ended_at.is_null()).add(ended))
        .order_by_asc(COLUMN.started_at)
        .one(connection)
        .await?;
    Ok(first.map(|first| first.started_at))
}

/// The newest slot that was measured in a region.
async fn newest(
    connection: &impl ConnectionTrait,
    region_id: i16,
) -> Result<Option<DateTime<Utc>>, Error> {
    use crate::current_status::{COLUMN, Entity};
    let newest = Entity::find().filter(COLUMN.region_id.eq(region_id)).order_by_desc(COLUMN.slot);
    Ok(newest.one(connection).await?.map(|row| row.slot))
}

fn is_same(known: &Tracked, new: &Tracked) -> bool {
    let end = |row: &Model| row.ended_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
    let (one, other) = (&known.row, &new.row);
    one.is_of_monitor() == other.is_of_monitor()
        && one.started_at < end(other)
        && other.started_at < end(one)
        && !known.services.is_disjoint(&new.services)
}

/// Goes on under the key of a known incident. Answers whether nothing else is new.
fn take_over(new: &mut Tracked, known: &Tracked) -> bool {
    let updated_at = new.row.updated_at;
    new.row.id = known.row.id;
    new.row.detected_at = known.row.detected_at;
    new.row.updated_at = known.row.updated_at;
    let same = new.row == known.row && new.services == known.services && new.blamed == known.blamed;
    if !same {
        new.row.updated_at = updated_at;
    }
    same
}
