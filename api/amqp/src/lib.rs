//! AMQP 1.0, the side of the server.
pub mod codec;
pub mod engine;
mod frame;
pub mod limits;
mod sasl;
pub use self::sasl::{Credentials, Password};
