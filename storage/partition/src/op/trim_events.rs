//! Gives up the oldest events.

use roost_model::SequenceNumber;

use crate::context::{Context, Stop};

/// Whole batches go: those that end at or before `before`. Never refused; the begin of the stream never
/// goes back.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct TrimEvents {
    /// The oldest event to keep.
    pub before: SequenceNumber,
}

/// What a trim did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Trimmed {
    /// The oldest event that is kept.
    pub begin: SequenceNumber,
}

impl TrimEvents {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Trimmed, Stop> {
        context.store_announcements()?;
        context.trim(self.before)?;
        Ok(Trimmed {
            begin: context.row.begin,
        })
    }
}
