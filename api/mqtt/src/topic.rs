//! Topics of device to hub PUBLISH packets (reference: IoT Hub developer guide, MQTT support).

pub(crate) mod bag;

use roost_model::Identity;

/// What a PUBLISH of a device or module is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Topic<'a> {
    /// `devices/{device}[/modules/{module}]/messages/events/{bag}`
    Telemetry { bag: &'a str },
    /// `$iothub/twin/GET/?$rid={rid}`
    TwinGet { rid: &'a str },
    /// `$iothub/twin/PATCH/properties/reported/?$rid={rid}[&$version={n}]`
    TwinPatch {
        rid: &'a str,
        version: Option<&'a str>,
    },
    /// `$iothub/methods/res/{status}/?$rid={rid}`
    MethodAnswer { status: i32, rid: &'a str },
    /// The answer to a device stream request.
    StreamAnswer,
}

impl<'a> Topic<'a> {
    /// None for a topic that `identity` may not publish to.
    pub(crate) fn parse(topic: &'a str, identity: &Identity) -> Option<Self> {
        if let Some(rest) = topic.strip_prefix("$iothub/") {
            return Self::parse_service(rest);
        }
        let bag = after_identity(topic, identity)?.strip_prefix("/messages/events")?;
        if bag.is_empty() {
            return Some(Self::Telemetry { bag });
        }
        bag.strip_prefix('/').map(|bag| Self::Telemetry { bag })
    }

    fn parse_service(rest: &'a str) -> Option<Self> {
        if rest.starts_with("streams/res/") {
            return Some(Self::StreamAnswer);
        }
        if let Some(rest) = rest.strip_prefix("methods/res/") {
            let (status, query) = rest.split_once('/')?;
            let status = status.parse().ok()?;
            return request_id(query).map(|rid| Self::MethodAnswer { status, rid });
        }
        let rest = rest.strip_prefix("twin/")?;
        if let Some(query) = rest.strip_prefix("GET/") {
            return request_id(query).map(|rid| Self::TwinGet { rid });
        }
        let query = rest.strip_prefix("PATCH/properties/reported/")?;
        request_id(query).map(|rid| Self::TwinPatch {
            rid,
            version: query
                .split('&')
                .find_map(|pair| pair.strip_prefix("$version=")),
        })
    }
}

/// What follows `devices/{device}[/modules/{module}]` of this very identity.
pub(crate) fn after_identity<'a>(topic: &'a str, identity: &Identity) -> Option<&'a str> {
    let rest = topic
        .strip_prefix("devices/")?
        .strip_prefix(identity.device.as_str())?;
    match &identity.module {
        None => Some(rest),
        Some(module) => rest
            .strip_prefix("/modules/")?
            .strip_prefix(module.as_str()),
    }
}

/// The value of `$rid` in `?$rid={rid}&…`, byte for byte: SDKs compare the echo.
fn request_id(query: &str) -> Option<&str> {
    let query = query.strip_prefix('?')?;
    let rid = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("$rid="))?;
    (!rid.is_empty()).then_some(rid)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identity(text: &str) -> Identity {
        text.parse().unwrap()
    }

    #[test]
    fn telemetry_of_the_own_identity_is_understood() {
        let bag = |topic, id| match Topic::parse(topic, &identity(id)) {
            Some(Topic::Telemetry { bag }) => bag.to_owned(),
            other => panic!("{topic}: {other:?}"),
        };
        assert_eq!(bag("devices/d/messages/events", "d"), "");
        assert_eq!(bag("devices/d/messages/events/", "d"), "");
        assert_eq!(bag("devices/d/messages/events/a=b", "d"), "a=b");
        assert_eq!(bag("devices/d/messages/events/?a=b", "d"), "?a=b");
        assert_eq!(
            bag("devices/d/modules/m/messages/events/a=b/", "d/m"),
            "a=b/"
        );
    }

    #[test]
    fn topics_of_others_and_unknown_topics_are_foreign() {
        for topic in [
            "devices/e/messages/events/",
            "devices/dd/messages/events/",
            "devices/D/messages/events/",
            "devices/d/modules/m/messages/events/",
            "devices/d/messages/eventsx",
            "devices/d/messages/devicebound/",
            "$iothub/twin/res/200/?$rid=1",
            "$iothub/twin/GET/",
            "$iothub/twin/GET/?$rid=",
            "/devices/d/messages/events/",
            "hello",
            "",
        ] {
            assert_eq!(Topic::parse(topic, &identity("d")), None, "{topic}");
        }
        assert_eq!(
            Topic::parse("devices/d/messages/events/", &identity("d/m")),
            None
        );
    }

    #[test]
    fn request_ids_of_twin_requests_are_kept_as_they_are() {
        let id = identity("d");
        let get = Topic::parse("$iothub/twin/GET/?$rid=a%20b", &id);
        assert_eq!(get, Some(Topic::TwinGet { rid: "a%20b" }));
        let patch = Topic::parse(
            "$iothub/twin/PATCH/properties/reported/?$rid=7&$version=3",
            &id,
        );
        let version = Some("3");
        assert_eq!(patch, Some(Topic::TwinPatch { rid: "7", version }));
    }

    #[test]
    fn answers_to_methods_have_the_devices_status_whatever_it_is() {
        let parse = |topic| Topic::parse(topic, &identity("d"));
        for (text, status) in [("200", 200), ("-1", -1), ("0", 0), ("2147483647", i32::MAX)] {
            let topic = format!("$iothub/methods/res/{text}/?$rid=1f");
            let answer = Topic::MethodAnswer { status, rid: "1f" };
            assert_eq!(Topic::parse(&topic, &identity("d")), Some(answer));
        }
        for topic in [
            "$iothub/methods/res/",
            "$iothub/methods/res/200",
            "$iothub/methods/res/200/",
            "$iothub/methods/res/ok/?$rid=1",
            "$iothub/methods/res/2147483648/?$rid=1",
        ] {
            assert_eq!(parse(topic), None, "{topic}");
        }
    }

    proptest! {
        #[test]
        fn any_topic_is_parsed_without_a_panic(topic: String, tail: String) {
            let _ = Topic::parse(&topic, &identity("d"));
            let _ = Topic::parse(&format!("devices/d{tail}"), &identity("d"));
            let _ = Topic::parse(&format!("$iothub/twin/GET/?{tail}"), &identity("d"));
            let _ = Topic::parse(&format!("$iothub/methods/res/{tail}"), &identity("d"));
        }

        #[test]
        fn the_topic_that_the_client_writes_is_understood(
            device in "[A-Za-z0-9.%_*?!(),:=@$';-]{1,40}",
            module in proptest::option::of("[A-Za-z0-9.%_*?!(),:=@$';-]{1,40}"),
        ) {
            let text = module.map_or(device.clone(), |module| format!("{device}/{module}"));
            let topic = crate::azure::telemetry_topic(&identity(&text), &[]);
            let parsed = Topic::parse(&topic, &identity(&text));
            prop_assert_eq!(parsed, Some(Topic::Telemetry { bag: "" }));
        }
    }
}
