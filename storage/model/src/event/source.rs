//! What kind of event a record is.

macro_rules! sources {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal;)*) => {
        /// `iothub-message-source`: what kind of event a record is.
        ///
        /// The code is stored in every record and never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum MessageSource {
            $($(#[$doc])* $variant = $code,)*
        }

        impl MessageSource {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The value of the `iothub-message-source` annotation.
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

sources! {
    /// What a device sent.
    Telemetry = 0, "Telemetry";
    /// A change of a twin's tags or properties.
    TwinChange = 1, "twinChangeEvents";
    /// An identity was created or deleted.
    DeviceLifecycle = 2, "deviceLifecycleEvents";
    /// A device connected or disconnected.
    DeviceConnectionState = 3, "deviceConnectionStateEvents";
    /// A change of a digital twin.
    DigitalTwinChange = 4, "digitalTwinChangeEvents";
    /// A job on a device made progress.
    DeviceJobLifecycle = 5, "deviceJobLifecycleEvents";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back_and_unknown_ones_do_not() {
        for &source in MessageSource::ALL {
            assert_eq!(MessageSource::from_code(source.code()), Some(source));
        }
        assert_eq!(MessageSource::from_code(6), None);
        assert_eq!(MessageSource::from_code(u8::MAX), None);
    }

    #[test]
    fn telemetry_is_spelled_with_a_capital_and_the_rest_in_camel_case() {
        assert_eq!(MessageSource::Telemetry.name(), "Telemetry");
        assert_eq!(
            MessageSource::DeviceConnectionState.name(),
            "deviceConnectionStateEvents"
        );
    }
}
