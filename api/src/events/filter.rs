//! Which rounds a client wants to hear of.

use model::region::GLOBAL;

use super::event::{Event, Place};
use crate::parameters::Name;

/// What a request asks for; everything that is `None` is not looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// Rounds of this region.
    pub(super) region: Option<Name>,
    /// Rounds that judged this service.
    pub(super) service: Option<Name>,
    /// Only rounds that changed something.
    pub(super) changes: bool,
}

impl Filter {
    /// Whether the client wants to hear of `event`.
    pub(super) fn wants(&self, event: &Event) -> bool {
        let changed = event.changed();
        if self.changes {
            return changed.iter().any(|place| self.concerns(place));
        }
        let judged = self.service.is_none() || event.measured().iter().any(|name| self.names(name));
        // A global service is judged by whichever region comes first, and concerns every one.
        (judged && self.is_in(event.region()))
            || changed.iter().any(|place| place.0 == GLOBAL && self.names(&place.1))
    }

    fn concerns(&self, (region, service): &Place) -> bool {
        (self.is_in(region) || region == GLOBAL) && self.names(service)
    }

    fn is_in(&self, region: &str) -> bool {
        self.region.as_ref().is_none_or(|wanted| wanted.0 == region)
    }

    fn names(&self, service: &str) -> bool {
        self.service.as_ref().is_none_or(|wanted| wanted.0 == service)
    }
}
