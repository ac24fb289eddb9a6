//! Which partition a device lives in.
//!
//! Clients rely on it: some compute a device's partition and read only that one. Source: the C SDK's
//! end-to-end tests (`ResolvePartitionIndex`), which follow the service: Bob Jenkins' lookup3
//! `hashlittle2` of the upper-cased id, folded to 16 bits, spread over 32,767 logical partitions.

use crate::id::{DeviceId, PartitionId};

/// Logical partitions, which are dealt out evenly to the real ones.
const LOGICAL: i32 = i16::MAX as i32;

/// The partition, of `count`, that a device and its modules live in. The case of the id's letters
/// does not matter. A count of 0 is taken as 1.
pub fn partition_of(device: &DeviceId, count: u16) -> PartitionId {
    let key = device.as_str().to_ascii_uppercase();
    let (first, second) = lookup3(key.as_bytes());
    let folded = (first ^ second) as u16 as i16;
    let logical = (i32::from(folded) % LOGICAL).abs();
    let count = i32::from(count.max(1));
    // `remainder` of the partitions hold one logical partition more than the others.
    let width = LOGICAL / count;
    let remainder = LOGICAL % count;
    let boundary = (width + 1) * remainder;
    let partition = if logical < boundary {
        logical / (width + 1)
    } else {
        remainder + (logical - boundary) / width
    };
    // Less than `count`, which is a u16.
    PartitionId(partition as u16)
}

/// `hashlittle2` with both seeds 0: its `*pc` and `*pb`.
fn lookup3(bytes: &[u8]) -> (u32, u32) {
    let seed = 0xdead_beef_u32.wrapping_add(bytes.len() as u32);
    let mut state = [seed; 3];
    let mut rest = bytes;
    while rest.len() > 12 {
        let (block, tail) = rest.split_at(12);
        add_block(&mut state, block);
        mix(&mut state);
        rest = tail;
    }
    if !rest.is_empty() {
        add_block(&mut state, rest);
        finish(&mut state);
    }
    let [_, b, c] = state;
    (c, b)
}

/// Adds up to twelve bytes, little-endian, as if padded with zeros.
fn add_block(state: &mut [u32; 3], block: &[u8]) {
    for (index, &byte) in block.iter().enumerate() {
        let word = u32::from(byte) << (8 * (index % 4));
        if let Some(slot) = state.get_mut(index / 4) {
            *slot = slot.wrapping_add(word);
        }
    }
}

fn mix([a, b, c]: &mut [u32; 3]) {
    *a = a.wrapping_sub(*c) ^ c.rotate_left(4);
    *c = c.wrapping_add(*b);
    *b = b.wrapping_sub(*a) ^ a.rotate_left(6);
    *a = a.wrapping_add(*c);
    *c = c.wrapping_sub(*b) ^ b.rotate_left(8);
    *b = b.wrapping_add(*a);
    *a = a.wrapping_sub(*c) ^ c.rotate_left(16);
    *c = c.wrapping_add(*b);
    *b = b.wrapping_sub(*a) ^ a.rotate_left(19);
    *a = a.wrapping_add(*c);
    *c = c.wrapping_sub(*b) ^ b.rotate_left(4);
    *b = b.wrapping_add(*a);
}

fn finish([a, b, c]: &mut [u32; 3]) {
    *c = (*c ^ *b).wrapping_sub(b.rotate_left(14));
    *a = (*a ^ *c).wrapping_sub(c.rotate_left(11));
    *b = (*b ^ *a).wrapping_sub(a.rotate_left(25));
    *c = (*c ^ *b).wrapping_sub(b.rotate_left(16));
    *a = (*a ^ *c).wrapping_sub(c.rotate_left(4));
    *b = (*b ^ *a).wrapping_sub(a.rotate_left(14));
    *c = (*c ^ *b).wrapping_sub(b.rotate_left(24));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COUNTS: [u16; 6] = [1, 2, 4, 8, 16, 32];

    /// Computed with the C code and, independently, in Python: id, both hashes, partition for each of
    /// [`COUNTS`].
    const VECTORS: [(&str, u32, u32, [u16; 6]); 7] = [
        ("a", 0x01014ba1, 0x10786e8c, [0, 0, 1, 2, 4, 9]),
        ("device1", 0x3654da8a, 0x88699144, [0, 1, 2, 4, 9, 18]),
        ("dev-1", 0xe5cb05b2, 0x6f7f3440, [0, 0, 1, 3, 6, 12]),
        ("mydevice", 0x36e237c8, 0xdb462f45, [0, 0, 0, 1, 3, 6]),
        ("sensor-0042", 0x957667cc, 0xed43e03d, [0, 1, 3, 7, 15, 30]),
        (
            "00000000-0000-0000-0000-000000000000",
            0x1f7ca7bb,
            0x7e4c6873,
            [0, 0, 1, 3, 6, 12],
        ),
        (
            "csdk_e2eDevice_sas_j_please_delete_0001",
            0xaaf74b18,
            0x99f3c0bd,
            [0, 1, 3, 7, 14, 29],
        ),
    ];

    #[test]
    fn the_published_vectors_hold() {
        for (id, first, second, partitions) in VECTORS {
            assert_eq!(
                lookup3(id.to_ascii_uppercase().as_bytes()),
                (first, second),
                "{id}"
            );
            let device = DeviceId::parse(id).unwrap();
            let got = COUNTS.map(|count| partition_of(&device, count).get());
            assert_eq!(got, partitions, "{id}");
        }
    }

    #[test]
    fn no_bytes_hash_to_the_seed() {
        assert_eq!(lookup3(b""), (0xdead_beef, 0xdead_beef));
    }

    proptest! {
        #[test]
        fn a_partition_is_below_the_count_and_case_is_ignored(
            id in "[A-Za-z0-9\\-.+%_#*?!(),:=@$';]{1,128}",
            count: u16,
        ) {
            let device = DeviceId::parse(&id).unwrap();
            let partition = partition_of(&device, count);
            prop_assert!(partition.get() < count.max(1));
            let upper = DeviceId::parse(&id.to_ascii_uppercase()).unwrap();
            prop_assert_eq!(partition_of(&upper, count), partition);
        }
    }
}
