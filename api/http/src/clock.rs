use std::time::{SystemTime, UNIX_EPOCH};

use roost_model::Timestamp;

/// The wall clock for the tracking line of an error body. Nothing stored or decided depends on it.
#[expect(
    clippy::disallowed_methods,
    reason = "a time stamp for people who compare an answer with the log; it is never replicated"
)]
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}
