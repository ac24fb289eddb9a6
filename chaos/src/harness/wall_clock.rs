use std::time::{Duration, SystemTime, UNIX_EPOCH};

use roost_model::Timestamp;

/// The time of day of this machine; tokens need it.
#[expect(
    clippy::disallowed_methods,
    reason = "a client on the outside has no cluster clock"
)]
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The moment that lies `duration` ahead.
pub fn from_now(duration: Duration) -> Timestamp {
    now().saturating_add(duration)
}
