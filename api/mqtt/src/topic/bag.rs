//! The property bag at the end of a telemetry topic.
//!
//! Pairs `k=v` joined by `&`; an optional `/` or `?` in front, an optional `/` at the end. Keys and
//! values are percent-encoded and `+` is a plus. The C SDK sends user properties unencoded unless told
//! otherwise, so a pair is split at its first `=` only and raw `/`, `:`, `%` and spaces are taken as
//! they are. A key that starts with `$.` is a system property.

use std::borrow::Cow;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use roost_model::{Event, SystemProperty};

/// Keys of the bag and the properties they stand for.
const SYSTEM: [(&str, SystemProperty); 14] = [
    ("$.mid", SystemProperty::MessageId),
    ("$.cid", SystemProperty::CorrelationId),
    ("$.uid", SystemProperty::UserId),
    ("$.ct", SystemProperty::ContentType),
    ("$.ce", SystemProperty::ContentEncoding),
    ("$.exp", SystemProperty::AbsoluteExpiryTime),
    ("$.ctime", SystemProperty::CreationTimeUtc),
    ("$.to", SystemProperty::To),
    ("$.on", SystemProperty::OutputName),
    ("$.ifid", SystemProperty::InterfaceId),
    ("$.sub", SystemProperty::Subject),
    ("$.schema", SystemProperty::MessageSchema),
    ("$.diagid", SystemProperty::DiagnosticId),
    ("$.diagctx", SystemProperty::CorrelationContext),
];

/// Ids that the hub itself stamps on an event; a device can't choose them.
const STAMPED_BY_THE_HUB: [&str; 2] = ["$.cdid", "$.cmid"];

/// The key of a property in the bag of a message to a device, behind `$.`. None for `to`, which the hub
/// writes itself, and for what has no key.
pub(crate) fn key_of(property: SystemProperty) -> Option<&'static str> {
    let (key, _) = SYSTEM.iter().find(|(_, known)| *known == property)?;
    key.strip_prefix("$.").filter(|key| *key != "to")
}

/// Properties of a message, decoded.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Bag {
    pub system: Vec<(SystemProperty, String)>,
    /// Application properties in the order of the topic; None is a key without `=`.
    pub properties: Vec<(String, Option<String>)>,
}

impl Bag {
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.strip_prefix('/').unwrap_or(text);
        let text = text.strip_prefix('?').unwrap_or(text);
        let text = text.strip_suffix('/').unwrap_or(text);
        let mut bag = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some((key, value)) => bag.insert(decode(key), Some(decode(value))),
                None => bag.insert(decode(pair), None),
            }
        }
        bag
    }

    /// Adds an application property that is not in the topic.
    pub(crate) fn add(&mut self, (key, value): (&str, &str)) {
        self.properties
            .push((key.to_owned(), Some(value.to_owned())));
    }

    pub(crate) fn into_event(self, body: Bytes) -> Event {
        Event {
            system: self.system,
            properties: self.properties,
            body,
        }
    }

    fn insert(&mut self, key: Cow<'_, str>, value: Option<Cow<'_, str>>) {
        if key.starts_with("$.") {
            if STAMPED_BY_THE_HUB.contains(&key.as_ref()) {
                return;
            }
            if let Some(&(_, property)) = SYSTEM.iter().find(|(name, _)| *name == key) {
                return self.insert_system(property, value.unwrap_or_default().into_owned());
            }
        }
        self.properties
            .push((key.into_owned(), value.map(Cow::into_owned)));
    }

    /// The last of several values of one system property counts.
    fn insert_system(&mut self, property: SystemProperty, value: String) {
        match self.system.iter_mut().find(|(known, _)| *known == property) {
            Some((_, known)) => *known = value,
            None => self.system.push((property, value)),
        }
    }
}

