//! Gives up messages and feedback that have expired.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use roost_model::Timestamp;
use roost_partition::{PartitionError, QueueOutcome, SweepQueues};

use crate::leadership::Leadership;

/// Messages that one entry gives up.
const AT_ONCE: u32 = 256;
/// What was swept is swept again from so long before: clocks may be set back a little.
const OVERLAP: Duration = Duration::from_secs(10);

/// Remembers how far a leadership has swept; one sweep at a time.
#[derive(Debug, Default)]
pub(super) struct Sweeper {
    running: AtomicBool,
    swept_until: AtomicU64,
}

impl Sweeper {
    /// Sweeps in a task of its own, unless one does already.
    pub(super) fn start(self: &Arc<Self>, leadership: &Leadership) {
        if self.running.swap(true, Ordering::AcqRel) {
            return;
        }
        let (sweeper, leadership) = (Arc::clone(self), leadership.clone());
        tokio::spawn(async move {
            sweeper.sweep(&leadership).await;
            sweeper.running.store(false, Ordering::Release);
        });
    }

    async fn sweep(&self, leadership: &Leadership) {
        loop {
            let from = Timestamp(self.swept_until.load(Ordering::Acquire));
            let now = leadership.now();
            match is_due(leadership, from, now) {
                Ok(true) => {}
                Ok(false) => {
                    let until = now.saturating_sub(OVERLAP);
                    self.swept_until
                        .fetch_max(until.as_millis(), Ordering::AcqRel);
                    return;
                }
                Err(error) => return tracing::error!(%error, "cannot look for what has expired"),
            }
            let command = SweepQueues {
                from,
                most: AT_ONCE,
                limits: leadership.queue_limits(),
            };
            match leadership.change_queue(command).await {
                Ok(QueueOutcome::Swept(swept)) if swept.more => {}
                Ok(_) => return,
                Err(refused) => {
                    return tracing::debug!(?refused, "nothing was swept by this leader");
                }
            }
        }
    }
}

fn is_due(
    leadership: &Leadership,
    from: Timestamp,
    now: Timestamp,
) -> Result<bool, PartitionError> {
    let reader = leadership.reader();
    let ttl = leadership.queue_limits().feedback_ttl;
    Ok(reader.has_expired(from, now)? || reader.has_expired_feedback(now, ttl)?)
}
