//! What a device of the Azure SDKs puts into CONNECT and PUBLISH: for clients, tests and simulators.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use roost_model::{Identity, SymmetricKey, Timestamp};

/// Everything but the unreserved characters of RFC 3986.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What the SDKs write today; the hub does not look at it.
const API_VERSION: &str = "2021-04-12";

/// User name of CONNECT: `{host}/{client id}/?api-version=…`. The client id is `identity` as text.
pub fn username(host: &str, identity: &Identity) -> String {
    format!("{host}/{identity}/?api-version={API_VERSION}")
}

/// Password of CONNECT: a shared access signature of the device or module, made with its own key.
pub fn password(host: &str, identity: &Identity, key: &SymmetricKey, expires: Timestamp) -> String {
    let device = utf8_percent_encode(identity.device.as_str(), RESERVED);
    let resource = match &identity.module {
        None => format!("{host}%2Fdevices%2F{device}"),
        Some(module) => {
            let module = utf8_percent_encode(module.as_str(), RESERVED);
            format!("{host}%2Fdevices%2F{device}%2Fmodules%2F{module}")
        }
    };
    roost_model::sign(&resource, key, expires, None)
}

/// Topic of a telemetry PUBLISH. System properties are keys like `$.ct`.
pub fn telemetry_topic(identity: &Identity, properties: &[(&str, &str)]) -> String {
    let mut topic = own_topic(identity);
    topic.push_str("/messages/events/");
    for (index, (key, value)) in properties.iter().enumerate() {
        if index > 0 {
            topic.push('&');
        }
        topic.extend(utf8_percent_encode(key, RESERVED));
        topic.push('=');
        topic.extend(utf8_percent_encode(value, RESERVED));
    }
    topic
}

/// Filter of the cloud-to-device messages of a device or module.
pub fn devicebound_filter(identity: &Identity) -> String {
    own_topic(identity) + "/messages/devicebound/#"
}

pub(crate) fn own_topic(identity: &Identity) -> String {
    match &identity.module {
        None => format!("devices/{}", identity.device),
        Some(module) => format!("devices/{}/modules/{module}", identity.device),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(text: &str) -> Identity {
        text.parse().unwrap()
    }

    #[test]
    fn names_are_those_of_the_sdks() {
        let name = username("h.example", &identity("dev/mod"));
        assert_eq!(name, "h.example/dev/mod/?api-version=2021-04-12");
        let topic = telemetry_topic(
            &identity("dev"),
            &[("$.ct", "application/json"), ("t", "2 1")],
        );
        let expected = "devices/dev/messages/events/%24.ct=application%2Fjson&t=2%201";
        assert_eq!(topic, expected);
        let filter = devicebound_filter(&identity("dev/mod"));
        assert_eq!(filter, "devices/dev/modules/mod/messages/devicebound/#");
    }

    #[test]
    fn a_password_covers_the_identity_it_was_made_for() {
        let key =
            SymmetricKey::from_base64("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap();
        let text = password(
            "h.example",
            &identity("a:b/m"),
            &key,
            Timestamp(2_000_000_000_000),
        );
        let token = roost_model::SasToken::parse(&text).unwrap();
        let hub = "h.example".parse().unwrap();
        assert!(token.verify(&key));
        assert!(token.covers(&hub, &["devices", "a:b", "modules", "m"]));
        assert!(!token.covers(&hub, &["devices", "a:c"]));
    }
}
