//! Ids and counters that are numbers.

use thiserror::Error;

/// A text that should have been a decimal number and is not, or does not fit its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a decimal number in range")]
pub struct InvalidNumber;

/// A number in a type of its own: `Copy`, ordered, displayed and parsed as plain decimal digits.
macro_rules! number_type {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            bincode::Encode, bincode::Decode, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The bare number.
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::InvalidNumber;

            /// Digits only: no sign, no space.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if !text.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err($crate::id::InvalidNumber);
                }
                text.parse().map(Self).map_err(|_| $crate::id::InvalidNumber)
            }
        }
    };
}
pub(crate) use number_type;

number_type! {
    /// One machine of the cluster. Chosen by the operator, never reused for another machine.
    NodeId(u64)
}
number_type! {
    /// A scale unit: what serves one hub.
    UnitId(u16)
}
number_type! {
    /// A partition of a hub, 0 to count − 1.
    PartitionId(u16)
}
number_type! {
    /// How often a node has started. Tells a restarted node from its own ghost.
    Incarnation(u64)
}
number_type! {
    /// Orders the sessions of a partition: given out in log order, the higher one wins. 0 means
    /// "no session" (a one-shot HTTPS request).
    ConnectionEpoch(u64)
}
number_type! {
    /// Tells an identity from an earlier one with the same id (`generationId`, in decimal).
    /// Different after delete and re-create.
    Generation(u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_display_and_parse_as_decimal() {
        assert_eq!(Generation(637).to_string(), "637");
        assert_eq!("637".parse(), Ok(Generation(637)));
        assert_eq!("65535".parse(), Ok(PartitionId(u16::MAX)));
    }

    #[test]
    fn a_number_past_its_type_or_with_a_sign_is_refused() {
        for text in ["65536", "+1", "-1", "", " 1", "1 ", "0x1"] {
            assert_eq!(text.parse::<PartitionId>(), Err(InvalidNumber), "{text:?}");
        }
        assert_eq!("18446744073709551616".parse::<NodeId>(), Err(InvalidNumber));
    }

    #[test]
    fn a_padded_display_keeps_its_width() {
        assert_eq!(format!("{:03}", PartitionId(7)), "007");
    }
}
