use roost_model::SystemProperty;

/// What a header, or a member of a batch item's `properties`, says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property<'a> {
    /// A property that the hub knows.
    System(SystemProperty),
    /// A property of the application, by its own name.
    Application(&'a str),
    /// Part of the service's vocabulary without a meaning for events, such as `iothub-ack`.
    Ignored,
    /// Not of the service's vocabulary.
    Foreign,
}

const APPLICATION: &str = "iothub-app-";

/// Reads a name, the service's part of it without regard to case.
pub(super) fn classify(name: &str) -> Property<'_> {
    if let Some((prefix, own)) = name.split_at_checked(APPLICATION.len())
        && prefix.eq_ignore_ascii_case(APPLICATION)
    {
        return Property::Application(own);
    }
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "iothub-messageid" => Property::System(SystemProperty::MessageId),
        "iothub-correlationid" => Property::System(SystemProperty::CorrelationId),
        "iothub-userid" => Property::System(SystemProperty::UserId),
        "iothub-contenttype" => Property::System(SystemProperty::ContentType),
        "iothub-contentencoding" => Property::System(SystemProperty::ContentEncoding),
        "iothub-expiry" => Property::System(SystemProperty::AbsoluteExpiryTime),
        "iothub-creationtimeutc" => Property::System(SystemProperty::CreationTimeUtc),
        "iothub-interface-id" => Property::System(SystemProperty::InterfaceId),
        "iothub-messageschema" => Property::System(SystemProperty::MessageSchema),
        "dt-subject" => Property::System(SystemProperty::Subject),
        _ if lower.starts_with("iothub-") => Property::Ignored,
        _ => Property::Foreign,
    }
}

/// The alphabet of property names over HTTPS. Source: IoT Hub developer guide, "Create and read
/// messages".
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use roost_model::SystemProperty;

    use super::{Property, classify, is_name};

    #[test]
    fn system_properties_are_known_in_any_case() {
        let expected = Property::System(SystemProperty::MessageId);
        assert_eq!(classify("iothub-messageid"), expected);
        assert_eq!(classify("IoTHub-MessageId"), expected);
    }

    #[test]
    fn an_application_property_keeps_the_case_of_its_own_name() {
        assert_eq!(
            classify("IOTHUB-APP-TempAlert"),
            Property::Application("TempAlert")
        );
    }

    #[test]
    fn the_device_cannot_set_what_the_hub_stamps() {
        for name in [
            "iothub-connection-device-id",
            "iothub-message-source",
            "iothub-enqueuedtime",
        ] {
            assert_eq!(classify(name), Property::Ignored);
        }
    }

    #[test]
    fn other_headers_are_foreign() {
        assert_eq!(classify("user-agent"), Property::Foreign);
        assert_eq!(classify("iothub"), Property::Foreign);
    }

    proptest! {
        #[test]
        fn every_name_after_the_prefix_is_an_application_property(own in ".{0,40}") {
            let name = format!("iothub-app-{own}");
            prop_assert_eq!(classify(&name), Property::Application(&own));
        }

        #[test]
        fn no_name_makes_it_panic(name in ".{0,40}") {
            let _ = (classify(&name), is_name(&name));
        }
    }
}
