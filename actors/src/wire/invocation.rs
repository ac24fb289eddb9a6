//! A direct method on its way: from the node that was called, by the leader, to the device's edge, and
//! its result from there straight back.

use bincode::{Decode, Encode};
use roost_model::NodeId;

/// One call of a method. Its result goes to `caller` under `number`, exactly once or never.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Invocation {
    pub(crate) caller: NodeId,
    /// The caller's own number for it.
    pub(crate) number: u64,
    pub(crate) name: String,
    /// JSON.
    pub(crate) payload: Vec<u8>,
    /// How long to wait for a device that is not online.
    pub(crate) connect_ms: u32,
    /// How long the device may take to answer, from when it is handed over.
    pub(crate) response_ms: u32,
}

/// What became of an invocation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum InvocationResult {
    /// The device answered.
    Answered { status: i32, payload: Vec<u8> },
    /// The device had no subscription to methods until the connect timeout.
    NotOnline,
    /// The device did not answer in time.
    TimedOut,
    /// The device's connection ended before it answered.
    ConnectionLost,
    /// As many calls as may be wait for this device.
    TooMany,
    /// The leader changed; the device may or may not have been called.
    Unknown,
}
