//! Every number of the service contract, on one page.
//!
//! Constants are part of the contract with clients; [`Limits`] are the numbers that an operator may
//! change. Sources: IoT Hub developer guide, pages named at each; "limits" is its page on quotas and
//! throttling.

use serde::{Deserialize, Serialize};
use thiserror::Error;

// Identities: developer guide, identity registry.

/// Characters of a device or module id.
pub const MAX_ID_CHARS: usize = 128;
/// Characters of `statusReason`.
pub const MAX_STATUS_REASON_CHARS: usize = 128;
/// Characters of a module's `managedBy`: as long as an id, whose owner it usually names.
pub const MAX_MANAGED_BY_CHARS: usize = 128;
/// Scopes of parents that a device can have: the service takes one.
pub const MAX_PARENT_SCOPES: usize = 1;
/// Decoded bytes of a symmetric key that a client brings.
pub const MIN_KEY_BYTES: usize = 16;
/// Decoded bytes of a symmetric key that a client brings.
pub const MAX_KEY_BYTES: usize = 64;
/// Bytes of a symmetric key that the hub generates.
pub const GENERATED_KEY_BYTES: usize = 32;
/// Characters of a host name (RFC 1035 §2.3.4, without the trailing dot).
pub const MAX_HOST_CHARS: usize = 253;
/// Characters of a shared access policy's name.
pub const MAX_POLICY_NAME_CHARS: usize = 64;

// Access control: developer guide, "Control access" and "Authenticate identities with X.509 certificates".

/// Shared access policies with ServiceConnect among a hub's.
pub const MAX_SERVICE_POLICIES: usize = 10;
/// Certificate authorities of a hub.
pub const MAX_AUTHORITIES: usize = 25;
/// Characters of a certificate authority's name.
pub const MAX_AUTHORITY_NAME_CHARS: usize = 64;
/// Bytes of a revocation list in DER: about seven thousand entries.
pub const MAX_CRL_BYTES: usize = 256 * 1024;
/// Certificates that a device may show.
pub const MAX_CHAIN_CERTIFICATES: usize = 10;
/// Bytes of the certificates that a device shows, in DER (TLS sends no more in one message).
pub const MAX_CHAIN_BYTES: usize = 64 * 1024;

// Events: developer guide, device-to-cloud messages and message format.

/// The unit in which messages are metered, in bytes.
pub const METER_BLOCK_BYTES: usize = 4096;
/// Partitions of a hub that does not say how many.
pub const DEFAULT_PARTITIONS: u16 = 16;
/// Partitions of a hub.
pub const MAX_PARTITIONS: u16 = 128;
/// Characters of a consumer group's name (Event Hubs quotas).
pub const MAX_CONSUMER_GROUP_CHARS: usize = 50;
/// The consumer group that every hub has; names of groups are compared without case.
pub const DEFAULT_CONSUMER_GROUP: &str = "$Default";
/// The longest message limit an operator can set, in bytes: a record must fit into a log entry.
pub const MAX_CONFIGURABLE_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

// MQTT: developer guide, "Communicate with an IoT hub using the MQTT protocol".

/// A longer keep-alive is clamped to this, in seconds.
pub const MAX_KEEP_ALIVE_SECONDS: u16 = 1767;
/// How long a new connection may take to send CONNECT, in seconds.
pub const CONNECT_TIMEOUT_SECONDS: u64 = 30;

// Cloud-to-device messages: developer guide, cloud-to-device messages.

/// Characters of a message's `message-id`. Telemetry is bounded by its size alone.
pub const MAX_MESSAGE_ID_CHARS: usize = 128;
/// Bytes of a cloud-to-device message.
pub const MAX_DEVICEBOUND_BYTES: usize = 64 * 1024;
/// Messages that wait for one device.
pub const MAX_DEVICEBOUND_QUEUE: u32 = 50;
/// How long a receiver may hold a message, in seconds.
pub const DEVICEBOUND_LOCK_SECONDS: u32 = 60;
/// The shortest and longest time for which a request can ask to hold a message, in seconds.
pub const DEVICEBOUND_LOCK_RANGE: (u32, u32) = (1, 300);
/// Deliveries of a message before it is given up, unless set otherwise (1 to 100).
pub const DEFAULT_DELIVERY_COUNT: u8 = 10;
/// How long a message waits unless set otherwise, in seconds.
pub const DEFAULT_DEVICEBOUND_TTL_SECONDS: u32 = 3600;
/// The longest that a message can be told to wait, in seconds.
pub const MAX_DEVICEBOUND_TTL_SECONDS: u32 = 2 * 24 * 3600;
/// Records of feedback that one message carries.
pub const FEEDBACK_BATCH_RECORDS: usize = 64;
/// How long a record of feedback waits for others, in seconds.
pub const FEEDBACK_BATCH_SECONDS: u32 = 15;

