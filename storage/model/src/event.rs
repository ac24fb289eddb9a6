//! Events: what a device said, where it came from, and the encoded record.
//!
//! An event is encoded once, at the edge that received it; the same bytes are replicated, stored
//! and read:
//!
//! ```text
//! edge: Event + Origin ──encode_record──▶ record ─┐
//!                                        record ─┼─▶ Raft entry ──▶ BatchHeader ++ records (stored)
//!                                        record ─┘                        │
//!                                            Record::event() ◀──split─────┘  consumer
//! ```
//!
//! What the hub vouches for (identity, generation, authentication, source) stands in the record's
//! header, filled from [`Origin`]; nothing that a device can put into an [`Event`] reaches it.

mod auth_method;
mod batch;
mod content;
mod content_codec;
mod record;
mod source;
mod sources;
mod system_property;
pub(crate) mod varint;

pub use auth_method::{AuthKind, AuthMethod, AuthScope};
pub use batch::{BatchError, BatchHeader, BatchRecords, StoredBatch};
pub use content::Event;
pub use record::{Origin, Record, RecordError, encode_record, identity_key};
pub use source::MessageSource;
pub use sources::EventSources;
pub use system_property::SystemProperty;
