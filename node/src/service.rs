//! The service side of a hub over HTTPS, as the commands use it.
//!
//! ```text
//! --connection-string │ ROOST_CONNECTION_STRING │ DATA/dev.json
//!                     └──────────┬──────────────┘
//!                             Target ─► ServiceClient ─► REST, server-sent events
//! ```

mod client;
mod device;
mod error;
mod message;
mod sse;
mod target;

pub(crate) use client::ServiceClient;
pub(crate) use device::{DeviceDraft, KeyKind};
pub(crate) use error::ServiceError;
pub(crate) use message::Draft as MessageDraft;
pub(crate) use sse::SseParser;
pub(crate) use target::{Target, TargetArgs};