// Direct methods: developer guide, direct methods.

/// Characters of a direct method's name: the topic must hold them, percent-encoded.
pub const MAX_METHOD_NAME_CHARS: usize = 128;
/// How long a device may take to answer unless the caller says otherwise, in seconds.
pub const DEFAULT_METHOD_RESPONSE_SECONDS: u32 = 30;
/// The shortest time for an answer that a caller can ask for, in seconds.
pub const MIN_METHOD_RESPONSE_SECONDS: u32 = 5;
/// The longest time for a connection, and for an answer, that a caller can ask for, in seconds.
pub const MAX_METHOD_TIMEOUT_SECONDS: u32 = 300;

// Twins: developer guide, device twins.

/// The least integer in a twin: -(2^52).
pub const MIN_TWIN_INTEGER: i64 = -4_503_599_627_370_496;
/// The greatest integer in a twin: 2^52 - 1.
pub const MAX_TWIN_INTEGER: i64 = 4_503_599_627_370_495;
/// The largest section, key or value that an operator can allow, in bytes: a twin must fit into a
/// log entry.
pub const MAX_CONFIGURABLE_TWIN_BYTES: usize = 256 * 1024;
/// The deepest nesting that an operator can allow.
pub const MAX_CONFIGURABLE_TWIN_DEPTH: usize = 32;

// Queries: developer guide, query language; all but the first two are ours.

/// Characters of a query.
pub const MAX_QUERY_CHARS: usize = 8192;
/// Rows of a page of a query's answer, unless asked for otherwise.
pub const DEFAULT_QUERY_PAGE: u32 = 100;
/// Expressions, or lists, that lie in one another in a query.
pub const MAX_QUERY_DEPTH: usize = 64;
/// Columns of a query.
pub const MAX_QUERY_COLUMNS: usize = 100;
/// Paths that a query groups by, and keys that it orders by.
pub const MAX_QUERY_KEYS: usize = 8;
/// Texts are put in order by this many bytes: a row's place must fit into a continuation token.
pub const QUERY_ORDER_BYTES: usize = 256;
/// Groups of a query's answer.
pub const MAX_QUERY_GROUPS: usize = 10_000;
/// Bytes of the values that a query groups by, all groups together.
pub const MAX_QUERY_GROUP_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of a path that is indexed.
pub const MAX_INDEX_PATH_BYTES: usize = 512;

/// A limit that can't be kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name} must be from {min} to {max}, not {value}")]
pub struct InvalidLimits {
    pub name: &'static str,
    pub min: u64,
    pub max: u64,
    pub value: u64,
}

