//! An AMQP 1.0 client that says exactly what it is told to, for tests and measurements.
//!
//! [`Wire`] is bytes and frames over TLS; [`frames`] is what a well-behaved client says, to be
//! changed at will; [`Peer`] has an open connection with one session.

pub mod frames;
mod peer;
mod wire;

pub use peer::{Farewell, Peer, Raw, Said};
pub use wire::{AMQP_HEADER, Heard, SASL_HEADER, Wire};
