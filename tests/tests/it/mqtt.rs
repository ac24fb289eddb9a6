//! MQTT over raw sockets: what a device may do, and everything that it may not.

mod credentials;
mod malformed;
pub(crate) mod methods;
mod refused;
mod session;
mod telemetry;
mod twins;