/// The numbers that an operator may change; the defaults are the service's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Size of an event as [`crate::Event::size`] counts it, in bytes (limits).
    pub max_message_bytes: usize,
    /// Size of an HTTPS batch, all its events together, in bytes (limits).
    pub max_batch_bytes: usize,
    /// Events in an HTTPS batch (limits).
    pub max_batch_messages: usize,
    /// Devices and modules of a hub (limits).
    pub max_identities: u64,
    /// Modules of a device (limits).
    pub max_modules_per_device: u32,
    /// Identities that one list call returns at most (identity registry).
    pub max_list_identities: u32,
    /// Operations in one bulk registry call (identity registry).
    pub max_bulk_operations: u32,
    /// Shared access policies of a hub (access control).
    pub max_policies: u32,
    /// Consumer groups of a hub, the default one included (Event Hubs quotas).
    pub max_consumer_groups: u32,
    /// Readers of one partition in one consumer group (Event Hubs quotas).
    pub max_readers_per_group: u32,
    /// Rows of a page of a query's answer, whatever a caller asks for (query language).
    pub max_query_page: u32,
    /// Paths that are indexed in a partition because queries ask for them; 0 switches indexes off. Ours.
    pub max_indexed_paths: u32,
    /// Direct methods that wait for one device's answer at a time.
    pub max_methods_in_flight: u32,
    /// Payload of a direct method and of its answer, in bytes (direct methods).
    pub max_method_payload_bytes: usize,
    /// Size of a twin's tags in the hub's measure, in bytes (device twins).
    pub max_tags_bytes: usize,
    /// Size of a twin's desired properties in the hub's measure, in bytes (device twins).
    pub max_desired_bytes: usize,
    /// Size of a twin's reported properties in the hub's measure, in bytes (device twins).
    pub max_reported_bytes: usize,
    /// Size of a key in a twin, in bytes of UTF-8 (device twins).
    pub max_twin_key_bytes: usize,
    /// Size of a text or an array in a twin, in bytes (device twins).
    pub max_twin_value_bytes: usize,
    /// Objects inside each other in a twin's section, the section itself not counted (device twins).
    pub max_twin_depth: usize,
    /// Cloud-to-device messages that wait for one device, those that it holds included.
    pub max_devicebound_messages: u32,
    /// Size of a cloud-to-device message as [`crate::Event::size`] counts it, in bytes.
    pub max_devicebound_bytes: usize,
    /// How long a message waits unless its sender says otherwise, in seconds.
    pub devicebound_ttl_seconds: u32,
    /// The longest that a sender can let a message wait, in seconds.
    pub max_devicebound_ttl_seconds: u32,
    /// How long a receiver may hold a message or a batch of feedback, in seconds.
    pub devicebound_lock_seconds: u32,
    /// How often a message may be abandoned before it becomes a dead letter; up to 100.
    pub max_delivery_count: u8,
    /// Dead letters that are kept for one device; the oldest goes first. Not in IoT Hub.
    pub max_dead_letters: u32,
    /// How long a record of feedback waits to be read, in seconds.
    pub feedback_ttl_seconds: u32,
    /// How long a record of feedback waits for others to be read with, in seconds.
    pub feedback_batch_seconds: u32,
    /// How often a batch of feedback may be abandoned before it is dropped; up to 100.
    pub max_feedback_delivery_count: u8,
    /// Records of feedback that wait in one partition; the oldest goes first. Not in IoT Hub.
    pub max_feedback_records: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: 256 * 1024,
            max_batch_bytes: 256 * 1024,
            max_batch_messages: 500,
            max_identities: 1_000_000,
            max_modules_per_device: 50,
            max_list_identities: 1000,
            max_bulk_operations: 100,
            max_policies: 16,
            max_consumer_groups: 20,
            max_readers_per_group: 5,
            max_query_page: 1000,
            max_indexed_paths: 32,
            max_methods_in_flight: 32,
            max_method_payload_bytes: 128 * 1024,
            max_tags_bytes: 8 * 1024,
            max_desired_bytes: 32 * 1024,
            max_reported_bytes: 32 * 1024,
            max_twin_key_bytes: 1024,
            max_twin_value_bytes: 4096,
            max_twin_depth: 10,
            max_devicebound_messages: MAX_DEVICEBOUND_QUEUE,
            max_devicebound_bytes: MAX_DEVICEBOUND_BYTES,
            devicebound_ttl_seconds: DEFAULT_DEVICEBOUND_TTL_SECONDS,
            max_devicebound_ttl_seconds: MAX_DEVICEBOUND_TTL_SECONDS,
            devicebound_lock_seconds: DEVICEBOUND_LOCK_SECONDS,
            max_delivery_count: DEFAULT_DELIVERY_COUNT,
            max_dead_letters: 50,
            feedback_ttl_seconds: DEFAULT_DEVICEBOUND_TTL_SECONDS,
            feedback_batch_seconds: FEEDBACK_BATCH_SECONDS,
            max_feedback_delivery_count: DEFAULT_DELIVERY_COUNT,
            max_feedback_records: 65_536,
        }
    }
}

