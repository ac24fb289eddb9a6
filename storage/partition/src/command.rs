//! What stands in a partition's log.

use bytes::Bytes;
use roost_model::{CodecError, Timestamp, codec};

use crate::hub_events::HubEvents;
use crate::op::{
    AppendEvents, Attach, BuildIndex, CreateIdentity, DeleteCheckpoint, DeleteIdentity, Detach,
    PutIdentity, QueueCommand, RegenerateKeys, Renew, ReportTwin, SetCheckpoint, Subscribe,
    TrimEvents, UpdateIdentity, UpdateTwin,
};

/// One entry's commands, and the moment at which the leader proposed them.
#[derive(Debug, Clone, PartialEq, bincode::Encode, bincode::Decode)]
pub struct Envelope {
    /// The only clock that applying knows.
    pub at: Timestamp,
    /// Applied in this order, all in one write.
    pub commands: Vec<Command>,
    /// What the hub itself says in the event stream about what the commands do; nothing without.
    pub hub: Option<HubEvents>,
}

/// A change to a partition. The order of variants is the encoding: append only.
#[derive(Debug, Clone, PartialEq, bincode::Encode, bincode::Decode)]
pub enum Command {
    /// Adds a device or module.
    CreateIdentity(Box<CreateIdentity>),
    /// Replaces what the owner may change of an identity.
    UpdateIdentity(Box<UpdateIdentity>),
    /// Removes a device with its modules, or a module.
    DeleteIdentity(DeleteIdentity),
    /// Makes a connection the identity's session.
    Attach(Box<Attach>),
    /// Ends a session.
    Detach(Detach),
    /// Stores what devices said.
    AppendEvents(AppendEvents),
    /// Remembers how far a consumer group has read.
    SetCheckpoint(SetCheckpoint),
    /// Forgets it.
    DeleteCheckpoint(DeleteCheckpoint),
    /// Gives up the oldest events.
    TrimEvents(TrimEvents),
    /// Notes what a device has subscribed to.
    Subscribe(Subscribe),
    /// Changes what the back end may change of a twin.
    UpdateTwin(Box<UpdateTwin>),
    /// Changes what a device reports.
    ReportTwin(Box<ReportTwin>),
    /// Changes queues of cloud-to-device messages, or feedback about them.
    Queue(QueueCommand),
    /// Replaces or swaps an identity's keys.
    RegenerateKeys(Box<RegenerateKeys>),
    /// Adds an identity, or replaces what its owner may change of it.
    PutIdentity(Box<PutIdentity>),
    /// Takes more twins into an index.
    BuildIndex(Box<BuildIndex>),
    /// Lets a session rest on a newer credential.
    Renew(Box<Renew>),
}

impl Envelope {
    /// The newest layout.
    pub const VERSION: u8 = 1;

    /// The bytes to propose.
    pub fn encode(&self) -> Bytes {
        codec::encode(Self::VERSION, self).into()
    }

    /// Reads proposed bytes.
    ///
    /// # Errors
    /// Bytes of a newer version, cut off, with others behind them, or above
    /// [`codec::DECODE_LIMIT`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode(Self::VERSION, bytes).map(|(_, envelope)| envelope)
    }
}

impl Command {
    /// About how many bytes it takes in an entry: an entry that has enough of them takes no more.
    pub fn size_hint(&self) -> usize {
        /// Ids, keys and counters.
        const SMALL: usize = 256;
        SMALL
            + match self {
                Self::AppendEvents(op) => op.records.len(),
                Self::UpdateTwin(op) => op.size_hint(),
                Self::PutIdentity(op) => op.size_hint(),
                Self::ReportTwin(op) => op.patch.encoded_len(),
                Self::Queue(QueueCommand::Enqueue(op)) => op.content_len(),
                _ => 0,
            }
    }
}

macro_rules! from_operation {
    ($($operation:ident $(in $wrapper:ident)?),* $(,)?) => {
        $(impl From<$operation> for Command {
            fn from(operation: $operation) -> Self {
                Self::$operation($($wrapper::new)?(operation))
            }
        })*
    };
}

from_operation! {
    CreateIdentity in Box,
    UpdateIdentity in Box,
    DeleteIdentity,
    Attach in Box,
    Detach,
    AppendEvents,
    SetCheckpoint,
    DeleteCheckpoint,
    TrimEvents,
    Subscribe,
    UpdateTwin in Box,
    ReportTwin in Box,
    BuildIndex in Box, PutIdentity in Box, RegenerateKeys in Box, Renew in Box,
}

#[cfg(test)]
mod tests;
