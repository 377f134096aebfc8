//! Judgements with the keys that their names stand for.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use crate::{
    Error,
    explanation::Explanation,
    measurement::{self, Measurement},
    region, service,
};

/// A judgement with its keys.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// The row that is stored of it.
    pub(crate) row: measurement::Model,
    /// The service's name.
    pub(crate) name: String,
    /// Whether it is the provider's or ours.
    pub(crate) kind: service::Kind,
    /// Why.
    pub(crate) explanation: Explanation,
}

impl Judged {
    /// The keys of the region and the service.
    pub(crate) fn pair(&self) -> (i16, i16) {
        (self.row.region_id, self.row.service_id)
    }
}

/// What was judged of `slot` by a runner of this region, in its order.
pub(crate) async fn judged<'a>(
    connection: &impl ConnectionTrait,
    (region_id, slot): (i16, DateTime<Utc>),
    measurements: impl IntoIterator<Item = &'a Measurement> + Clone,
) -> Result<Vec<Judged>, Error> {
    let names: Vec<_> = measurements
        .clone()
        .into_iter()
        .map(|judged| (judged.service.as_ref(), judged.kind))
        .collect();
    let services = service::ensure(connection, &names).await?;
    let mut rows = Vec::with_capacity(names.len());
    for judged in measurements {
        let region_id = match judged.global {
            true => region::ensure(connection, region::GLOBAL).await?,
            false => region_id,
        };
        let service_id = services[judged.service.as_ref()];
        rows.push(Judged {
            row: measurement::Model::new(judged, slot, region_id, service_id),
            name: judged.service.to_string(),
            kind: judged.kind,
            explanation: Explanation::of(judged),
        });
    }
    Ok(rows)
}