impl Limits {
    /// Checks that every limit can be kept; names the first that can't.
    pub fn validate(&self) -> Result<(), InvalidLimits> {
        let bytes = MAX_CONFIGURABLE_MESSAGE_BYTES as u64;
        let (any, long) = (u64::from(u32::MAX), u64::MAX);
        let twin = MAX_CONFIGURABLE_TWIN_BYTES as u64;
        [
            ("max_message_bytes", bytes, self.max_message_bytes as u64),
            ("max_batch_bytes", bytes, self.max_batch_bytes as u64),
            ("max_batch_messages", any, self.max_batch_messages as u64),
            ("max_identities", long, self.max_identities),
            (
                "max_modules_per_device",
                any,
                u64::from(self.max_modules_per_device),
            ),
            (
                "max_list_identities",
                any,
                u64::from(self.max_list_identities),
            ),
            (
                "max_bulk_operations",
                any,
                u64::from(self.max_bulk_operations),
            ),
            ("max_policies", any, u64::from(self.max_policies)),
            (
                "max_consumer_groups",
                any,
                u64::from(self.max_consumer_groups),
            ),
            (
                "max_readers_per_group",
                any,
                u64::from(self.max_readers_per_group),
            ),
            ("max_query_page", 10_000, u64::from(self.max_query_page)),
            (
                "max_methods_in_flight",
                any,
                u64::from(self.max_methods_in_flight),
            ),
            (
                "max_method_payload_bytes",
                bytes,
                self.max_method_payload_bytes as u64,
            ),
            ("max_tags_bytes", twin, self.max_tags_bytes as u64),
            ("max_desired_bytes", twin, self.max_desired_bytes as u64),
            ("max_reported_bytes", twin, self.max_reported_bytes as u64),
            ("max_twin_key_bytes", twin, self.max_twin_key_bytes as u64),
            (
                "max_twin_value_bytes",
                twin,
                self.max_twin_value_bytes as u64,
            ),
            (
                "max_twin_depth",
                MAX_CONFIGURABLE_TWIN_DEPTH as u64,
                self.max_twin_depth as u64,
            ),
        ]
        .into_iter()
        .chain(self.of_queues())
        .find(|(_, max, value)| !(1..=*max).contains(value))
        .map_or(Ok(()), |(name, max, value)| {
            Err(InvalidLimits {
                name,
                min: 1,
                max,
                value,
            })
        })
    }
}

