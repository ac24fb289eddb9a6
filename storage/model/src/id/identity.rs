//! A device, or a module of a device.

use std::fmt;
use std::str::FromStr;

use super::{DeviceId, InvalidId, ModuleId};

/// What can connect: a device, or a module of a device. Each has credentials and sessions of its own.
///
/// The text form is the MQTT client id: `dev` or `dev/mod`. `/` is in no id, so it is unambiguous.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, bincode::Encode, bincode::Decode)]
pub struct Identity {
    pub device: DeviceId,
    pub module: Option<ModuleId>,
}

impl Identity {
    /// The device itself.
    pub fn device(device: DeviceId) -> Self {
        Self {
            device,
            module: None,
        }
    }

    /// A module of a device.
    pub fn module(device: DeviceId, module: ModuleId) -> Self {
        Self {
            device,
            module: Some(module),
        }
    }

    pub fn is_module(&self) -> bool {
        self.module.is_some()
    }

    /// The decoded path below the host that a shared access signature must cover:
    /// `devices/{id}` or `devices/{id}/modules/{id}`.
    pub fn resource(&self) -> Vec<&str> {
        let mut segments = vec!["devices", self.device.as_str()];
        if let Some(module) = &self.module {
            segments.extend(["modules", module.as_str()]);
        }
        segments
    }
}

impl From<DeviceId> for Identity {
    fn from(device: DeviceId) -> Self {
        Self::device(device)
    }
}

impl FromStr for Identity {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            None => Ok(Self::device(DeviceId::parse(text)?)),
            Some((device, module)) => Ok(Self::module(
                DeviceId::parse(device)?,
                ModuleId::parse(module)?,
            )),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.module {
            None => write!(f, "{}", self.device),
            Some(module) => write!(f, "{}/{module}", self.device),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_text_form_is_the_mqtt_client_id() {
        let device: Identity = "dev1".parse().unwrap();
        assert_eq!(device, Identity::device(DeviceId::parse("dev1").unwrap()));
        let module: Identity = "dev1/mod1".parse().unwrap();
        assert_eq!(module.module.as_ref().unwrap().as_str(), "mod1");
        assert_eq!(module.to_string(), "dev1/mod1");
    }

    #[test]
    fn empty_or_surplus_segments_are_refused() {
        for text in ["", "/", "dev/", "/mod", "dev/mod/x", "dev//mod"] {
            assert!(text.parse::<Identity>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_resource_is_the_path_a_token_covers() {
        assert_eq!(
            "d".parse::<Identity>().unwrap().resource(),
            ["devices", "d"]
        );
        let module = "d/m".parse::<Identity>().unwrap();
        assert_eq!(module.resource(), ["devices", "d", "modules", "m"]);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics_and_what_parses_displays_the_same(text in "\\PC{0,40}") {
            if let Ok(identity) = text.parse::<Identity>() {
                prop_assert_eq!(identity.to_string(), text);
            }
        }

        #[test]
        fn identities_round_trip(text in "[a-z$.]{1,9}(/[a-z$.]{1,9})?") {
            prop_assert_eq!(text.parse::<Identity>().unwrap().to_string(), text);
        }
    }
}
