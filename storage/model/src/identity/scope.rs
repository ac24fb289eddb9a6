//! Scopes: how a device names the Edge device that is its parent.

use std::fmt;

use thiserror::Error;

use crate::id::{DeviceId, Generation};

const PREFIX: &str = "ms-azure-iot-edge://";

/// Why a text is not a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a scope is {PREFIX}<device id>-<number>")]
pub struct InvalidScope;

/// What an Edge device is given once, and its children name: `ms-azure-iot-edge://{id}-{number}`.
///
/// Source: IoT Hub developer guide, identity registry, `deviceScope` and `parentScopes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeScope {
    /// The Edge device that it was given to.
    pub device: DeviceId,
    /// Tells it from an earlier Edge device of the same id.
    pub number: u64,
}

impl EdgeScope {
    /// The scope of an Edge device that this hub made.
    pub fn new(device: DeviceId, generation: Generation) -> Self {
        Self {
            device,
            number: generation.get(),
        }
    }

    /// Reads a scope of this or of another hub.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let (device, number) = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.rsplit_once('-'))
            .ok_or(InvalidScope)?;
        let Generation(number) = number.parse().map_err(|_| InvalidScope)?;
        Ok(Self {
            device: DeviceId::parse(device).map_err(|_| InvalidScope)?,
            number,
        })
    }
}

impl fmt::Display for EdgeScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}-{}", self.device, self.number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_scope_names_its_device_and_reads_back() {
        let text = "ms-azure-iot-edge://gate-way-1-637";
        let scope = EdgeScope::parse(text).unwrap();
        assert_eq!(scope.device.as_str(), "gate-way-1");
        assert_eq!(scope.number, 637);
        assert_eq!(scope.to_string(), text);
        assert_eq!(
            EdgeScope::new("e".parse().unwrap(), Generation(7)).to_string(),
            "ms-azure-iot-edge://e-7"
        );
    }

    #[test]
    fn what_names_no_device_or_number_is_no_scope() {
        for text in [
            "",
            "edge-1",
            "ms-azure-iot-edge://",
            "ms-azure-iot-edge://edge",
            "ms-azure-iot-edge://edge-",
            "ms-azure-iot-edge://edge-x",
            "ms-azure-iot-edge://-1",
            "ms-azure-iot-edge://a b-1",
            "MS-AZURE-IOT-EDGE://edge-1",
        ] {
            assert_eq!(EdgeScope::parse(text), Err(InvalidScope), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_scope_or_refused(text in ".{0,60}") {
            if let Ok(scope) = EdgeScope::parse(&text) {
                prop_assert_eq!(EdgeScope::parse(&scope.to_string()), Ok(scope));
            }
        }
    }
}
