//! A link on which a back end reads a partition.

use std::collections::VecDeque;

use roost_actors::ReaderSeat;
use roost_actors::client::{PartitionInfo, ReadFrom, StoredEvent};
use roost_model::PartitionId;

/// Events of one read; enough to keep a client busy while the next read is under way.
pub(crate) const PAGE: usize = 512;

/// The state of such a link.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) partition: PartitionId,
    /// Where the next read begins.
    pub(crate) from: ReadFrom,
    /// Events that were read and not sent.
    pub(crate) buffer: VecDeque<StoredEvent>,
    /// Whether a read is under way.
    pub(crate) reading: bool,
    /// The client wants to know how far the partition has got.
    pub(crate) wants_info: bool,
    pub(crate) info: Option<PartitionInfo>,
    pub(crate) seat: ReaderSeat,
}

impl Reader {
    pub(crate) fn new(
        partition: PartitionId,
        from: ReadFrom,
        wants_info: bool,
        seat: ReaderSeat,
    ) -> Reader {
        Reader {
            partition,
            from,
            buffer: VecDeque::new(),
            reading: false,
            wants_info,
            info: None,
            seat,
        }
    }
}
