//! AMQP 1.0, the side of the server.
pub mod codec;
pub mod limits;
