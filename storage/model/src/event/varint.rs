//! Lengths inside records and twins: LEB128, one byte below 128.

use bytes::BufMut;

/// Ten groups of seven bits hold any `u64`.
const MAX_BYTES: usize = 10;

pub(crate) fn put(out: &mut impl BufMut, mut value: u64) {
    while value >= 0x80 {
        out.put_u8((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

/// How many bytes [`put`] writes.
pub(crate) const fn len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// The number at the front of `bytes` and how many bytes it took; `None` if it is cut off, does not
/// fit or is not in its shortest form (so that equal records have equal bytes).
pub(crate) fn get(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (index, &byte) in bytes.iter().take(MAX_BYTES).enumerate() {
        let group = u64::from(byte & 0x7f);
        if index == MAX_BYTES - 1 && group > 1 {
            return None;
        }
        value |= group << (7 * index);
        if byte & 0x80 == 0 {
            let shortest = index == 0 || group != 0;
            return shortest.then_some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use proptest::prelude::*;

    use super::*;

    fn written(value: u64) -> BytesMut {
        let mut out = BytesMut::new();
        put(&mut out, value);
        out
    }

    #[test]
    fn numbers_take_a_byte_for_every_seven_bits() {
        assert_eq!(written(0)[..], [0]);
        assert_eq!(written(127)[..], [0x7f]);
        assert_eq!(written(128)[..], [0x80, 0x01]);
        assert_eq!(written(u64::MAX).len(), 10);
    }

    #[test]
    fn cut_off_too_large_and_padded_numbers_are_refused() {
        assert_eq!(get(&[]), None);
        assert_eq!(get(&[0x80]), None);
        assert_eq!(get(&[0x80, 0x00]), None);
        assert_eq!(get(&[0xff; 9]), None);
        assert_eq!(get(&[0xff; 11]), None);
        let mut past = [0xff; 10];
        past[9] = 2;
        assert_eq!(get(&past), None);
    }

    proptest! {
        #[test]
        fn numbers_round_trip(value: u64) {
            let bytes = written(value);
            prop_assert_eq!(bytes.len(), len(value));
            prop_assert_eq!(get(&bytes), Some((value, bytes.len())));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = get(&bytes);
        }
    }
}
