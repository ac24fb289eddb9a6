//! A device session, whatever the protocol: the edge layer of Roost.
//!
//! Protocol crates turn bytes into [`ConnectRequest`]s and [`Event`](roost_model::Event)s and
//! turn [`Refusal`]s and [`CloseReason`]s back into what their protocol can say. What a device
//! may do is decided here and below, never in a protocol.

mod edge;
mod metrics;
mod refusal;
mod request;
mod session;
mod tls;
pub mod tunnel;
mod twin;

pub use edge::{Edge, Principal, QueueRequest, Receive, Settle};
pub use metrics::describe;
pub use refusal::Refusal;
pub use request::{ConnectRequest, Departure, Protocol, SendRequest};
pub use roost_actors::{
    CloseReason, Credential, Delivery, MethodReply, MethodRequest, ReceivedMessage,
};
pub use session::{Receipt, Session};
pub use tls::{ServerTls, TlsConfig, TlsError};
