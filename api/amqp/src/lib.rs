//! AMQP 1.0 of the hub: devices, gateways, service SDKs and readers of the event stream.
//!
//! [`serve`] listens. Below the hub is an engine that knows the protocol and nothing else:
//!
//! ```text
//!   socket ── bytes ──► Engine::poll ──► Event ──► host ── accept, grant, send, settle … ──► Engine
//!      ▲                                                                                       │
//!      └───────────────────────────── bytes ◄── Engine::transmit ◄─────────────────────────────┘
//! ```
//!
//! One task per connection reads into a buffer and does this, over and over:
//!
//! ```no_run
//! # use std::{sync::Arc, time::Instant};
//! # use bytes::{Bytes, BytesMut};
//! # use roost_amqp::codec::{delivery_state::DeliveryState, sasl::SaslCode};
//! # use roost_amqp::engine::{Accept, Engine, EngineConfig, Event, Outgoing};
//! # let (mut input, now) = (BytesMut::new(), Instant::now());
//! let mut engine = Engine::new(Arc::new(EngineConfig::new("hub")), now);
//! while let Some(event) = engine.poll(now, &mut input) {
//!     match event {
//!         Event::Authenticate { .. } => engine.authenticate(SaslCode::Ok),
//!         Event::Attaching(mut attaching) => {
//!             let accept = Accept::as_asked(&mut attaching);
//!             let _ = engine.accept(attaching.link, accept);
//!             let _ = engine.grant(attaching.link, 100);
//!         }
//!         Event::Delivery(message) => {
//!             let _ = engine.settle(message.link, message.delivery, DeliveryState::Accepted);
//!         }
//!         Event::Credit { link, .. } => {
//!             let _ = engine.send(link, Outgoing::new(Bytes::new()));
//!         }
//!         _ => {}
//!     }
//! }
//! let bytes = engine.transmit(now);
//! // Write them; close the socket if engine.is_finished(); read, or wait for other work, until
//! // engine.next_deadline(), then engine.on_deadline(now).
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`codec`] | types, performatives, messages |
//! | [`engine`] | connection, sessions, links: a state machine without I/O |
//! | [`limits`] | every bound |
//! | `frame`, `sasl` | frames and protocol headers, mechanisms |
//! | `server` | listeners: TLS, and WebSockets that the HTTPS listener hands over |
//! | `connection` | one task for each connection: events of the engine become calls of the hub |
//! | `link`, `address` | what links are for, and their names |
//! | `message` | what the hub's messages are in AMQP, and back |
//! | `grants` | what a connection has proved |
//!
//! What the engine does by itself: protocol headers, opening, beginning and ending, answers to
//! detach and close, windows in both directions, cutting and joining of messages, heartbeats, and the
//! end of whatever a client breaks. What the host does: authentication, which links there are, credit,
//! messages and their outcomes.
//!
//! Not there, because no client of a hub asks for it: transactions, resumption of links, sessions and
//! links that the server begins.

mod address;
pub mod codec;
mod config;
mod connection;
mod context;
pub mod engine;
mod error;
mod frame;
mod grants;
pub mod limits;
mod link;
mod message;
mod metrics;
mod request;
mod sasl;
mod selector;
mod server;

pub use self::config::AmqpConfig;
pub use self::metrics::describe;
pub use self::sasl::{Credentials, Password};
pub use self::server::{ServeError, ServerHandle, Stopped, serve};
