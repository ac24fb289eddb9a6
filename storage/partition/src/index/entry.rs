//! Rows of indexes.

use roost_engine::View;
use roost_model::TwinRef;
use roost_model::query::{Literal, Number};
use roost_model::twin::ValueRef;

use super::path::IndexPath;
use crate::digest::Digest;
use crate::error::PartitionError;
use crate::table::INDEX;
use crate::table::prefix::Prefix;

const TAG: u8 = 1;
/// Tag, index, digest.
const PREFIX_LEN: usize = 1 + 4 + 8;

/// The tail at which an index's rows begin.
pub(crate) fn prefix_of_index(id: u32) -> Vec<u8> {
    let mut prefix = vec![TAG];
    prefix.extend_from_slice(&id.to_be_bytes());
    prefix
}

/// The tail of the row that a twin has in an index; `None` if it has none: no primitive stands there.
pub(crate) fn entry_of(
    id: u32,
    path: &IndexPath,
    twin: &TwinRef<'_>,
    identity_key: &[u8],
) -> Option<Vec<u8>> {
    let digest = match path.value(twin)? {
        ValueRef::Null => digest(0, &[]),
        ValueRef::Bool(value) => digest(1, &[u8::from(value)]),
        ValueRef::Integer(value) => of_number(Number::Int(value)),
        ValueRef::Double(value) => of_number(Number::Float(value)),
        ValueRef::Text(text) => digest(3, text.as_bytes()),
        ValueRef::Array(_) | ValueRef::Object(_) => return None,
    };
    let mut tail = with_digest(id, digest);
    tail.extend_from_slice(identity_key);
    Some(tail)
}

/// What the tails of rows begin with whose value may equal a constant.
pub(crate) fn prefix_of_literal(id: u32, literal: &Literal) -> Option<Vec<u8>> {
    let digest = match literal {
        Literal::Null => digest(0, &[]),
        Literal::Bool(value) => digest(1, &[u8::from(*value)]),
        Literal::Number(number) => of_number(*number),
        Literal::Text(text) => digest(3, text.as_bytes()),
        Literal::Undefined | Literal::Array(_) => return None,
    };
    Some(with_digest(id, digest))
}

/// The first tail behind all that begin with a prefix.
pub(crate) fn end_of(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    end
}

/// The identity key in the tail of a row.
pub(crate) fn identity_key(tail: &[u8]) -> Option<&[u8]> {
    tail.get(PREFIX_LEN..)
}

/// How many rows begin with one of these; counts to `limit` and no further.
pub(crate) fn count(
    view: &View,
    at: Prefix,
    prefixes: &[Vec<u8>],
    limit: usize,
) -> Result<usize, PartitionError> {
    let mut count = 0;
    for prefix in prefixes {
        let (from, to) = (at.key(prefix), at.key(&end_of(prefix)));
        view.walk(&[(INDEX, &from, &to)], |mut cursors| {
            for rows in &mut cursors {
                while count < limit && rows.key().is_some() {
                    count += 1;
                    rows.advance();
                }
                rows.check()?;
            }
            Ok::<_, PartitionError>(())
        })?;
    }
    Ok(count)
}

/// Numbers that compare as equal have equal digests.
fn of_number(number: Number) -> u64 {
    // Zero has a sign that does not count.
    digest(2, &(number.as_f64() + 0.0).to_bits().to_be_bytes())
}

fn digest(kind: u8, bytes: &[u8]) -> u64 {
    let mut digest = Digest::default();
    digest.update(&[kind]);
    digest.update(bytes);
    digest.finish()
}

fn with_digest(id: u32, digest: u64) -> Vec<u8> {
    let mut tail = prefix_of_index(id);
    tail.extend_from_slice(&digest.to_be_bytes());
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_of_a_row_is_pinned() {
        let prefix = prefix_of_literal(7, &Literal::Text("x".into())).unwrap();
        assert_eq!(prefix.len(), PREFIX_LEN);
        assert_eq!(prefix[..5], [1, 0, 0, 0, 7]);
        assert_eq!(prefix[5..], digest(3, b"x").to_be_bytes());
        assert_eq!(
            identity_key(&[&prefix[..], b"dev"].concat()),
            Some(&b"dev"[..])
        );
    }

    #[test]
    fn equal_numbers_have_equal_digests() {
        assert_eq!(of_number(Number::Int(2)), of_number(Number::Float(2.0)));
        assert_eq!(of_number(Number::Int(0)), of_number(Number::Float(-0.0)));
        assert_ne!(of_number(Number::Int(2)), of_number(Number::Int(3)));
    }

    #[test]
    fn the_end_of_a_prefix_is_behind_all_that_begins_with_it() {
        assert_eq!(end_of(&[1, 2]), [1, 3]);
        assert_eq!(end_of(&[1, 0xff, 0xff]), [2]);
    }
}
