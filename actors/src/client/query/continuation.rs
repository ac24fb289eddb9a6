//! Where a query goes on: a position, so that it means the same to any node and any leader.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bincode::{Decode, Encode};
use ring::digest::{SHA256, digest};
use roost_model::{ErrorCode, codec};
use roost_partition::SortPlace;

use crate::client::HubError;

const VERSION: u8 = 1;
/// Bytes of the checksum over token and query.
const CHECK: usize = 8;

/// What stands in `x-ms-continuation`. It says where to go on and gives no right to anything, so it is
/// checked for being whole and for belonging to the query, not signed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct Continuation {
    /// Rows on the pages before.
    pub(super) delivered: u64,
    pub(super) position: Position,
}

/// Behind a row of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Position {
    /// Of an answer in the order of partitions and keys. No key: before the partition's first.
    Key {
        partition: u16,
        after: Option<Vec<u8>>,
    },
    /// Of an answer that has an order of its own.
    Place(SortPlace),
}

impl Continuation {
    pub(super) fn write(&self, query: &str) -> String {
        let mut bytes = codec::encode(VERSION, self);
        let check = check(&bytes, query);
        bytes.extend_from_slice(&check);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token that was written for the same query.
    pub(super) fn read(token: &str, query: &str) -> Result<Self, HubError> {
        let invalid = || {
            let reason = "the continuation is none of this hub's, or of another query";
            HubError::new(ErrorCode::ArgumentInvalid, reason)
        };
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let (body, found) = bytes
            .len()
            .checked_sub(CHECK)
            .and_then(|at| bytes.split_at_checked(at))
            .ok_or_else(invalid)?;
        if check(body, query) != found {
            return Err(invalid());
        }
        codec::decode(VERSION, body)
            .map(|(_, continuation)| continuation)
            .map_err(|_| invalid())
    }
}

fn check(body: &[u8], query: &str) -> [u8; CHECK] {
    let all = [body, query.as_bytes()].concat();
    let mut check = [0; CHECK];
    check.copy_from_slice(&digest(&SHA256, &all).as_ref()[..CHECK]);
    check
}

#[cfg(test)]
mod tests {
    use roost_model::query::{Number, SortValue};

    use super::*;

    const QUERY: &str = "SELECT * FROM devices";

    fn continuations() -> [Continuation; 2] {
        let key = Position::Key {
            partition: 3,
            after: Some(b"dev".to_vec()),
        };
        let place = Position::Place(SortPlace {
            values: vec![
                SortValue::Text("x".repeat(roost_model::limits::QUERY_ORDER_BYTES)),
                SortValue::Number(Number::Float(0.5)),
            ],
            key: b"dev\0mod".to_vec(),
        });
        [key, place].map(|position| Continuation {
            delivered: 7,
            position,
        })
    }

    #[test]
    fn a_token_reads_back_for_its_query() {
        for continuation in continuations() {
            let token = continuation.write(QUERY);
            assert!(token.bytes().all(|byte| byte.is_ascii_graphic()));
            assert_eq!(Continuation::read(&token, QUERY), Ok(continuation));
        }
    }

    #[test]
    fn a_token_of_another_query_or_with_a_changed_character_is_refused() {
        for continuation in continuations() {
            let token = continuation.write(QUERY);
            assert!(Continuation::read(&token, "SELECT deviceId FROM devices").is_err());
            for at in 0..token.len() {
                let mut changed = token.clone().into_bytes();
                changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).unwrap();
                assert!(Continuation::read(&changed, QUERY).is_err(), "{at}");
            }
        }
        for token in ["", "AAAA", "not a token", "\u{e4}"] {
            let error = Continuation::read(token, QUERY).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ArgumentInvalid, "{token}");
        }
    }
}
