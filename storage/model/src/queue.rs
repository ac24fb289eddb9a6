//! Cloud-to-device messages: what waits for a device, who holds it, and what became of it.
//!
//! ```text
//!        enqueue                  lock                       complete
//!  ( ) ──────────► Enqueued ─────────────────► Invisible ───────────────► gone        Success
//!                   │ ▲  ▲                      │  │  │
//!                   │ │  └── lock timeout ──────┘  │  └─ reject ────────► dead letter  Rejected
//!                   │ └───── abandon, count + 1 ───┴─ count at its most ► dead letter  DeliveryCountExceeded
//!                   ├─ expiry ──────────────────────────────────────────► dead letter  Expired
//!                   └─ purge ───────────────────────────────────────────► gone         Purged
//! ```
//!
//! The words on the right are what feedback says. Nothing here reads a clock: a lock has lapsed when
//! the moment that is given is past it. Source: IoT Hub developer guide, "Send cloud-to-device
//! messages from an IoT hub", life cycle.

mod acknowledge;
mod dead_letter;
mod feedback;
mod lock;
mod lock_token;
mod message;
mod settlement;

pub use acknowledge::Acknowledge;
pub use dead_letter::{DeadLetter, DeadLetterReason};
pub use feedback::{BatchFate, FeedbackBatch, FeedbackRecord, FeedbackStatus};
pub use lock::Lock;
pub use lock_token::{InvalidLockToken, LockToken};
pub use message::{Availability, QueuedMessage};
pub use settlement::{Fate, LockLost, Settlement};

#[cfg(test)]
mod tests;
