//! The seam to the layer above: its messages travel over the same links as Raft's.

use bytes::Bytes;
use roost_model::NodeId;

use crate::rpc::{Refused, Stream};

/// Sends the answer to one call, whenever it is there and from wherever.
pub type Reply = Box<dyn FnOnce(Result<Bytes, Refused>) + Send>;

/// What the layer above does with messages from other nodes.
pub trait Service: Send + Sync + 'static {
    /// A call. Runs on the link's reading task, in the order of arrival: it must not block, only
    /// queue or spawn.
    fn call(&self, from: NodeId, payload: Bytes, reply: Reply);

    /// A stream that the peer has opened. Must not block either.
    fn stream(&self, from: NodeId, header: Bytes, stream: Stream);
}
