//! Gives messages to a receiver.

use roost_model::queue::Availability;
use roost_model::{ConnectionEpoch, DeadLetterReason, Identity, QueuedMessage};

use super::{Hold, QueueLimits};
use crate::context::queue::Queue;
use crate::context::{Context, Stop};

/// Messages that one lock looks at and does not hand out: held by others, or expired. Bounds the work
/// of one entry; what lies behind is reached when they are gone.
const SKIPPED: usize = 256;

/// In the order in which they came; what has expired is given up on the way. Never refused: a session
/// that is not the device's gets nothing.
#[derive(Debug, Clone, PartialEq, bincode::Encode, bincode::Decode)]
pub struct LockMessages {
    /// Whose queue.
    pub identity: Identity,
    /// For whom and how long.
    pub hold: Hold,
    /// How many at most.
    pub most: u32,
    /// What becomes of expired messages.
    pub limits: QueueLimits,
}

/// Messages that a receiver was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Locked {
    /// Their numbers, and how they stand now: each has its lock. `was_delivered` tells how it was
    /// before this: whether a receiver had the message earlier.
    pub messages: Vec<(u64, QueuedMessage)>,
    /// More could be had.
    pub more: bool,
}

impl LockMessages {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Locked, Stop> {
        let mut queue = Queue::open(context, &self.identity)?;
        let receiver = self.hold.receiver;
        let is_gone = receiver != ConnectionEpoch(0) && queue.session != Some(receiver);
        if is_gone || queue.header.depth == 0 {
            return Ok(Locked::default());
        }
        let found = self.look(context, &queue)?;
        if let Some(first) = found.first {
            queue.header.first = first;
        }
        for (sequence, message) in found.expired {
            let reason = DeadLetterReason::Expired;
            queue.give_up(context, sequence, message, reason, &self.limits)?;
        }
        let mut locked = Locked {
            messages: found.ready,
            more: found.more,
        };
        for (sequence, message) in &mut locked.messages {
            let lock = self.hold.lock(*sequence, context.at);
            let was_delivered = message.hand_out(lock);
            queue.update(context, *sequence, message);
            message.was_delivered = was_delivered;
        }
        context.tally.delivered(locked.messages.len());
        queue.close(context);
        Ok(locked)
    }

    fn look(&self, context: &Context<'_>, queue: &Queue<'_>) -> Result<Found, Stop> {
        let mut found = Found::default();
        let mut skipped = 0;
        for row in queue.messages(context) {
            let (sequence, message) = row?;
            found.first.get_or_insert(sequence);
            match message.availability(context.at, queue.session) {
                Availability::Ready if found.ready.len() as u64 >= u64::from(self.most) => {
                    found.more = true;
                    break;
                }
                Availability::Ready => {
                    found.ready.push((sequence, message));
                    continue;
                }
                Availability::Expired => found.expired.push((sequence, message)),
                Availability::Held => {}
            }
            skipped += 1;
            if skipped >= SKIPPED {
                break;
            }
        }
        Ok(found)
    }
}

/// What stands in a queue, from its begin on.
#[derive(Debug, Default)]
struct Found {
    first: Option<u64>,
    ready: Vec<(u64, QueuedMessage)>,
    expired: Vec<(u64, QueuedMessage)>,
    more: bool,
}
