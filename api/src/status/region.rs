//! How one region stands: its services, and the worst of them.

use model::{Status, region, service::Kind};
use poem_openapi::{Object, types::Example};
use serve::timestamp::Timestamp;

use super::ServiceStatus;

/// How a region stands.
#[derive(Debug, Object)]
#[oai(example)]
pub struct RegionStatus {
    /// The region.
    region: String,
    /// That of the service that stands worst: `down` is worse than `degraded`, that than
    /// `unknown`, and that than `up`. Global services count, our applications do not. `unknown`
    /// where there is no service.
    status: Status,
    /// The newest slot that was measured in the region itself; null before the first one.
    slot: Option<Timestamp>,
    /// How old that slot is, in seconds since its start; null where there is none.
    age_seconds: Option<i64>,
    /// Its services, its applications, and the global services: by region, services before
    /// applications, then by name.
    items: Vec<ServiceStatus>,
}

impl RegionStatus {
    /// The region called `name`, of how everything stands.
    pub(super) fn of(name: String, mut statuses: Vec<ServiceStatus>) -> Self {
        statuses.retain(|status| status.region == name || status.region == region::GLOBAL);
        let services = statuses.iter().filter(|status| status.kind == Kind::Service);
        let worst = services.map(|service| service.status).max_by_key(|status| status.badness());
        let own = statuses.iter().filter(|status| status.region == name);
        let newest = own.min_by_key(|status| status.age_seconds);
        Self {
            status: worst.unwrap_or(Status::Unknown),
            slot: newest.map(|newest| newest.slot),
            age_seconds: newest.map(|newest| newest.age_seconds),
            region: name,
            items: statuses,
        }
    }
}

impl Example for RegionStatus {
    fn example() -> Self {
        Self::of("us-east-1".into(), vec![ServiceStatus::example()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(region: &str, kind: Kind, status: Status) -> ServiceStatus {
        ServiceStatus { region: region.into(), kind, status, ..ServiceStatus::example() }
    }

    fn status_of(statuses: impl Into<Vec<ServiceStatus>>) -> Status {
        RegionStatus::of("us-east-1".into(), statuses.into()).status
    }

    #[test]
    fn the_worst_service_decides() {
        use Status::{Degraded, Down, Unknown, Up};
        let service = |status| standing("us-east-1", Kind::Service, status);
        assert_eq!(status_of([service(Up), service(Up)]), Up);
        assert_eq!(status_of([service(Up), service(Unknown)]), Unknown);
        assert_eq!(status_of([service(Degraded), service(Unknown)]), Degraded);
        assert_eq!(status_of([service(Down), service(Degraded)]), Down);
    }

    #[test]
    fn global_services_count_and_applications_do_not() {
        let up = || standing("us-east-1", Kind::Service, Status::Up);
        let down = |region, kind| standing(region, kind, Status::Down);
        assert_eq!(status_of([up(), down("global", Kind::Service)]), Status::Down);
        assert_eq!(status_of([up(), down("us-east-1", Kind::Application)]), Status::Up);
        assert_eq!(status_of([up(), down("eu-west-1", Kind::Service)]), Status::Up);
    }

    #[test]
    fn of_no_service_nothing_is_known() {
        assert_eq!(status_of([]), Status::Unknown);
    }
}
