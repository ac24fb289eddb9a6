//! Lets go of events that are older or more than the hub keeps.

use std::time::Duration;

use roost_partition::{Command, TrimEvents, retention};

use crate::leadership::Leadership;

/// Proposes a trim if there is something to trim; the decision is replicated, not the clock.
pub(super) async fn trim(leadership: Leadership) {
    let Some(settings) = leadership.settings() else {
        return;
    };
    let max_age = Duration::from_millis(settings.retention_ms);
    let point = retention::trim_point(
        leadership.reader(),
        leadership.now(),
        max_age,
        settings.retention_bytes,
    );
    let before = match point {
        Ok(None) => return,
        Ok(Some(before)) => before,
        Err(error) => return tracing::error!(%error, "cannot decide on event retention"),
    };
    let command = Command::TrimEvents(TrimEvents { before });
    match leadership.propose(command).await {
        Ok(_) => tracing::debug!(partition = %leadership.partition(), %before, "trimmed events"),
        Err(refused) => tracing::debug!(?refused, "events were not trimmed by this leader"),
    }
}
