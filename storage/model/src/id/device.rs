//! Device and module ids.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::bincode_as_text;
use crate::limits::MAX_ID_CHARS;

/// Why a text is not a device or module id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidId {
    #[error("an id must not be empty")]
    Empty,
    #[error("an id has at most {MAX_ID_CHARS} characters, this one has {0}")]
    TooLong(usize),
    #[error("character {character:?} at position {position} is not allowed in an id")]
    Character { character: char, position: usize },
}

/// Letters, digits and `- . + % _ # * ? ! ( ) , : = @ $ ' ;`, all ASCII.
///
/// Source: IoT Hub developer guide, identity registry, "Device identity properties"; `:` and `;`
/// come from the twin schema.
const fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'+'
                | b'%'
                | b'_'
                | b'#'
                | b'*'
                | b'?'
                | b'!'
                | b'('
                | b')'
                | b','
                | b':'
                | b'='
                | b'@'
                | b'$'
                | b'\''
                | b';'
        )
}

fn check(text: &str) -> Result<(), InvalidId> {
    if text.is_empty() {
        return Err(InvalidId::Empty);
    }
    for (position, character) in text.chars().enumerate() {
        if !u8::try_from(character).is_ok_and(is_id_byte) {
            return Err(InvalidId::Character {
                character,
                position,
            });
        }
    }
    // Past this point the text is ASCII: bytes are characters.
    if text.len() > MAX_ID_CHARS {
        return Err(InvalidId::TooLong(text.len()));
    }
    Ok(())
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks the id rule: 1 to 128 of the allowed ASCII characters. Case matters.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                check(text)?;
                Ok(Self(text.into()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        bincode_as_text!($name);
    };
}

text_id! {
    /// The id of a device: unique in its hub, case-sensitive, fixed for life.
    ///
    /// Source: IoT Hub developer guide, identity registry.
    DeviceId
}
text_id! {
    /// The id of a module: unique in its device, the same rule as for a device id.
    ///
    /// Source: IoT Hub developer guide, module twins.
    ModuleId
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec;

    #[test]
    fn every_documented_character_is_allowed() {
        let id = "azAZ09-.+%_#*?!(),:=@$';";
        assert_eq!(DeviceId::parse(id).unwrap().as_str(), id);
        assert_eq!(ModuleId::parse(id).unwrap().to_string(), id);
    }

    #[test]
    fn one_to_128_characters_are_allowed_and_129_are_not() {
        assert_eq!(DeviceId::parse(""), Err(InvalidId::Empty));
        assert!(DeviceId::parse("a").is_ok());
        assert!(DeviceId::parse(&"a".repeat(128)).is_ok());
        assert_eq!(
            DeviceId::parse(&"a".repeat(129)),
            Err(InvalidId::TooLong(129))
        );
    }

    #[test]
    fn anything_outside_the_alphabet_is_refused_with_its_place() {
        for bad in [
            '/',
            '\\',
            ' ',
            '\0',
            '"',
            '<',
            '&',
            '~',
            '|',
            '^',
            'ä',
            '\u{1F600}',
            '\n',
        ] {
            let refused = DeviceId::parse(&format!("ab{bad}"));
            assert_eq!(
                refused,
                Err(InvalidId::Character {
                    character: bad,
                    position: 2
                })
            );
        }
    }

    #[test]
    fn case_distinguishes_ids() {
        assert_ne!(
            DeviceId::parse("dev").unwrap(),
            DeviceId::parse("Dev").unwrap()
        );
    }

    #[test]
    fn decoding_refuses_an_id_that_parsing_would_refuse() {
        let bytes = codec::encode(1, &"not/an/id".to_string());
        assert!(codec::decode::<DeviceId>(1, &bytes).is_err());
    }

    proptest! {
        #[test]
        fn parse_accepts_exactly_the_rule(text in "\\PC{0,140}") {
            let allowed = |c: char| {
                c.is_ascii_alphanumeric() || "-.+%_#*?!(),:=@$';".contains(c)
            };
            let expected = (1..=128).contains(&text.chars().count()) && text.chars().all(allowed);
            prop_assert_eq!(DeviceId::parse(&text).is_ok(), expected);
        }

        #[test]
        fn display_parse_and_codec_round_trip(text in "[A-Za-z0-9\\-.+%_#*?!(),:=@$';]{1,128}") {
            let id = DeviceId::parse(&text).unwrap();
            prop_assert_eq!(&id.to_string().parse::<DeviceId>().unwrap(), &id);
            prop_assert_eq!(codec::decode::<DeviceId>(1, &codec::encode(1, &id)).unwrap(), (1, id));
        }
    }
}
