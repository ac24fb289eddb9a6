//! XXH64: a fast checksum against damage, not against intent.
//!
//! Source: the XXH64 algorithm of the xxHash specification, version 0.1.1.

const PRIME_1: u64 = 0x9E37_79B1_85EB_CA87;
const PRIME_2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const PRIME_3: u64 = 0x1656_67B1_9E37_79F9;
const PRIME_4: u64 = 0x85EB_CA77_C2B2_AE63;
const PRIME_5: u64 = 0x27D4_EB2F_1656_67C5;
const STRIPE: usize = 32;

/// A running checksum of bytes; how they are cut into updates makes no difference.
#[derive(Debug, Clone)]
pub(crate) struct Digest {
    lanes: [u64; 4],
    length: u64,
    pending: [u8; STRIPE],
    pending_len: usize,
}

impl Default for Digest {
    fn default() -> Self {
        let lanes = [
            PRIME_1.wrapping_add(PRIME_2),
            PRIME_2,
            0,
            0u64.wrapping_sub(PRIME_1),
        ];
        Self {
            lanes,
            length: 0,
            pending: [0; STRIPE],
            pending_len: 0,
        }
    }
}

impl Digest {
    /// The checksum of one piece.
    pub(crate) fn of(bytes: &[u8]) -> u64 {
        let mut digest = Self::default();
        digest.update(bytes);
        digest.finish()
    }

    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.wrapping_add(bytes.len() as u64);
        if self.pending_len > 0 {
            let take = bytes.len().min(STRIPE - self.pending_len);
            let (head, rest) = bytes.split_at(take);
            self.pending[self.pending_len..self.pending_len + take].copy_from_slice(head);
            self.pending_len += take;
            bytes = rest;
            if self.pending_len < STRIPE {
                return;
            }
            consume(&mut self.lanes, &self.pending);
            self.pending_len = 0;
        }
        let (stripes, rest) = bytes.as_chunks::<STRIPE>();
        for stripe in stripes {
            consume(&mut self.lanes, stripe);
        }
        self.pending[..rest.len()].copy_from_slice(rest);
        self.pending_len = rest.len();
    }

    pub(crate) fn finish(&self) -> u64 {
        let mut hash = if self.length < STRIPE as u64 {
            PRIME_5
        } else {
            let [a, b, c, d] = self.lanes;
            let mixed = a
                .rotate_left(1)
                .wrapping_add(b.rotate_left(7))
                .wrapping_add(c.rotate_left(12))
                .wrapping_add(d.rotate_left(18));
            self.lanes.iter().fold(mixed, |hash, lane| {
                (hash ^ round(0, *lane))
                    .wrapping_mul(PRIME_1)
                    .wrapping_add(PRIME_4)
            })
        };
        hash = hash.wrapping_add(self.length);
        avalanche(tail(hash, &self.pending[..self.pending_len]))
    }
}

fn consume(lanes: &mut [u64; 4], stripe: &[u8; STRIPE]) {
    let (words, _) = stripe.as_chunks::<8>();
    for (lane, word) in lanes.iter_mut().zip(words) {
        *lane = round(*lane, u64::from_le_bytes(*word));
    }
}

fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIME_2))
        .rotate_left(31)
        .wrapping_mul(PRIME_1)
}

/// Mixes in the last bytes, fewer than a stripe.
fn tail(mut hash: u64, bytes: &[u8]) -> u64 {
    let (words, mut rest) = bytes.as_chunks::<8>();
    for word in words {
        hash ^= round(0, u64::from_le_bytes(*word));
        hash = hash
            .rotate_left(27)
            .wrapping_mul(PRIME_1)
            .wrapping_add(PRIME_4);
    }
    if let Some((half, last)) = rest.split_first_chunk::<4>() {
        hash ^= u64::from(u32::from_le_bytes(*half)).wrapping_mul(PRIME_1);
        hash = hash
            .rotate_left(23)
            .wrapping_mul(PRIME_2)
            .wrapping_add(PRIME_3);
        rest = last;
    }
    for byte in rest {
        hash ^= u64::from(*byte).wrapping_mul(PRIME_5);
        hash = hash.rotate_left(11).wrapping_mul(PRIME_1);
    }
    hash
}

fn avalanche(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(PRIME_2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(PRIME_3);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_vectors_hold() {
        assert_eq!(Digest::of(b""), 0xEF46_DB37_51D8_E999);
        assert_eq!(Digest::of(b"a"), 0xD24E_C4F1_A98C_6E5B);
        assert_eq!(Digest::of(b"abc"), 0x44BC_2CF5_AD77_0999);
        let pangram = b"The quick brown fox jumps over the lazy dog";
        assert_eq!(Digest::of(pangram), 0x0B24_2D36_1FDA_71BC);
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(bytes: Vec<u8>, cuts in prop::collection::vec(0usize..100, 0..5)) {
            let mut digest = Digest::default();
            let mut rest = &bytes[..];
            for cut in cuts {
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                digest.update(head);
                rest = tail;
            }
            digest.update(rest);
            prop_assert_eq!(digest.finish(), Digest::of(&bytes));
        }

        #[test]
        fn one_flipped_bit_shows(mut bytes in prop::collection::vec(any::<u8>(), 1..200), at: usize) {
            let before = Digest::of(&bytes);
            let bit = at % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_ne!(Digest::of(&bytes), before);
        }
    }
}
