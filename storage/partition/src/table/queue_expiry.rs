//! Rows that name messages by the time at which they expire: `time u64 BE, sequence u64 BE, identity
//! key`. So what is due is found without looking at what is not.

use roost_model::{Identity, Timestamp};

use super::queue::Sequence;
use crate::error::PartitionError;

/// There is nothing to say but the key.
pub(crate) const VALUE: [u8; 1] = [1];

pub(crate) fn tail(expires_at: Timestamp, sequence: Sequence, identity_key: &[u8]) -> Vec<u8> {
    let mut tail = Vec::with_capacity(16 + identity_key.len());
    tail.extend_from_slice(&expires_at.as_millis().to_be_bytes());
    tail.extend_from_slice(&sequence.to_be_bytes());
    tail.extend_from_slice(identity_key);
    tail
}

/// The first tail of what expires at or after a moment.
pub(crate) fn from(at: Timestamp) -> [u8; 8] {
    at.as_millis().to_be_bytes()
}

/// The first tail of what expires after a moment.
pub(crate) fn after(at: Timestamp) -> [u8; 8] {
    at.as_millis().saturating_add(1).to_be_bytes()
}

/// The message that a tail names.
pub(crate) fn parse(tail: &[u8]) -> Result<(Identity, Sequence), PartitionError> {
    let cut_off = || PartitionError::row("queue expiry", "a key is cut off");
    let rest = tail.get(8..).ok_or_else(cut_off)?;
    let (sequence, identity) = rest.split_first_chunk().ok_or_else(cut_off)?;
    let identity = super::identity::parse_key(identity)?;
    Ok((identity, u64::from_be_bytes(*sequence)))
}

#[cfg(test)]
mod tests {
    use roost_model::identity_key;

    use super::*;

    #[test]
    fn what_expires_earlier_comes_first_and_reads_back() {
        let identity: Identity = "dev/mod".parse().unwrap();
        let key = identity_key(&identity);
        let (early, late) = (tail(Timestamp(9), 300, &key), tail(Timestamp(10), 2, &key));
        assert!(early < late);
        assert!(from(Timestamp(10)).as_slice() <= late.as_slice());
        assert!(early.as_slice() < after(Timestamp(9)).as_slice());
        assert!(late.as_slice() >= after(Timestamp(9)).as_slice());
        assert_eq!(parse(&early).unwrap(), (identity, 300));
        assert!(parse(&early[..12]).is_err());
        assert!(parse(&early[..16]).is_err());
    }
}
