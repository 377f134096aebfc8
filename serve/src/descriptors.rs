//! How many files and sockets the process may hold open.

use tracing::warn;

/// 1,024: what a process may hold open almost everywhere, should the system not say.
const USUAL: u64 = 1024;

/// 128 descriptors that are no connections: the database, the log, the listener, and those that
/// closing connections still hold.
const RESERVED: u64 = 128;

/// 50,000 connections, of some kilobytes each, are as many as one process should carry.
const MOST: usize = 50_000;

/// Raises the limit of open descriptors as far as the system lets us, and answers how many
/// connections that is enough for.
pub fn connections() -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        warn!(%error, "Cannot raise the limit of open descriptors");
        rlimit::Resource::NOFILE.get_soft().unwrap_or(USUAL)
    });
    within(limit)
}

/// The connections that a limit of descriptors leaves room for; half of them at least.
fn within(limit: u64) -> usize {
    let connections = limit.saturating_sub(RESERVED).max(limit / 2);
    usize::try_from(connections).unwrap_or(MOST).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_descriptors_is_raised_as_far_as_it_goes() {
        let connections = connections();
        let (soft, hard) = rlimit::Resource::NOFILE.get().expect("a limit");
        assert_eq!(soft, hard);
        assert_eq!(connections, within(hard));
    }

    #[test]
    fn connections_leave_descriptors_for_everything_else() {
        assert_eq!(within(1024), 896);
        assert_eq!(within(100), 50);
        assert_eq!(within(u64::MAX), MOST);
    }
}
