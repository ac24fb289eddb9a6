//! The words of the hub: ids, keys, tokens, events and the rules that need nothing but their arguments.
//!
//! Nothing here reads a clock, draws a random number, touches a file or awaits: time and randomness
//! arrive as arguments, so every function gives the same answer on every node and in every replay.
//!
//! | module | holds |
//! |---|---|
//! | [`id`] | device, module, hub, node, unit and partition ids, and the counters that fence ghosts |
//! | [`time`], [`etag`], [`sequence`] | timestamps, entity tags and preconditions, event positions |
//! | [`event`] | what a device said, and the record that is replicated, stored and read as the same bytes |
//! | [`channel`] | what a device has subscribed to |
//! | [`identity`], [`key`] | the identity registry's record and its credentials |
//! | [`twin`] | tags, desired and reported properties: documents, patches, their encoding and JSON |
//! | [`permission`], [`policy`] | shared access policies |
//! | [`queue`] | cloud-to-device messages: their life, dead letters and feedback |
//! | [`x509`], [`grant`] | client certificates, the authorities behind them, and what a session rests on |
//! | [`sas`], [`connection_string`] | shared access signatures and the strings that carry keys |
//! | [`query`] | the query language over twins |
//! | [`partition_hash`] | which partition a device lives in |
//! | [`error_code`], [`limits`] | the numbers of the service contract |
//! | [`codec`] | the one way in and out of versioned bincode |

pub mod channel;
pub mod codec;
pub mod connection_string;
pub mod error_code;
pub mod etag;
pub mod event;
pub mod grant;
pub mod id;
pub mod identity;
pub mod key;
pub mod limits;
pub mod partition_hash;
pub mod permission;
pub mod policy;
pub mod query;
pub mod queue;
pub mod sas;
pub mod sequence;
pub mod time;
pub mod twin;
pub mod x509;

pub use channel::{Channel, Channels};
pub use codec::CodecError;
pub use connection_string::{
    ConnectionString, ConnectionSubject, EventHubConnectionString, InvalidConnectionString,
};
pub use error_code::ErrorCode;
pub use etag::{ETag, InvalidETag, Precondition};
pub use event::{
    AuthKind, AuthMethod, AuthScope, BatchError, BatchHeader, BatchRecords, Event, EventSources,
    MessageSource, Origin, Record, RecordError, StoredBatch, SystemProperty, encode_record,
    identity_key,
};
pub use grant::Grant;
pub use id::{
    ConnectionEpoch, DeviceId, Generation, HubName, Identity, Incarnation, InvalidHubName,
    InvalidId, InvalidNumber, ModuleId, NodeId, PartitionId, UnitId,
};
pub use identity::{
    Authentication, DetachReason, EdgeScope, Ending, IdentityRecord, InvalidScope,
    InvalidThumbprint, Status, Thumbprints,
};
pub use key::{InvalidKey, KeyFingerprint, SymmetricKey, SymmetricKeys};
pub use limits::{InvalidLimits, Limits};
pub use partition_hash::partition_of;
pub use permission::{InvalidPermissions, Permissions};
pub use policy::{InvalidPolicy, KeySlot, SharedAccessPolicy, default_policies};
pub use queue::{
    Acknowledge, DeadLetter, DeadLetterReason, FeedbackBatch, FeedbackRecord, FeedbackStatus,
    InvalidLockToken, LockToken, QueuedMessage, Settlement,
};
pub use sas::{SasError, SasToken, encode_resource, sign};
pub use sequence::SequenceNumber;
pub use time::{InvalidTimestamp, Timestamp};
pub use twin::{Patch, Twin, TwinRef, TwinSection, TwinUpdate};
pub use x509::{
    AuthorityGrant, CertificateAuthority, CertificateChain, CertificateError, CertificateFacts,
    RevocationList, TrustStore,
};
