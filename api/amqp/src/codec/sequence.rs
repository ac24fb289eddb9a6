//! Numbers that wrap around [2.8.10].

use bytes::BytesMut;

use super::decode::Decode;
use super::encode::Encode;
use super::error::DecodeError;
use super::reader::Reader;

/// A serial number in the sense of RFC 1982: delivery ids, transfer ids and delivery counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SequenceNo(pub u32);

impl SequenceNo {
    /// `steps` further on.
    #[must_use]
    pub fn plus(self, steps: u32) -> SequenceNo {
        SequenceNo(self.0.wrapping_add(steps))
    }

    /// Steps from `earlier` to here; negative when `earlier` is in fact later.
    pub fn since(self, earlier: SequenceNo) -> i32 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }

    /// Steps from `earlier` to here, none when `earlier` is in fact later.
    pub fn ahead_of(self, earlier: SequenceNo) -> u32 {
        u32::try_from(self.since(earlier)).unwrap_or(0)
    }
}

impl Encode for SequenceNo {
    fn encode(&self, out: &mut BytesMut) {
        self.0.encode(out);
    }
}

impl Decode for SequenceNo {
    fn decode(reader: &mut Reader<'_>) -> Result<SequenceNo, DecodeError> {
        u32::decode(reader).map(SequenceNo)
    }
}
