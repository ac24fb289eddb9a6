//! AMQP spoken by hand: what a peer may not do, what it ends, and that it ends nothing else.

mod addresses;
mod credentials;
mod handshake;
mod limits;
mod malformed;
mod order;
mod owners;
mod replicas;
mod witness;

use witness::Witness;
