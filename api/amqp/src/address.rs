//! Addresses of links: what a client sends to, or receives from.
//!
//! SDKs write the same node as `/devices/d/twin`, `amqps://hub/devices/d/twin` or
//! `amqps://hub:5671/devices/d/twin`, the words in cases of their own, ids percent-encoded or not.
//! Source: `reference/wire.md` §3.4, §6, §7.3.

use percent_encoding::percent_decode_str;
use roost_model::{DeviceId, Identity, ModuleId, PartitionId};

/// A node of the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// Where tokens are put.
    Cbs,
    /// Questions about the event stream.
    Management,
    /// Something of a device or module.
    Device(Identity, DeviceNode),
    /// Cloud-to-device messages of a back end, to whatever device each of them names.
    Commands,
    /// What became of those.
    Feedback,
    /// Files that devices have uploaded.
    FileNotifications,
    /// One partition of the event stream.
    Events(EventsNode),
    /// The event stream by its path at the hub; the client is sent to the stream's own name.
    Redirected(String),
}

/// What a device has links for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum DeviceNode {
    /// Telemetry; a module's inputs as well.
    Events,
    /// Cloud-to-device messages.
    DeviceBound,
    /// Direct methods.
    Methods,
    /// The twin.
    Twin,
}

/// A partition, read for a consumer group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventsNode {
    /// The stream's Event Hubs-compatible name, as the client wrote it.
    pub(crate) entity: String,
    pub(crate) group: String,
    pub(crate) partition: PartitionId,
}

// === impl Address ===

impl Address {
    /// None for what is no node of a hub.
    pub(crate) fn parse(text: &str) -> Option<Address> {
        let path = path_of(text);
        let segments: Vec<&str> = path.split('/').collect();
        let is = |at: usize, word: &str| {
            segments
                .get(at)
                .is_some_and(|segment| segment.eq_ignore_ascii_case(word))
        };
        match segments.len() {
            1 if is(0, "$cbs") => Some(Address::Cbs),
            1 if is(0, "$management") => Some(Address::Management),
            _ if is(0, "devices") => device(&segments[1..]),
            2 if is(0, "messages") && is(1, "devicebound") => Some(Address::Commands),
            3 if is(0, "messages") && is(1, "servicebound") => match () {
                () if is(2, "feedback") => Some(Address::Feedback),
                () if is(2, "filenotifications") || is(2, "fileuploadnotifications") => {
                    Some(Address::FileNotifications)
                }
                () => None,
            },
            _ if is(0, "messages") && is(1, "events") => {
                Some(Address::Redirected(segments[2..].join("/")))
            }
            2 if is(1, "$management") => Some(Address::Management),
            5 if is(1, "consumergroups") && is(3, "partitions") => {
                let partition = segments[4].parse().ok().map(PartitionId)?;
                Some(Address::Events(EventsNode {
                    entity: decoded(segments[0])?,
                    group: decoded(segments[2])?,
                    partition,
                }))
            }
            _ => None,
        }
    }
}

/// Without scheme, host and port, and without slashes at its ends.
fn path_of(text: &str) -> &str {
    let path = match text.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => text,
    };
    path.trim_matches('/')
}

fn device(segments: &[&str]) -> Option<Address> {
    let (device, rest) = segments.split_first()?;
    let device = DeviceId::parse(&decoded(device)?).ok()?;
    let (identity, rest) = match rest {
        [word, module, rest @ ..] if word.eq_ignore_ascii_case("modules") => {
            let module = ModuleId::parse(&decoded(module)?).ok()?;
            (Identity::module(device, module), rest)
        }
        rest => (Identity::device(device), rest),
    };
    Some(Address::Device(identity, DeviceNode::parse(rest)?))
}

/// The device or module of the target of a cloud-to-device message, `/devices/{id}/messages/devicebound`.
pub(crate) fn message_target(to: &str) -> Option<Identity> {
    match Address::parse(to)? {
        Address::Device(identity, DeviceNode::DeviceBound) => Some(identity),
        _ => None,
    }
}

fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

// === impl DeviceNode ===

impl DeviceNode {
    fn parse(segments: &[&str]) -> Option<DeviceNode> {
        let lower: Vec<String> = segments
            .iter()
            .map(|one| one.to_ascii_lowercase())
            .collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        match lower.as_slice() {
            ["messages", "events"] => Some(DeviceNode::Events),
            ["messages", "devicebound"] => Some(DeviceNode::DeviceBound),
            ["methods", "devicebound"] => Some(DeviceNode::Methods),
            ["twin"] => Some(DeviceNode::Twin),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn device(identity: &str, node: DeviceNode) -> Option<Address> {
        Some(Address::Device(identity.parse().unwrap(), node))
    }

    #[test]
    fn a_device_node_is_read_however_an_sdk_writes_it() {
        for (text, identity, node) in [
            ("/devices/d/messages/events", "d", DeviceNode::Events),
            ("amqps://h/devices/d/twin", "d", DeviceNode::Twin),
            (
                "amqps://h:5671/devices/a%2Bb/messages/deviceBound",
                "a+b",
                DeviceNode::DeviceBound,
            ),
            (
                "/devices/D/modules/m/methods/devicebound/",
                "D/m",
                DeviceNode::Methods,
            ),
        ] {
            assert_eq!(Address::parse(text), device(identity, node), "{text}");
        }
    }

    #[test]
    fn nodes_of_the_service_are_read_in_any_case() {
        for (text, address) in [
            ("$cbs", Address::Cbs),
            ("$management", Address::Management),
            ("amqps://h:5671/roost/$management", Address::Management),
            ("/messages/devicebound", Address::Commands),
            ("amqps://h/messages/deviceBound", Address::Commands),
            ("/messages/serviceBound/feedback", Address::Feedback),
            ("/messages/servicebound/feedback", Address::Feedback),
            (
                "/messages/serviceBound/filenotifications",
                Address::FileNotifications,
            ),
            (
                "amqps://h/messages/events/$management",
                Address::Redirected("$management".into()),
            ),
        ] {
            assert_eq!(Address::parse(text), Some(address), "{text}");
        }
    }

    #[test]
    fn a_partition_is_read_for_a_group() {
        let node = |entity: &str, group: &str, partition| {
            Some(Address::Events(EventsNode {
                entity: entity.into(),
                group: group.into(),
                partition: PartitionId(partition),
            }))
        };
        for (text, address) in [
            (
                "hub/ConsumerGroups/$Default/Partitions/0",
                node("hub", "$Default", 0),
            ),
            (
                "amqps://h:5671/hub/consumergroups/$default/partitions/15",
                node("hub", "$default", 15),
            ),
            ("hub/ConsumerGroups/$Default/Partitions/x", None),
            ("hub/ConsumerGroups/$Default/Partitions/-1", None),
        ] {
            assert_eq!(Address::parse(text), address, "{text}");
        }
    }

    #[test]
    fn other_addresses_are_none() {
        for text in [
            "",
            "/",
            "devices",
            "/devices/d",
            "/devices/d/streams/x",
            "/devices//messages/events",
            "/devices/d e/twin",
            "/devices/d/modules/m",
            "/messages/serviceBound/x",
            "amqps://h",
            "$cbs/x",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_target_of_a_message_is_a_device_or_a_module() {
        let to = message_target("/devices/a%40b/messages/devicebound");
        assert_eq!(to, Some("a@b".parse().unwrap()));
        assert_eq!(message_target("/devices/a/messages/events"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(amqps?://|/|devices|messages|%|[a-zA-Z0-9$%])*") {
            let _ = Address::parse(&text);
        }
    }
}
