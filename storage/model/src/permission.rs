//! What a shared access policy allows.

use std::fmt;
use std::ops::BitOr;
use std::str::FromStr;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use thiserror::Error;

/// Why a text is not a list of permissions.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a permission")]
pub struct InvalidPermissions(pub String);

/// A set of permissions.
///
/// The text form is the management API's: `RegistryRead, RegistryWrite, ServiceConnect, DeviceConnect`.
/// Source: IoT Hub developer guide, "Access control and permissions".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Permissions(u8);

const NAMES: [(u8, &str); 4] = [
    (0b0001, "RegistryRead"),
    (0b0010, "RegistryWrite"),
    (0b0100, "ServiceConnect"),
    (0b1000, "DeviceConnect"),
];

impl Permissions {
    pub const NONE: Self = Self(0);
    /// Reading identities and statistics.
    pub const REGISTRY_READ: Self = Self(0b0001);
    /// Creating, updating and deleting identities. Includes [`Self::REGISTRY_READ`].
    pub const REGISTRY_WRITE: Self = Self(0b0011);
    /// The service side: reading events, sending to devices, twins, methods.
    pub const SERVICE_CONNECT: Self = Self(0b0100);
    /// The device side, on behalf of any device.
    pub const DEVICE_CONNECT: Self = Self(0b1000);
    pub const ALL: Self = Self(0b1111);

    /// Whether all of `needed` is in this set.
    pub const fn contains(self, needed: Self) -> bool {
        self.0 & needed.0 == needed.0
    }

    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Reads a comma-separated list; an empty text is an empty set.
    pub fn parse(text: &str) -> Result<Self, InvalidPermissions> {
        if text.trim().is_empty() {
            return Ok(Self::NONE);
        }
        text.split(',')
            .map(str::trim)
            .try_fold(Self::NONE, |set, name| {
                let (bit, _) = NAMES
                    .into_iter()
                    .find(|(_, known)| known.eq_ignore_ascii_case(name))
                    .ok_or_else(|| InvalidPermissions(name.to_owned()))?;
                Ok(set.union(Self(bit).closed()))
            })
    }

    /// Writing implies reading.
    const fn closed(self) -> Self {
        if self.0 & 0b0010 == 0 {
            self
        } else {
            self.union(Self::REGISTRY_WRITE)
        }
    }
}

impl BitOr for Permissions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl FromStr for Permissions {
    type Err = InvalidPermissions;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (_, name) in NAMES.into_iter().filter(|(bit, _)| self.0 & bit != 0) {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        Ok(())
    }
}

impl bincode::Encode for Permissions {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.encode(encoder)
    }
}

impl<Context> bincode::Decode<Context> for Permissions {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let set = Self(<u8 as bincode::Decode<Context>>::decode(decoder)?);
        if set.0 > Self::ALL.0 {
            return Err(DecodeError::Other("unknown permission"));
        }
        Ok(set.closed())
    }
}

bincode::impl_borrow_decode!(Permissions);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec;

    #[test]
    fn the_text_form_lists_names_in_a_fixed_order() {
        let text = "RegistryRead, RegistryWrite, ServiceConnect, DeviceConnect";
        assert_eq!(Permissions::ALL.to_string(), text);
        assert_eq!(text.parse(), Ok(Permissions::ALL));
        assert_eq!(
            "deviceconnect,REGISTRYREAD"
                .parse::<Permissions>()
                .unwrap()
                .to_string(),
            "RegistryRead, DeviceConnect"
        );
        assert_eq!(Permissions::NONE.to_string(), "");
        assert_eq!("".parse(), Ok(Permissions::NONE));
    }

    #[test]
    fn writing_the_registry_implies_reading_it() {
        assert!(Permissions::REGISTRY_WRITE.contains(Permissions::REGISTRY_READ));
        assert_eq!("RegistryWrite".parse(), Ok(Permissions::REGISTRY_WRITE));
        assert!(!Permissions::REGISTRY_READ.contains(Permissions::REGISTRY_WRITE));
    }

    #[test]
    fn a_set_contains_only_what_it_was_given() {
        let set = Permissions::SERVICE_CONNECT | Permissions::REGISTRY_READ;
        assert!(set.contains(Permissions::SERVICE_CONNECT));
        assert!(set.contains(Permissions::NONE));
        assert!(!set.contains(Permissions::DEVICE_CONNECT));
        assert!(!set.contains(set | Permissions::DEVICE_CONNECT));
        assert!(Permissions::NONE.is_empty());
    }

    #[test]
    fn unknown_permissions_are_refused() {
        assert!(
            "RegistryRead,,DeviceConnect"
                .parse::<Permissions>()
                .is_err()
        );
        assert_eq!(
            "Root".parse::<Permissions>(),
            Err(InvalidPermissions("Root".into()))
        );
        assert!(codec::decode::<Permissions>(1, &[1, 16]).is_err());
        assert_eq!(codec::decode(1, &[1, 15]), Ok((1, Permissions::ALL)));
        assert_eq!(
            codec::decode(1, &[1, 2]),
            Ok((1, Permissions::REGISTRY_WRITE))
        );
    }

    proptest! {
        #[test]
        fn sets_round_trip_as_text_and_bytes(bits in 0u8..16) {
            let set = Permissions(bits).closed();
            prop_assert_eq!(set.to_string().parse::<Permissions>().unwrap(), set);
            prop_assert_eq!(codec::decode(1, &codec::encode(1, &set)).unwrap(), (1, set));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,60}") {
            let _ = text.parse::<Permissions>();
        }
    }
}
