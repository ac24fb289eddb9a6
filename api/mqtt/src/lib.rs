//! MQTT 3.1.1 at the edge of a node, and a small client.
//!
//! ```text
//!  TLS listener ──► TLS handshake ──┐
//!                                   ├──► CONNECT ──► Edge::connect ──► Session
//!  tunnel socket ─► preface line ───┘                                    │ PUBLISH    → Session::send, PUBACK when durable
//!  (WebSockets, from the HTTPS listener)                                 │ SUBSCRIBE  → filters of the own identity
//!                                                                        │ DISCONNECT → Session::detach(Clean)
//!                                                                        └ Session::closed() → socket closed
//! ```
//!
//! Worker threads each run their own connections; one task per connection watches the socket and the
//! session. A PUBLISH waits in [`roost_edge`]'s queue when the hub is busy; with the receive window full
//! the socket is not read, so that the device slows down instead of the node filling up.
//!
//! | module | holds |
//! |---|---|
//! | `server` | listeners, threads, start and stop |
//! | `handshake` | CONNECT and CONNACK |
//! | `publish`, `subscribe`, `twin` | what packets of a session do |
//! | `deliver`, `devicebound`, `method` | what the hub has for a device |
//! | `connection` | the state of a session and its end |
//! | [`azure`] | user name, password and topics as the SDKs write them |
//! | [`client`] | the device side |

pub mod azure;
pub mod client;
mod config;
mod connection;
mod deliver;
mod devicebound;
mod error;
mod filter;
mod handshake;
mod method;
pub mod metrics;
mod preface;
mod publish;
mod server;
mod subscribe;
mod subscriptions;
mod topic;
mod twin;
mod username;

pub use self::config::MqttConfig;
pub use self::server::{ServeError, ServerHandle, Stopped, serve};
