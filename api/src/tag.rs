//! The chapters of the API's document.

use poem_openapi::Tags;

/// The chapters of the API's document; those of the process itself are in [`serve::problem::Tag`].
#[derive(Tags)]
pub enum Tag {
    /// How services stand, and what was measured. Times are UTC and end in `Z`; lists are newest
    /// first and paged by cursor; unknown query parameters are refused.
    Measurements,
    /// Uptime and latency over windows up to years, in sum and bucket by bucket.
    History,
    /// Spans in which something was not up, one for each cause, with their evidence.
    Incidents,
    /// The evidence behind the measurements.
    Evidence,
    /// What is measured, and where.
    Catalogue,
    /// Small pictures for pages of others.
    Badges,
    /// The two calls of the first dashboard, kept as they were: times end in `+00:00`, `degraded`
    /// counts as up, `unknown` is left out, global services count in every region, and unknown
    /// query parameters are ignored.
    Dashboard,
}
