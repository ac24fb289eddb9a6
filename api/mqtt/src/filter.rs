//! Topic filters that a device or module may subscribe to: those of its own identity, nothing else.

use roost_model::{Channel, Identity};

use crate::topic::after_identity;

/// The channel that `filter` names for `identity`, or None for any other filter.
///
/// `deviceBound` is found in both spellings. `devices/{d}/modules/{m}/#` is what the C and C# SDKs
/// subscribe to for the inputs of a module.
pub(crate) fn channel(filter: &str, identity: &Identity) -> Option<Channel> {
    match filter {
        "$iothub/twin/res/#" => return Some(Channel::TwinResponses),
        "$iothub/twin/PATCH/properties/desired/#" => return Some(Channel::DesiredProperties),
        "$iothub/methods/POST/#" => return Some(Channel::Methods),
        "$iothub/streams/POST/#" | "$iothub/streams/res/#" => return Some(Channel::Streams),
        _ => {}
    }
    let rest = after_identity(filter, identity)?;
    if rest.eq_ignore_ascii_case("/messages/devicebound/#") {
        return Some(Channel::DeviceBound);
    }
    let is_inputs = identity.module.is_some() && matches!(rest, "/inputs/#" | "/#");
    is_inputs.then_some(Channel::Inputs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn channel(filter: &str, identity: &str) -> Option<Channel> {
        super::channel(filter, &identity.parse().unwrap())
    }

    #[test]
    fn the_filters_of_the_sdks_are_allowed() {
        for (filter, expected) in [
            ("devices/d/messages/devicebound/#", Channel::DeviceBound),
            ("devices/d/messages/deviceBound/#", Channel::DeviceBound),
            ("$iothub/twin/res/#", Channel::TwinResponses),
            (
                "$iothub/twin/PATCH/properties/desired/#",
                Channel::DesiredProperties,
            ),
            ("$iothub/methods/POST/#", Channel::Methods),
            ("$iothub/streams/POST/#", Channel::Streams),
            ("$iothub/streams/res/#", Channel::Streams),
        ] {
            assert_eq!(channel(filter, "d"), Some(expected), "{filter}");
        }
        for (filter, expected) in [
            (
                "devices/d/modules/m/messages/devicebound/#",
                Channel::DeviceBound,
            ),
            ("devices/d/modules/m/inputs/#", Channel::Inputs),
            ("devices/d/modules/m/#", Channel::Inputs),
        ] {
            assert_eq!(channel(filter, "d/m"), Some(expected), "{filter}");
        }
    }

    #[test]
    fn any_other_filter_is_refused() {
        for filter in [
            "#",
            "+/+",
            "devices/#",
            "devices/d/#",
            "devices/+/messages/devicebound/#",
            "devices/e/messages/devicebound/#",
            "devices/d/modules/m/inputs/#",
            "devices/d/messages/events/#",
            "$iothub/#",
            "$iothub/twin/#",
            "",
        ] {
            assert_eq!(channel(filter, "d"), None, "{filter}");
        }
        assert_eq!(channel("devices/d/messages/devicebound/#", "d/m"), None);
    }

    proptest! {
        #[test]
        fn any_filter_is_parsed_without_a_panic(filter: String) {
            let _ = channel(&filter, "d/m");
        }

        #[test]
        fn the_filter_that_the_client_writes_is_allowed(device in "[A-Za-z0-9.%_*?!(),:=@$';-]{1,40}") {
            let identity = Identity::device(device.parse().unwrap());
            let filter = crate::azure::devicebound_filter(&identity);
            prop_assert_eq!(super::channel(&filter, &identity), Some(Channel::DeviceBound));
        }
    }
}
