//! Takes a receiver's word for a message.

use roost_engine::SeededBug;
use roost_model::queue::Fate;
use roost_model::{FeedbackStatus, Identity, LockToken, Settlement};

use super::QueueLimits;
use crate::context::queue::Queue;
use crate::context::{Context, Stop};
use crate::rejection::Rejection;

/// Fails with [`Rejection::LockLost`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct SettleMessage {
    /// Whose queue.
    pub identity: Identity,
    /// Which lock on which message.
    pub token: LockToken,
    /// What the receiver says.
    pub how: Settlement,
    /// How often a message may be abandoned, and what is kept of one that was given up.
    pub limits: QueueLimits,
}

impl SettleMessage {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Fate, Stop> {
        let mut queue = Queue::open(context, &self.identity)?;
        let sequence = self.token.sequence();
        let found = queue.message(context, sequence)?;
        let mut message = found.ok_or(Rejection::LockLost)?;
        let limits = &self.limits;
        let fate = message
            .settle(self.token, self.how, context.at, limits.deliveries)
            .map_err(|_| Rejection::LockLost)?;
        match fate {
            Fate::Completed if SeededBug::DoubleDelivery.is_in() => {
                queue.update(context, sequence, &message);
            }
            Fate::Completed => {
                queue.remove(context, sequence, &message);
                queue.tell(context, &message, FeedbackStatus::Success, limits);
                context.tally.completed();
            }
            Fate::Requeued => queue.update(context, sequence, &message),
            Fate::DeadLettered(reason) => {
                queue.give_up(context, sequence, message, reason, limits)?;
            }
        }
        queue.close(context);
        Ok(fate)
    }
}
