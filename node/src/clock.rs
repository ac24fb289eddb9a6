//! The time of day for the commands: token expiry and certificate validity. A node's own time comes
//! from the cluster's clock.

use std::time::Duration;

use roost_cluster::{Clock, SystemClock};
use roost_model::Timestamp;

/// The moment `later` from now.
pub(crate) fn after(later: Duration) -> Timestamp {
    Timestamp(
        SystemClock
            .now()
            .0
            .saturating_add(u64::try_from(later.as_millis()).unwrap_or(u64::MAX)),
    )
}
