//! What openraft passes around as a snapshot: a view to send, or a stream that was received.

use super::machine::{Export, Import};

/// The data of a snapshot; never the whole of it in memory.
#[derive(Debug)]
pub(crate) enum SnapshotData {
    /// Read from a consistent view while it is sent.
    Outgoing(Export),
    /// Staged on disk, ready to be adopted.
    Received(Import),
}
