//! What the hub sends to a device, on its last steps: from the leader to the edge that holds the
//! socket, and into the session's inbox, from where the protocol takes it.

mod deliver;
pub(crate) mod desired;
mod inbox;
mod message;
mod method;

use bytes::Bytes;

pub(crate) use deliver::{Delivered, accept};
pub(crate) use inbox::Inbox;
pub use method::{MethodReply, MethodRequest};

/// Something for a device.
#[derive(Debug)]
pub enum Delivery {
    /// A direct method: the device is to do it and to answer.
    Method(MethodRequest),
    /// A cloud-to-device message: the device is to have it, and to settle it.
    Message(Box<crate::client::ReceivedMessage>),
    /// The desired properties have changed.
    Desired {
        /// Their `$version` since.
        version: u64,
        /// JSON: what has changed, or all of them, with `$version`.
        patch: Bytes,
    },
}