/// Percent-decoded; text whose decoded bytes are not UTF-8 was not encoded and stays as it is.
fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text)
        .decode_utf8()
        .unwrap_or(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn properties(text: &str) -> Vec<(String, Option<String>)> {
        Bag::parse(text).properties
    }

    fn pair(key: &str, value: &str) -> (String, Option<String>) {
        (key.to_owned(), Some(value.to_owned()))
    }

    #[test]
    fn system_and_application_properties_are_told_apart() {
        let bag = Bag::parse("%24.mid=abc&%24.ct=application%2Fjson&%24.ce=utf-8&temp=21");
        let expected = vec![
            (SystemProperty::MessageId, "abc".to_owned()),
            (SystemProperty::ContentType, "application/json".to_owned()),
            (SystemProperty::ContentEncoding, "utf-8".to_owned()),
        ];
        assert_eq!(bag.system, expected);
        assert_eq!(bag.properties, vec![pair("temp", "21")]);
        assert_eq!(Bag::parse("$.mid=abc").system, expected[..1]);
    }

    #[test]
    fn brackets_around_the_bag_are_ignored() {
        for text in [
            "a=b", "/a=b", "?a=b", "/?a=b", "a=b/", "?a=b/", "a=b&", "&a=b",
        ] {
            assert_eq!(properties(text), vec![pair("a", "b")], "{text}");
        }
        for text in ["", "/", "?", "/?", "&", "/?/"] {
            assert_eq!(Bag::parse(text), Bag::default(), "{text}");
        }
    }

    #[test]
    fn a_key_without_an_equals_sign_has_no_value_and_one_with_it_an_empty_one() {
        assert_eq!(
            properties("a&b="),
            vec![("a".to_owned(), None), pair("b", "")]
        );
    }

    #[test]
    fn unencoded_values_are_tolerated() {
        assert_eq!(
            properties("url=http://x/y?z=1"),
            vec![pair("url", "http://x/y?z=1")]
        );
        assert_eq!(
            properties("load=100%&b=1+1"),
            vec![pair("load", "100%"), pair("b", "1+1")]
        );
        assert_eq!(properties("raw=%ff"), vec![pair("raw", "%ff")]);
    }

    #[test]
    fn ids_that_the_hub_stamps_cannot_be_sent() {
        assert_eq!(Bag::parse("%24.cdid=other&%24.cmid=m"), Bag::default());
    }

    #[test]
    fn an_unknown_system_key_is_an_application_property() {
        assert_eq!(properties("%24.new=1"), vec![pair("$.new", "1")]);
    }

    #[test]
    fn the_nested_encoding_of_the_tracing_context_is_decoded_once() {
        let bag = Bag::parse("%24.diagctx=creationtimeutc%3D2026");
        let value = "creationtimeutc=2026".to_owned();
        assert_eq!(
            bag.system,
            vec![(SystemProperty::CorrelationContext, value)]
        );
    }

    proptest! {
        #[test]
        fn any_bag_is_parsed_without_a_panic(text: String) {
            let _ = Bag::parse(&text);
        }

        #[test]
        fn the_bag_that_the_client_writes_is_understood(
            pairs in proptest::collection::vec(("[^$\0]\\PC{0,20}", "\\PC{0,30}"), 0..8),
        ) {
            let identity = "d".parse().unwrap();
            let borrowed: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let topic = crate::azure::telemetry_topic(&identity, &borrowed);
            let bag = Bag::parse(topic.strip_prefix("devices/d/messages/events/").unwrap());
            let expected: Vec<_> = pairs.iter().map(|(k, v)| pair(k, v)).collect();
            prop_assert_eq!(bag, Bag { system: Vec::new(), properties: expected });
        }

        #[test]
        fn the_system_properties_that_the_client_writes_are_understood(
            value in "\\PC{0,30}",
            index in 0..SYSTEM.len(),
        ) {
            let (key, property) = SYSTEM[index];
            let topic = crate::azure::telemetry_topic(&"d".parse().unwrap(), &[(key, &value)]);
            let bag = Bag::parse(topic.strip_prefix("devices/d/messages/events/").unwrap());
            prop_assert_eq!(bag.system, vec![(property, value)]);
        }
    }
}
