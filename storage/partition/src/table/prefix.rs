//! What every key of one copy of a group's data begins with.

use roost_engine::GroupId;

/// `group u32 BE, copy u32 BE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefix {
    bytes: [u8; Prefix::LEN],
}

impl Prefix {
    pub(crate) const LEN: usize = 8;

    pub(crate) fn new(group: GroupId, copy: u32) -> Self {
        let number = u64::from(group.0) << 32 | u64::from(copy);
        Self {
            bytes: number.to_be_bytes(),
        }
    }

    /// The first key of this copy.
    pub(crate) fn start(&self) -> [u8; Self::LEN] {
        self.bytes
    }

    /// The first key past this copy.
    pub(crate) fn end(&self) -> [u8; Self::LEN] {
        u64::from_be_bytes(self.bytes)
            .saturating_add(1)
            .to_be_bytes()
    }

    pub(crate) fn key(&self, tail: &[u8]) -> Vec<u8> {
        let mut key = Vec::with_capacity(Self::LEN + tail.len());
        key.extend_from_slice(&self.bytes);
        key.extend_from_slice(tail);
        key
    }

    /// What follows the prefix in a key of this copy.
    pub(crate) fn tail<'k>(&self, key: &'k [u8]) -> &'k [u8] {
        key.strip_prefix(&self.bytes).unwrap_or_default()
    }
}

/// The first key past all copies of a group; the group's keys begin at copy 0. It is the next group's
/// bare number, not its copy 0: that group's pointer has no more to its key, and stands before.
pub(crate) fn group_end(group: GroupId) -> [u8; 4] {
    group.0.saturating_add(1).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_groups_do_not_overlap() {
        let (first, second) = (Prefix::new(GroupId(7), 0), Prefix::new(GroupId(7), 1));
        assert_eq!(first.end(), second.start());
        let end = group_end(GroupId(7));
        assert!(Prefix::new(GroupId(7), u32::MAX).key(&[0xff; 40])[..] < end[..]);
        assert!(
            end[..] <= GroupId(8).0.to_be_bytes()[..],
            "the next group's pointer"
        );
        assert!(first.key(&[0xff; 40]).as_slice() < second.start().as_slice());
    }

    #[test]
    fn a_tail_reads_back_from_its_key() {
        let prefix = Prefix::new(GroupId(1), 2);
        assert_eq!(
            prefix.key(b"dev"),
            [0, 0, 0, 1, 0, 0, 0, 2, b'd', b'e', b'v']
        );
        assert_eq!(prefix.tail(&prefix.key(b"dev")), b"dev");
        assert_eq!(prefix.tail(b"foreign"), b"");
    }
}
