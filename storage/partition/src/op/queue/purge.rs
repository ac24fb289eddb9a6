//! Empties a queue.

use roost_model::queue::Availability;
use roost_model::{FeedbackStatus, Identity};

use super::QueueLimits;
use crate::context::queue::Queue;
use crate::context::{Context, Stop};

/// What receivers hold stays; the rest goes, at most `most` messages at once, and senders are told.
///
/// Fails with [`crate::Rejection::DeviceNotFound`] and [`crate::Rejection::ModuleNotFound`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct PurgeQueue {
    /// Whose queue.
    pub identity: Identity,
    /// Bounds the work of one entry.
    pub most: u32,
    /// How feedback is kept.
    pub limits: QueueLimits,
}

/// What a purge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// Messages that are gone.
    pub count: u32,
    /// There may be more.
    pub more: bool,
}

impl PurgeQueue {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Purged, Stop> {
        context.existing(&self.identity)?;
        let mut queue = Queue::open(context, &self.identity)?;
        if queue.header.depth == 0 {
            return Ok(Purged {
                count: 0,
                more: false,
            });
        }
        let mut doomed = Vec::new();
        let mut more = false;
        for row in queue.messages(context) {
            let (sequence, message) = row?;
            if message.availability(context.at, queue.session) == Availability::Held {
                continue;
            }
            if doomed.len() as u64 >= u64::from(self.most) {
                more = true;
                break;
            }
            doomed.push((sequence, message));
        }
        for (sequence, message) in &doomed {
            queue.remove(context, *sequence, message);
            queue.tell(context, message, FeedbackStatus::Purged, &self.limits);
        }
        queue.close(context);
        let count = u32::try_from(doomed.len()).unwrap_or(u32::MAX);
        Ok(Purged { count, more })
    }
}
