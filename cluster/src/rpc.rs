//! Calls and streams between nodes: a credit-controlled mux over authenticated connections.
//!
//! Every node dials every other node, once per [`Lane`], and sends its calls and opens its
//! streams on the connections that it dialed; answers come back on the same connection.
//!
//! ```text
//!  call / open / send                                       Acceptor::on_call / on_stream
//!        │ waits for credit                                         ▲ in receive order
//!        ▼                                                          │
//!     Outbox (bounded) ─► writer ═══ mTLS, one per lane ═══► reader ─► stream queues (credit)
//!                                                                         │ taken
//!                                       credit frames ◄───────────────────┘
//! ```
//!
//! Guarantees:
//! - Calls on one connection reach [`Acceptor::on_call`] in the order in which they were made;
//!   a stream's messages arrive in order, each once, or the stream ends with an error.
//! - Nothing is retried: [`CallError::Unreachable`] means that the peer has not seen the call,
//!   [`CallError::Closed`] and [`CallError::TimedOut`] that it may have.
//! - Every queue is bounded. A stream's receiver that does not read stalls that stream only.
//! - A link is down as soon as its connection breaks or stays silent for `dead_after`.
//! - Bytes that break the protocol end the connection they came on, and nothing else.

mod acceptor;
mod backoff;
mod board;
mod call;
mod connection;
mod core;
mod dispatch;
mod frame;
mod handshake;
mod hello;
mod link;
mod listener;
mod metrics;
mod network;
mod options;
mod outbox;
mod reader;
mod slots;
mod stream;
#[cfg(test)]
mod tests;
mod violation;
mod writer;

pub use self::acceptor::{Acceptor, Responder};
pub use self::board::LinkEvent;
pub use self::call::{CallError, Refused};
pub use self::frame::MAX_PAYLOAD;
pub use self::hello::Lane;
pub use self::metrics::describe_metrics;
pub use self::network::Network;
pub use self::options::NetworkOptions;
pub use self::stream::{Stream, StreamError, StreamReceiver, StreamSender, TrySendError};
