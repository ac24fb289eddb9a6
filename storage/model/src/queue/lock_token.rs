//! The name under which a receiver holds a message.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Why a text is not a lock token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a lock token is a uuid")]
pub struct InvalidLockToken;

/// The name of one lock on one message: a UUID of version 8 (RFC 9562, 5.8), which holds the place of
/// what is locked, so that it is found without an index, and 62 bits that tell the lock from others.
///
/// ```text
/// byte  0..6   u48  sequence number of what is locked
///       6..8   u4   version, 8; u12 tag: the partition of a batch of feedback, 0 otherwise
///       8..16  u2   variant, 2; u62 drawn for this lock
/// ```
///
/// To clients it is opaque. The text form is lower-case, as IoT Hub's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub struct LockToken([u8; 16]);

const SEQUENCE_BITS: u32 = 48;
const TAG_MASK: u16 = 0x0fff;
const VERSION: u16 = 0x8000;
const SEED_MASK: u64 = u64::MAX >> 2;
const VARIANT: u64 = 1 << 63;
/// Digits of the five groups of the text form.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

impl LockToken {
    /// The token of a lock on what stands at `sequence`; `seed` is random. The low 48 bits of the
    /// sequence, 12 of the tag and 62 of the seed are kept.
    pub const fn new(sequence: u64, tag: u16, seed: u64) -> Self {
        let high = sequence << (64 - SEQUENCE_BITS) | (VERSION | tag & TAG_MASK) as u64;
        let low = VARIANT | seed & SEED_MASK;
        Self(((high as u128) << 64 | low as u128).to_be_bytes())
    }

    /// The place of what is locked.
    pub const fn sequence(self) -> u64 {
        (u128::from_be_bytes(self.0) >> (128 - SEQUENCE_BITS)) as u64
    }

    /// The tag that it was made with.
    pub const fn tag(self) -> u16 {
        (u128::from_be_bytes(self.0) >> 64) as u16 & TAG_MASK
    }

    /// The bytes of the UUID, in network order (an AMQP delivery tag).
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for LockToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", u128::from_be_bytes(self.0));
        let mut rest = digits.as_str();
        for (index, length) in GROUPS.into_iter().enumerate() {
            let (group, tail) = rest.split_at(length);
            rest = tail;
            if index > 0 {
                f.write_str("-")?;
            }
            f.write_str(group)?;
        }
        Ok(())
    }
}

impl FromStr for LockToken {
    type Err = InvalidLockToken;

    /// A UUID in its text form, in any case, bare or quoted as an entity tag.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text
            .strip_prefix('"')
            .map_or(Some(text), |rest| rest.strip_suffix('"'));
        let text = bare.ok_or(InvalidLockToken)?;
        let mut digits = String::with_capacity(32);
        let mut groups = text.split('-');
        for length in GROUPS {
            let group = groups.next().ok_or(InvalidLockToken)?;
            if group.len() != length || !group.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(InvalidLockToken);
            }
            digits.push_str(group);
        }
        if groups.next().is_some() {
            return Err(InvalidLockToken);
        }
        u128::from_str_radix(&digits, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| InvalidLockToken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_a_uuid_of_version_eight_in_lower_case() {
        let token = LockToken::new(0xabc, 0x123, 0x0fed_cba9_8765_4321);
        assert_eq!(token.to_string(), "00000000-0abc-8123-8fed-cba987654321");
        assert_eq!((token.sequence(), token.tag()), (0xabc, 0x123));
        assert_eq!(token.as_bytes()[5], 0xbc);
    }

    #[test]
    fn a_token_is_read_in_any_case_and_with_quotes() {
        let token = LockToken::new(0xabc, 0, 77);
        let text = token.to_string();
        assert_eq!(text.to_uppercase().parse(), Ok(token));
        assert_eq!(format!("\"{text}\"").parse(), Ok(token));
    }

    #[test]
    fn what_is_no_uuid_is_refused() {
        for text in [
            "",
            "\"",
            "x",
            "00000000-0abc-8123-8fed-cba98765432",
            "00000000-0abc-8123-8fed-cba9876543210",
            "000000000abc81238fedcba987654321",
            "00000000-0abc-8123-8fed-cba98765432g",
            "00000000-0abc-8123-8fed-cba987654321-",
            "+0000000-0abc-8123-8fed-cba987654321",
            "\"00000000-0abc-8123-8fed-cba987654321",
        ] {
            assert_eq!(text.parse::<LockToken>(), Err(InvalidLockToken), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn tokens_read_back_with_what_they_were_made_of(sequence in 0..1u64 << 48, tag in 0u16..4096, seed: u64) {
            let token = LockToken::new(sequence, tag, seed);
            prop_assert_eq!(token.to_string().parse(), Ok(token));
            prop_assert_eq!((token.sequence(), token.tag()), (sequence, tag));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<LockToken>();
        }
    }
}
