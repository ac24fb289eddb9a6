//! What the service side asks for and gets.

use bincode::{Decode, Encode};
use roost_model::{
    Authentication, ErrorCode, Identity, IdentityRecord, Record, SequenceNumber, Status, Timestamp,
};
use roost_partition::EventBounds;

use crate::wire::Refused;

/// What a back end wants an identity to be.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct IdentityDraft {
    /// Which device or module.
    pub identity: Identity,
    /// Whether it may connect; modules are always enabled.
    pub status: Status,
    /// Free text, at most 128 characters.
    pub status_reason: Option<String>,
    /// How it proves itself. None: on create, keys are generated; on update, as it was.
    pub authentication: Option<Authentication>,
    /// Whether it is an Edge device.
    pub iot_edge: bool,
    /// The scope of its parent, for a leaf; given by the hub for an Edge device.
    pub device_scope: Option<String>,
    /// The scope of an Edge device's parent; what is given for a leaf is not looked at.
    pub parent_scopes: Vec<String>,
    /// Whose it is, for a module.
    pub managed_by: Option<String>,
}

/// An identity as the registry shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityView {
    /// The stored record.
    pub record: IdentityRecord,
    /// Whether it has a session.
    pub connected: bool,
    /// Messages that wait for it.
    pub cloud_to_device_message_count: u32,
}

/// Counts over the registry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct RegistryStatistics {
    /// Devices, modules not counted.
    pub total_devices: u64,
    /// Devices that may connect.
    pub enabled_devices: u64,
    /// Devices that may not.
    pub disabled_devices: u64,
    /// Devices with a session.
    pub connected_devices: u64,
    /// Modules of all devices.
    pub total_modules: u64,
}

/// Bounds of one partition of the event stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct PartitionInfo {
    /// The oldest event that is kept.
    pub begin_sequence: SequenceNumber,
    /// What the next event will get.
    pub next_sequence: SequenceNumber,
    /// When the last event was stored; none if there never was one.
    pub last_enqueued_at: Option<Timestamp>,
}

/// Where to begin to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum ReadFrom {
    /// The oldest event that is kept.
    Earliest,
    /// Only what comes from now on.
    Latest,
    /// This event and what follows.
    Sequence(SequenceNumber),
    /// What follows this event.
    After(SequenceNumber),
    /// What was stored after this time.
    EnqueuedAfter(Timestamp),
}

/// Events read from one partition, in order.
#[derive(Debug, Clone, Default)]
pub struct EventPage {
    /// The events.
    pub events: Vec<StoredEvent>,
    /// Where to read on.
    pub next: SequenceNumber,
    /// The bounds of the partition as the replica knew them that the page was read at.
    pub info: PartitionInfo,
}

/// One stored event.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its place in the partition.
    pub sequence: SequenceNumber,
    /// When it was stored.
    pub enqueued_at: Timestamp,
    /// What was said, and by whom.
    pub record: Record,
}

/// How far a consumer group has read a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Checkpoint {
    /// The last event that counts as read.
    pub sequence: SequenceNumber,
    /// When this was said.
    pub updated_at: Timestamp,
}

/// Why a service call failed: the service's code for it, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct HubError {
    code: ErrorCode,
    reason: String,
}

// === impl IdentityDraft ===

impl IdentityDraft {
    /// An enabled identity with keys that the hub makes.
    pub fn new(identity: Identity) -> IdentityDraft {
        IdentityDraft {
            identity,
            status: Status::Enabled,
            status_reason: None,
            authentication: None,
            iot_edge: false,
            device_scope: None,
            parent_scopes: Vec::new(),
            managed_by: None,
        }
    }
}

// === impl IdentityView ===

impl IdentityView {
    pub(crate) fn new(record: IdentityRecord, connected: bool, waiting: u32) -> IdentityView {
        IdentityView {
            record,
            connected,
            cloud_to_device_message_count: waiting,
        }
    }
}

// === impl PartitionInfo ===

impl PartitionInfo {
    /// Whether no event is kept.
    pub fn is_empty(&self) -> bool {
        self.begin_sequence == self.next_sequence
    }
}

impl From<EventBounds> for PartitionInfo {
    fn from(bounds: EventBounds) -> PartitionInfo {
        let last = bounds.last_enqueued_at;
        PartitionInfo {
            begin_sequence: bounds.begin,
            next_sequence: bounds.next,
            last_enqueued_at: (!last.is_never()).then_some(last),
        }
    }
}

// === impl ReadFrom ===

impl ReadFrom {
    /// The number to begin at in a stream with these bounds.
    ///
    /// # Errors
    /// The first millisecond that counts, for a time: only the tables can place it.
    pub(crate) fn place(self, bounds: &PartitionInfo) -> Result<SequenceNumber, Timestamp> {
        let begin = bounds.begin_sequence;
        match self {
            ReadFrom::Earliest => Ok(begin),
            ReadFrom::Latest => Ok(bounds.next_sequence),
            ReadFrom::Sequence(sequence) => Ok(sequence.max(begin)),
            ReadFrom::After(sequence) => Ok(sequence.next().max(begin)),
            ReadFrom::EnqueuedAfter(at) => Err(Timestamp(at.0.saturating_add(1))),
        }
    }
}

// === impl HubError ===

impl HubError {
    pub(crate) fn new(code: ErrorCode, reason: impl Into<String>) -> HubError {
        HubError {
            code,
            reason: reason.into(),
        }
    }

    pub(crate) fn starting() -> HubError {
        HubError::unavailable("the hub is starting")
    }

    pub(crate) fn unavailable(reason: &str) -> HubError {
        HubError::new(ErrorCode::ServiceUnavailable, reason)
    }

    /// The service's error code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Whether trying again later makes sense.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.code,
            ErrorCode::ServiceUnavailable | ErrorCode::ThrottlingException
        )
    }
}

impl From<Refused> for HubError {
    fn from(refused: Refused) -> HubError {
        match refused {
            Refused::NotLeader(_) => HubError::new(
                ErrorCode::ServiceUnavailable,
                "the partition has no leader now",
            ),
            Refused::Unknown => HubError::new(
                ErrorCode::ServiceUnavailable,
                "the partition's leader changed; the operation may or may not have been done",
            ),
            Refused::Rejected { code, reason } => HubError::new(
                ErrorCode::from_number(code).unwrap_or(ErrorCode::ServerError),
                reason,
            ),
        }
    }
}
