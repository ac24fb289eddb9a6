//! Positions in a partition's event stream.

use crate::id::number_type;

number_type! {
    /// The place of an event in its partition: the first is 0, then without gaps. Never reused.
    ///
    /// The text form, decimal, is also the event's offset (`x-opt-offset`): the hub's stream is
    /// addressed by sequence number alone.
    SequenceNumber(u64)
}

impl SequenceNumber {
    /// Where the first event of a partition goes.
    pub const FIRST: Self = Self(0);

    /// The position `count` events further, or `None` past the end of the number space.
    pub fn checked_add(self, count: u64) -> Option<Self> {
        self.0.checked_add(count).map(Self)
    }

    /// The position after this one; stays at the end of the number space.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_text_is_the_decimal_number() {
        assert_eq!(SequenceNumber(42).to_string(), "42");
        assert_eq!("42".parse(), Ok(SequenceNumber(42)));
        assert!("-1".parse::<SequenceNumber>().is_err());
    }

    #[test]
    fn the_end_of_the_number_space_does_not_wrap() {
        assert_eq!(SequenceNumber(u64::MAX).next(), SequenceNumber(u64::MAX));
        assert_eq!(SequenceNumber(u64::MAX).checked_add(1), None);
        assert_eq!(SequenceNumber::FIRST.next(), SequenceNumber(1));
    }
}
