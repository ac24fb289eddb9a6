//! The topic of a cloud-to-device message, which carries its properties.
//!
//! `devices/{d}/messages/devicebound/%24.to=…&%24.mid=…&iothub-ack=full&name=value`
//!
//! * There is always a slash and a bag behind `devicebound`, and no slash within the bag.
//! * Every system property begins with the very text `%24.`, system properties come first, and the
//!   first one is `%24.to`, which is always there: the Java SDK looks for the first `%24`.
//! * Every pair has an equals sign and a value: the Java SDK fails on others, so a property without a
//!   value is left out.
//! * Everything but the unreserved characters of RFC 3986 is percent-encoded; a space is `%20`.
//! * Times are written with seven digits of a second and a Z: the C# SDK reads no other form.
//!
//! Source: the device SDKs for C, C#, Java, Node and Python.

use percent_encoding::utf8_percent_encode;
use roost_edge::ReceivedMessage;
use roost_model::{Acknowledge, Identity};

use crate::azure::{RESERVED, own_topic};
use crate::topic::bag;

/// A string of MQTT has at most so many bytes (MQTT 3.1.1, 1.5.3).
const MAX_TOPIC: usize = u16::MAX as usize;

/// None when the properties make it longer than a topic can be.
pub(super) fn topic(identity: &Identity, message: &ReceivedMessage) -> Option<String> {
    let own = own_topic(identity);
    let mut topic = format!("{own}/messages/devicebound/");
    let to = format!("/{own}/messages/deviceBound");
    add_system(&mut topic, "to", &to);
    for (property, value) in &message.content.system {
        if let Some(key) = bag::key_of(*property).filter(|_| !value.is_empty()) {
            topic.push('&');
            add_system(&mut topic, key, value);
        }
    }
    if message.acknowledge != Acknowledge::None {
        topic.push_str("&iothub-ack=");
        topic.push_str(message.acknowledge.name());
    }
    for (name, value) in &message.content.properties {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            topic.push('&');
            topic.extend(utf8_percent_encode(name, RESERVED));
            topic.push('=');
            topic.extend(utf8_percent_encode(value, RESERVED));
        }
    }
    (topic.len() <= MAX_TOPIC).then_some(topic)
}

fn add_system(topic: &mut String, key: &str, value: &str) {
    topic.push_str("%24.");
    topic.push_str(key);
    topic.push('=');
    topic.extend(utf8_percent_encode(value, RESERVED));
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use roost_model::{Event, LockToken, SystemProperty, Timestamp};

    use super::*;
    use crate::topic::bag::Bag;

    fn message(
        system: &[(SystemProperty, &str)],
        properties: &[(&str, Option<&str>)],
    ) -> ReceivedMessage {
        let owned = |text: &str| text.to_owned();
        ReceivedMessage {
            lock: LockToken::new(1, 0, 1),
            sequence: 1,
            enqueued_at: Timestamp(1),
            expires_at: Timestamp(2),
            delivery_count: 0,
            redelivered: false,
            acknowledge: Acknowledge::None,
            content: Event {
                system: system.iter().map(|(k, v)| (*k, owned(v))).collect(),
                properties: properties
                    .iter()
                    .map(|(k, v)| (owned(k), v.map(owned)))
                    .collect(),
                body: Bytes::new(),
            },
        }
    }

    fn written(id: &str, message: &ReceivedMessage) -> String {
        topic(&id.parse().unwrap(), message).unwrap()
    }

    const TO: &str = "%24.to=%2Fdevices%2Fdev%2Fmessages%2FdeviceBound";

    #[test]
    fn a_message_without_properties_still_says_to_whom_it_is() {
        let topic = written("dev", &message(&[], &[]));
        assert_eq!(topic, format!("devices/dev/messages/devicebound/{TO}"));
    }

    #[test]
    fn system_properties_come_first_and_all_begin_with_the_text_that_sdks_look_for() {
        let mut message = message(
            &[
                (SystemProperty::MessageId, "m/1"),
                (
                    SystemProperty::AbsoluteExpiryTime,
                    "2026-11-21T08:00:00.0000000Z",
                ),
                (SystemProperty::CorrelationId, "c"),
                (SystemProperty::UserId, "u"),
                (SystemProperty::ContentType, "application/json"),
                (SystemProperty::ContentEncoding, "utf-8"),
            ],
            &[("property1", Some("value1"))],
        );
        message.acknowledge = Acknowledge::Full;
        let expected = format!(
            "devices/dev/messages/devicebound/{TO}&%24.mid=m%2F1\
             &%24.exp=2026-11-21T08%3A00%3A00.0000000Z&%24.cid=c&%24.uid=u\
             &%24.ct=application%2Fjson&%24.ce=utf-8&iothub-ack=full&property1=value1"
        );
        assert_eq!(written("dev", &message), expected);
    }

    #[test]
    fn the_bag_is_the_fifth_segment_whatever_values_hold() {
        let message = message(
            &[(SystemProperty::MessageId, "a/b")],
            &[("k/y", Some("v/w x+y&z=%"))],
        );
        let topic = written("dev", &message);
        assert_eq!(topic.split('/').count(), 5);
        let bag = topic.split('/').nth(4).unwrap();
        assert!(bag.ends_with("&k%2Fy=v%2Fw%20x%2By%26z%3D%25"), "{bag}");
    }

    #[test]
    fn a_module_has_its_own_topic() {
        let topic = written("dev/mod", &message(&[], &[]));
        let expected = "devices/dev/modules/mod/messages/devicebound/\
             %24.to=%2Fdevices%2Fdev%2Fmodules%2Fmod%2Fmessages%2FdeviceBound";
        assert_eq!(topic, expected);
    }

    #[test]
    fn a_property_without_a_value_is_left_out() {
        let message = message(
            &[(SystemProperty::UserId, "")],
            &[("none", None), ("empty", Some("")), ("some", Some("x"))],
        );
        let topic = written("dev", &message);
        assert_eq!(
            topic,
            format!("devices/dev/messages/devicebound/{TO}&some=x")
        );
    }

    #[test]
    fn what_fits_into_a_topic_is_sent_and_one_byte_more_is_not() {
        let identity = "dev".parse().unwrap();
        let room = MAX_TOPIC - written("dev", &message(&[], &[("k", Some("v"))])).len();
        let fits = "v".repeat(room + 1);
        let longest = topic(&identity, &message(&[], &[("k", Some(&fits))]));
        assert_eq!(longest.unwrap().len(), MAX_TOPIC);
        let more = "v".repeat(room + 2);
        assert_eq!(topic(&identity, &message(&[], &[("k", Some(&more))])), None);
    }

    proptest! {
        #[test]
        fn what_was_sent_reads_back(
            id in "\\PC{1,30}",
            pairs in prop::collection::btree_map("[A-Za-z0-9.!*~-]{1,12}", "\\PC{1,20}", 0..6),
        ) {
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), Some(v.as_str()))).collect();
            let message = message(&[(SystemProperty::MessageId, &id)], &pairs);
            let topic = written("dev", &message);
            let bag = topic.strip_prefix("devices/dev/messages/devicebound/").unwrap();
            prop_assert!(bag.split('&').all(|pair| pair.split_once('=').is_some_and(|(_, v)| !v.is_empty())));
            let read = Bag::parse(bag);
            prop_assert_eq!(&read.system[1], &(SystemProperty::MessageId, id));
            prop_assert_eq!(read.properties, message.content.properties);
        }
    }
}
