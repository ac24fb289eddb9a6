//! The one way in and out of bincode: `[version][bincode, standard configuration]`.
//!
//! A version names one layout of one type; layouts are pinned by tests on golden bytes. bincode stands
//! nowhere else, so that it can be replaced.

use thiserror::Error;

/// The most that decoding will set memory aside for, in bytes.
pub const DECODE_LIMIT: usize = 16 * 1024 * 1024;

/// Why bytes can't be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodecError {
    #[error("no bytes to decode")]
    Empty,
    #[error("encoding version {found} is not known, the newest known is {newest}")]
    UnknownVersion { found: u8, newest: u8 },
    #[error("malformed encoding: {0}")]
    Malformed(String),
    #[error("{0} bytes follow the encoded value")]
    TrailingBytes(usize),
}

/// Encodes a value in the layout of a version (1 to 255).
///
/// # Panics
///
/// If the type's `Encode` can fail. Derived ones over numbers, text and collections can't.
pub fn encode<T: bincode::Encode>(version: u8, value: &T) -> Vec<u8> {
    let mut out = vec![version];
    bincode::encode_into_std_write(value, &mut out, bincode::config::standard())
        .expect("derived encoders into memory do not fail");
    out
}

/// The version of encoded bytes: says which type to decode when there are several layouts.
pub fn version(bytes: &[u8]) -> Option<u8> {
    bytes.first().copied()
}

/// Decodes a value; also gives the version it was written in.
///
/// Fails on a version of 0 or above `newest`, on a value that needs more than [`DECODE_LIMIT`], and
/// on bytes left over.
pub fn decode<T: bincode::Decode<()>>(newest: u8, bytes: &[u8]) -> Result<(u8, T), CodecError> {
    let (&found, payload) = bytes.split_first().ok_or(CodecError::Empty)?;
    if found == 0 || found > newest {
        return Err(CodecError::UnknownVersion { found, newest });
    }
    let config = bincode::config::standard().with_limit::<DECODE_LIMIT>();
    let (value, used) = bincode::decode_from_slice(payload, config)
        .map_err(|error| CodecError::Malformed(error.to_string()))?;
    match payload.len().saturating_sub(used) {
        0 => Ok((found, value)),
        trailing => Err(CodecError::TrailingBytes(trailing)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Sample = (u64, String, Vec<Option<u16>>);

    #[test]
    fn the_version_is_the_first_byte() {
        assert_eq!(encode(3, &7u8), [3, 7]);
        assert_eq!(version(&[3, 7]), Some(3));
        assert_eq!(decode::<u8>(3, &[3, 7]), Ok((3, 7)));
        assert_eq!(decode::<u8>(9, &[3, 7]), Ok((3, 7)));
    }

    #[test]
    fn unknown_versions_are_refused() {
        let unknown = |found, newest| Err(CodecError::UnknownVersion { found, newest });
        assert_eq!(decode::<u8>(2, &[3, 7]), unknown(3, 2));
        assert_eq!(decode::<u8>(2, &[0, 7]), unknown(0, 2));
        assert_eq!(decode::<u8>(2, &[]), Err(CodecError::Empty));
    }

    #[test]
    fn bytes_left_over_are_an_error() {
        assert_eq!(
            decode::<u8>(1, &[1, 7, 0]),
            Err(CodecError::TrailingBytes(1))
        );
        assert!(matches!(
            decode::<u8>(1, &[1]),
            Err(CodecError::Malformed(_))
        ));
    }

    #[test]
    fn a_length_past_the_limit_is_refused_before_memory_is_set_aside() {
        let mut bytes = encode(1, &(DECODE_LIMIT as u64 + 1));
        assert!(matches!(
            decode::<Vec<u8>>(1, &bytes),
            Err(CodecError::Malformed(_))
        ));
        bytes = encode(1, &u64::MAX);
        assert!(matches!(
            decode::<String>(1, &bytes),
            Err(CodecError::Malformed(_))
        ));
    }

    #[test]
    fn a_value_of_nearly_the_limit_is_decoded_and_one_past_it_is_not() {
        let text = vec![0u8; DECODE_LIMIT - 16];
        assert_eq!(decode::<Vec<u8>>(1, &encode(1, &text)), Ok((1, text)));
        let text = vec![0u8; DECODE_LIMIT + 1];
        assert!(decode::<Vec<u8>>(1, &encode(1, &text)).is_err());
    }

    proptest! {
        #[test]
        fn values_round_trip(value: Sample) {
            prop_assert_eq!(decode::<Sample>(1, &encode(1, &value)), Ok((1, value)));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = decode::<Sample>(u8::MAX, &bytes);
        }
    }
}
