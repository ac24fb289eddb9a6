//! The properties of an event that have a meaning of their own.

macro_rules! system_properties {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal;)*) => {
        /// A system property that stands in the event, next to the application's own properties.
        ///
        /// The code is stored in every record and never reused. What the hub alone vouches for
        /// (connection device id, generation, authentication method) is not among them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum SystemProperty {
            $($(#[$doc])* $variant = $code,)*
        }

        impl SystemProperty {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name on the Event Hubs side.
            ///
            /// Source: IoT Hub developer guide, "Create and read IoT Hub messages".
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The stored code.
            pub const fn code(self) -> u8 {
                self as u8
            }

            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

system_properties! {
    /// At most 128 characters.
    MessageId = 1, "message-id";
    CorrelationId = 2, "correlation-id";
    UserId = 3, "user-id";
    ContentType = 4, "content-type";
    ContentEncoding = 5, "content-encoding";
    To = 6, "to";
    /// Kept for consumers; no effect on the delivery of events.
    AbsoluteExpiryTime = 7, "absolute-expiry-time";
    CreationTimeUtc = 8, "iothub-creation-time-utc";
    InterfaceId = 9, "iothub-interface-id";
    /// The output of a module.
    OutputName = 10, "iothub-outputname";
    /// The component of a Plug and Play model.
    Subject = 11, "dt-subject";
    /// The model id given at connect. Set by the hub; a device can't send it with an event.
    DataSchema = 12, "dt-dataschema";
    MessageSchema = 13, "iothub-message-schema";
    /// Distributed tracing.
    DiagnosticId = 14, "Diagnostic-Id";
    /// Distributed tracing.
    CorrelationContext = 15, "Correlation-Context";
}

impl SystemProperty {
    /// Whether a device may set it on an event it sends. An edge refuses or drops the others.
    pub const fn is_device_settable(self) -> bool {
        !matches!(self, Self::DataSchema)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_read_back_and_unknown_ones_do_not() {
        for &property in SystemProperty::ALL {
            assert_eq!(SystemProperty::from_code(property.code()), Some(property));
        }
        assert_eq!(SystemProperty::from_code(0), None);
        assert_eq!(SystemProperty::from_code(16), None);
    }

    #[test]
    fn names_are_distinct() {
        let names: HashSet<_> = SystemProperty::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(names.len(), SystemProperty::ALL.len());
    }

    #[test]
    fn only_the_model_id_is_the_hubs_to_set() {
        let hub_set: Vec<_> = SystemProperty::ALL
            .iter()
            .filter(|one| !one.is_device_settable())
            .collect();
        assert_eq!(hub_set, [&SystemProperty::DataSchema]);
    }
}
