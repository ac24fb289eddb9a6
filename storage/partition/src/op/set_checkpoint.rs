//! Remembers how far a consumer group has read.

use roost_model::limits::MAX_CONSUMER_GROUP_CHARS;
use roost_model::{SequenceNumber, Timestamp};

use crate::context::{Context, Stop};
use crate::rejection::Rejection;
use crate::table::{self, CHECKPOINT};

/// A checkpoint may go back: consumers rewind. Fails with [`Rejection::InvalidCheckpoint`].
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct SetCheckpoint {
    /// The consumer group's name, 1 to [`MAX_CONSUMER_GROUP_CHARS`] characters.
    pub group: String,
    /// As the group counts; not past the end of the stream.
    pub sequence: SequenceNumber,
}

/// How far a consumer group has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Checkpoint {
    /// As the group set it.
    pub sequence: SequenceNumber,
    /// When.
    pub updated_at: Timestamp,
}

impl SetCheckpoint {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Checkpoint, Stop> {
        let named = (1..=MAX_CONSUMER_GROUP_CHARS).contains(&self.group.chars().count());
        if !named || self.sequence > context.row.next {
            return Err(Rejection::InvalidCheckpoint.into());
        }
        let checkpoint = Checkpoint {
            sequence: self.sequence,
            updated_at: context.at,
        };
        let value = table::checkpoint::encode(&checkpoint);
        context
            .tx
            .put_unread(CHECKPOINT, self.group.as_bytes(), &value);
        Ok(checkpoint)
    }
}