impl Limits {
    /// Name, largest value and value of the limits on cloud-to-device messages.
    fn of_queues(&self) -> [(&'static str, u64, u64); 11] {
        let any = u64::from(u32::MAX);
        [
            (
                "max_devicebound_messages",
                any,
                self.max_devicebound_messages.into(),
            ),
            (
                "max_devicebound_bytes",
                MAX_CONFIGURABLE_MESSAGE_BYTES as u64,
                self.max_devicebound_bytes as u64,
            ),
            (
                "devicebound_ttl_seconds",
                self.max_devicebound_ttl_seconds.into(),
                self.devicebound_ttl_seconds.into(),
            ),
            (
                "max_devicebound_ttl_seconds",
                any,
                self.max_devicebound_ttl_seconds.into(),
            ),
            (
                "devicebound_lock_seconds",
                any,
                self.devicebound_lock_seconds.into(),
            ),
            ("max_delivery_count", 100, self.max_delivery_count.into()),
            ("max_dead_letters", any, self.max_dead_letters.into()),
            (
                "feedback_ttl_seconds",
                any,
                self.feedback_ttl_seconds.into(),
            ),
            (
                "feedback_batch_seconds",
                any,
                self.feedback_batch_seconds.into(),
            ),
            (
                "max_feedback_delivery_count",
                100,
                self.max_feedback_delivery_count.into(),
            ),
            (
                "max_feedback_records",
                any,
                self.max_feedback_records.into(),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_queues_are_the_services_and_may_be_set_above_them() {
        let limits = Limits::default();
        assert_eq!(
            (limits.max_devicebound_messages, MAX_DEVICEBOUND_QUEUE),
            (50, 50)
        );
        assert_eq!(
            (limits.max_devicebound_bytes, MAX_DEVICEBOUND_BYTES),
            (65_536, 65_536)
        );
        assert_eq!(DEFAULT_DEVICEBOUND_TTL_SECONDS, 3600);
        assert_eq!(limits.devicebound_ttl_seconds, 3600);
        assert_eq!(limits.feedback_ttl_seconds, 3600);
        assert_eq!(limits.max_devicebound_ttl_seconds, 172_800);
        assert_eq!(
            (limits.devicebound_lock_seconds, DEVICEBOUND_LOCK_SECONDS),
            (60, 60)
        );
        assert_eq!(
            (limits.max_delivery_count, DEFAULT_DELIVERY_COUNT),
            (10, 10)
        );
        assert_eq!(limits.max_feedback_delivery_count, 10);
        assert_eq!(
            (limits.feedback_batch_seconds, FEEDBACK_BATCH_SECONDS),
            (15, 15)
        );
        let with = |change: fn(&mut Limits)| {
            let mut limits = Limits::default();
            change(&mut limits);
            limits.validate()
        };
        assert!(with(|limits| limits.max_devicebound_messages = 100_000).is_ok());
        assert!(with(|limits| limits.max_devicebound_ttl_seconds = 30 * 24 * 3600).is_ok());
        assert!(with(|limits| limits.max_delivery_count = 100).is_ok());
        assert!(with(|limits| limits.max_delivery_count = 101).is_err());
        assert!(with(|limits| limits.devicebound_ttl_seconds = 172_801).is_err());
        assert!(with(|limits| limits.max_dead_letters = 0).is_err());
    }

    #[test]
    fn the_defaults_are_the_services_and_can_be_kept() {
        let limits = Limits::default();
        assert_eq!(limits.max_message_bytes, 262_144);
        assert_eq!(limits.max_batch_bytes, 262_144);
        assert_eq!(limits.max_batch_messages, 500);
        assert_eq!(limits.validate(), Ok(()));
    }

    /// A limit set to this, if it can be written down at all.
    fn set(name: &str, value: u64) -> Option<Limits> {
        serde_json::from_str(&format!("{{\"{name}\": {value}}}")).ok()
    }

    #[test]
    fn every_limit_is_kept_at_its_ends_and_refused_one_past() {
        let names = serde_json::to_value(Limits::default()).unwrap();
        for name in names.as_object().unwrap().keys() {
            let (twin, message) = (MAX_CONFIGURABLE_TWIN_BYTES, MAX_CONFIGURABLE_MESSAGE_BYTES);
            let most = match name.as_str() {
                "max_message_bytes"
                | "max_batch_bytes"
                | "max_method_payload_bytes"
                | "max_devicebound_bytes" => message as u64,
                "max_tags_bytes"
                | "max_desired_bytes"
                | "max_reported_bytes"
                | "max_twin_key_bytes"
                | "max_twin_value_bytes" => twin as u64,
                "max_twin_depth" => MAX_CONFIGURABLE_TWIN_DEPTH as u64,
                "max_query_page" => 10_000,
                "max_delivery_count" | "max_feedback_delivery_count" => 100,
                "devicebound_ttl_seconds" => MAX_DEVICEBOUND_TTL_SECONDS.into(),
                "max_identities" => u64::MAX,
                _ => u32::MAX.into(),
            };
            // Without indexes every query looks at every twin, which some may want.
            let least = u64::from(name != "max_indexed_paths");
            // No message can wait longer than the default says without it being lower, too.
            let fits = |value| {
                let mut limits = set(name, value)?;
                if name == "max_devicebound_ttl_seconds" {
                    limits.devicebound_ttl_seconds = limits.devicebound_ttl_seconds.min(1);
                }
                limits.validate().ok()
            };
            assert_eq!(fits(least), Some(()), "{name} at its least");
            assert_eq!(fits(most), Some(()), "{name} at its most");
            if least > 0 {
                assert_eq!(fits(0), None, "{name} of 0");
            }
            if let Some(past) = most.checked_add(1) {
                assert_eq!(fits(past), None, "{name} one past its most");
            }
        }
        let refused = set("max_delivery_count", 101).unwrap().validate();
        assert_eq!(
            refused.unwrap_err().to_string(),
            "max_delivery_count must be from 1 to 100, not 101"
        );
    }

    #[test]
    fn a_configuration_may_name_some_limits_but_no_unknown_ones() {
        let some: Limits = serde_json::from_str(r#"{"max_batch_messages": 7}"#).unwrap();
        assert_eq!(
            some,
            Limits {
                max_batch_messages: 7,
                ..Limits::default()
            }
        );
        assert!(serde_json::from_str::<Limits>(r#"{"max_bach_messages": 7}"#).is_err());
        let text = serde_json::to_string(&Limits::default()).unwrap();
        assert_eq!(
            serde_json::from_str::<Limits>(&text).unwrap(),
            Limits::default()
        );
    }
}
