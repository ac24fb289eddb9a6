//! Topic filters that a device or module may subscribe to: those of its own identity, nothing else.

use roost_model::Identity;

use crate::topic::after_identity;

/// What a subscription is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Channel {
    /// Cloud-to-device messages.
    DeviceBound,
    /// Messages for a module's inputs.
    Inputs,
    /// Answers to twin requests.
    TwinResponses,
    /// Changes of the desired properties.
    DesiredProperties,
    /// Direct method calls.
    Methods,
    /// Device stream requests and their answers.
    Streams,
}

impl Channel {
    /// The channel that `filter` names for `identity`, or None for any other filter.
    ///
    /// `deviceBound` is found in both spellings. `devices/{d}/modules/{m}/#` is what the C and C#
    /// SDKs subscribe to for the inputs of a module.
    pub(crate) fn of_filter(filter: &str, identity: &Identity) -> Option<Self> {
        match filter {
            "$iothub/twin/res/#" => return Some(Self::TwinResponses),
            "$iothub/twin/PATCH/properties/desired/#" => return Some(Self::DesiredProperties),
            "$iothub/methods/POST/#" => return Some(Self::Methods),
            "$iothub/streams/POST/#" | "$iothub/streams/res/#" => return Some(Self::Streams),
            _ => {}
        }
        let rest = after_identity(filter, identity)?;
        if rest.eq_ignore_ascii_case("/messages/devicebound/#") {
            return Some(Self::DeviceBound);
        }
        let is_inputs = identity.module.is_some() && matches!(rest, "/inputs/#" | "/#");
        is_inputs.then_some(Self::Inputs)
    }
}

/// A set of channels in one byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Channels(u8);

impl Channels {
    pub(crate) fn with(self, channel: Channel) -> Self {
        Self(self.0 | 1 << channel as u8)
    }

    pub(crate) fn without(self, channel: Channel) -> Self {
        Self(self.0 & !(1 << channel as u8))
    }

    pub(crate) fn contains(self, channel: Channel) -> bool {
        self.0 & 1 << channel as u8 != 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn channel(filter: &str, identity: &str) -> Option<Channel> {
        Channel::of_filter(filter, &identity.parse().unwrap())
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

    #[test]
    fn a_set_of_channels_remembers_what_was_put_in() {
        let set = Channels::default()
            .with(Channel::Methods)
            .with(Channel::Streams);
        assert!(set.contains(Channel::Methods) && set.contains(Channel::Streams));
        assert!(!set.contains(Channel::DeviceBound));
        assert!(!set.without(Channel::Methods).contains(Channel::Methods));
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
            prop_assert_eq!(Channel::of_filter(&filter, &identity), Some(Channel::DeviceBound));
        }
    }
}
