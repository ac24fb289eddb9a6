//! Forgets how far a consumer group has read.

use crate::context::{Context, Stop};
use crate::table::CHECKPOINT;

/// Never refused: forgetting what is not known changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct DeleteCheckpoint {
    /// The consumer group's name.
    pub group: String,
}

impl DeleteCheckpoint {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<(), Stop> {
        context.tx.delete_unread(CHECKPOINT, self.group.as_bytes());
        Ok(())
    }
}
