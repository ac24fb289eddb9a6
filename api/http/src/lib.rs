//! The HTTPS side of the hub: the service's REST interface, devices that speak HTTPS, the event
//! stream for back ends without AMQP, MQTT over WebSocket, and the cluster's administration.
//!
//! ```text
//! request ─ observe ─ dispatch ─ router::find ─ guard ─ handler ─ answer
//!           count,    one table of routes      edge    route/*
//!           log       with their permissions
//! ```
//!
//! Every refusal is an `ApiError`, and takes its form in `error`, nowhere else.

mod admin;
mod body;
mod call;
mod certificate;
mod clock;
mod config;
mod credentials;
mod dispatch;
mod dto;
mod error;
mod export;
mod group;
mod headers;
mod import;
mod message;
pub mod metrics;
mod observe;
mod openapi;
mod probes;
mod query;
mod reading;
mod respond;
mod route;
mod router;
mod routes;
mod server;
mod sse;
mod state;
#[cfg(test)]
mod testing;
mod tunnel;

pub use admin::{Admin, AdminError};
pub use config::HttpConfig;
pub use openapi::openapi;
pub use probes::{Probes, serve_probes};
pub use server::{ServerHandle, StartError, serve};
pub use state::HttpState;
pub use tunnel::WebSocketTunnels;
