//! Telling anew why services stood as they did, and which incidents there were, after repairs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Repairs;
use crate::{
    Database, Error, Explanation, Window, current_status,
    database::{limited, without_limit},
    explanation::{self, Pair, Stretch},
    incident::Story,
    region,
    round::Judged,
    slot,
};

impl Repairs<'_> {
    /// Tells why the services stood as they did in the slots that were repaired since the last
    /// call. What was to be told is held in memory until then.
    ///
    /// # Errors
    /// [`Error::Database`]; then nothing was written.
    pub async fn explain(&mut self) -> Result<(), Error> {
        let untold = std::mem::take(&mut self.untold);
        if untold.is_empty() {
            return Ok(());
        }
        limited(async {
            let transaction = self.database.begin_writing().await?;
            let rows = untold.iter().map(|judged| &judged.row);
            let known = current_status::lock(&transaction, rows).await?;
            let mut newest = BTreeMap::new();
            for row in &known {
                newest.insert((row.region_id, row.service_id), row.slot);
            }
            for mut stretch in stretches(&untold) {
                let newest = newest.get(&stretch.pair);
                stretch.is_followed = newest.is_some_and(|newest| *newest >= stretch.window.to);
                explanation::rewrite(&transaction, stretch).await?;
            }
            for row in known {
                current_status::explain_anew(&transaction, row).await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
    }

    /// Follows the incidents of a window again, after what was repaired in it was explained. Reads
    /// the window before it holds anybody up.
    ///
    /// # Errors
    /// [`Error::Database`]; then nothing was written.
    pub async fn follow(&self, window: Window, judged_at: DateTime<Utc>) -> Result<(), Error> {
        if self.dry_run {
            return Ok(());
        }
        for name in [self.region, region::GLOBAL] {
            match region::named(self.database, name).await {
                Ok(region) => follow(self.database, region.id, window, judged_at).await?,
                Err(Error::UnknownRegion { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

async fn follow(
    database: &Database,
    region_id: i16,
    window: Window,
    judged_at: DateTime<Utc>,
) -> Result<(), Error> {
    let mut story = Story::begin(database, (region_id, window.from), judged_at).await?;
    story.go_on(database, window.to).await?;
    let transaction = database.begin_writing().await?;
    without_limit(&transaction).await?;
    current_status::lock_region(&transaction, region_id).await?;
    story.settle(&transaction).await?;
    Ok(transaction.commit().await?)
}

/// The unbroken rows of slots of each service.
fn stretches(untold: &[Judged]) -> Vec<Stretch> {
    let mut pairs: BTreeMap<Pair, Vec<Stretch>> = BTreeMap::new();
    for judged in untold {
        let (at, pair) = (judged.row.slot, judged.pair());
        let said: (DateTime<Utc>, Explanation) = (at, judged.explanation.clone());
        let stretches = pairs.entry(pair).or_default();
        match stretches.last_mut().filter(|stretch| stretch.window.to == at) {
            Some(stretch) => {
                stretch.window.to = at + slot::LENGTH;
                stretch.said.push(said);
            }
            None => stretches.push(Stretch {
                pair,
                window: Window { from: at, to: at + slot::LENGTH },
                said: vec![said],
                is_followed: false,
            }),
        }
    }
    pairs.into_values().flatten().collect()
}
