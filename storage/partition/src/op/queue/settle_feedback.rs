//! Takes a receiver's word for a batch of feedback.

use roost_model::queue::BatchFate;
use roost_model::{LockToken, Settlement};

use super::QueueLimits;
use crate::context::{Context, Stop};
use crate::rejection::Rejection;
use crate::table::{FEEDBACK, feedback};

/// Fails with [`Rejection::LockLost`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct SettleFeedback {
    /// Which lock on which batch.
    pub token: LockToken,
    /// What the receiver says; a rejected batch is gone.
    pub how: Settlement,
    /// How often a batch may be abandoned.
    pub limits: QueueLimits,
}

impl SettleFeedback {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<(), Stop> {
        let tail = feedback::batch_tail(self.token.sequence());
        let found = context.tx.get(FEEDBACK, &tail)?;
        let mut batch = feedback::decode_batch(&found.ok_or(Rejection::LockLost)?)?;
        let deliveries = self.limits.feedback_deliveries;
        let fate = batch
            .settle(self.token, self.how, context.at, deliveries)
            .map_err(|_| Rejection::LockLost)?;
        match fate {
            BatchFate::Dropped => context.tx.delete(FEEDBACK, &tail),
            BatchFate::Kept => context
                .tx
                .put(FEEDBACK, &tail, feedback::encode_batch(&batch)),
        }
        Ok(())
    }
}
