//! Where a reader of a partition wants to begin: the filter of its source.
//!
//! ```text
//! apache.org:selector-filter:string → amqp.annotation.x-opt-offset > '-1'
//!                                     amqp.annotation.x-opt-sequence-number >= '5'
//!                                     amqp.annotation.x-opt-enqueued-time > '1700000000000'
//! ```
//!
//! Source: `reference/wire.md` §7.3.

use roost_actors::client::ReadFrom;
use roost_model::{SequenceNumber, Timestamp};

use crate::codec::{Map, Value};

/// Why a filter is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the filter must be amqp.annotation.x-opt-offset, x-opt-sequence-number or \
         x-opt-enqueued-time, > or >=, and a value"
)]
pub(crate) struct InvalidSelector;

const KEY: &str = "apache.org:selector-filter:string";
const ANNOTATION: &str = "amqp.annotation.";

/// Where to begin; at the oldest event without a filter.
///
/// # Errors
/// [`InvalidSelector`]
pub(crate) fn start(filter: Option<&Map>) -> Result<ReadFrom, InvalidSelector> {
    let Some(value) = filter.and_then(|filter| filter.get(KEY)) else {
        return Ok(ReadFrom::Earliest);
    };
    let text = match value {
        Value::Described(described) => described.value.as_text(),
        value => value.as_text(),
    };
    parse(text.ok_or(InvalidSelector)?)
}

fn parse(text: &str) -> Result<ReadFrom, InvalidSelector> {
    let rest = text
        .trim()
        .strip_prefix(ANNOTATION)
        .ok_or(InvalidSelector)?;
    let (name, rest) = rest.split_once('>').ok_or(InvalidSelector)?;
    let (inclusive, value) = match rest.strip_prefix('=') {
        Some(value) => (true, value),
        None => (false, rest),
    };
    let value = value.trim().trim_matches('\'');
    match name.trim() {
        "x-opt-offset" if value == "@latest" => Ok(ReadFrom::Latest),
        "x-opt-offset" | "x-opt-sequence-number" => sequence(value, inclusive),
        "x-opt-enqueued-time" | "x-opt-enqueuedtimeutc" => time(value, inclusive),
        _ => Err(InvalidSelector),
    }
}

fn sequence(value: &str, inclusive: bool) -> Result<ReadFrom, InvalidSelector> {
    let number: i64 = value.parse().map_err(|_| InvalidSelector)?;
    let Ok(number) = u64::try_from(number) else {
        return Ok(ReadFrom::Earliest);
    };
    let number = SequenceNumber(number);
    Ok(if inclusive {
        ReadFrom::Sequence(number)
    } else {
        ReadFrom::After(number)
    })
}

fn time(value: &str, inclusive: bool) -> Result<ReadFrom, InvalidSelector> {
    let milliseconds: i64 = value.parse().map_err(|_| InvalidSelector)?;
    let milliseconds = u64::try_from(milliseconds).unwrap_or(0);
    let after = milliseconds.saturating_sub(u64::from(inclusive));
    Ok(ReadFrom::EnqueuedAfter(Timestamp(after)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codec::{Described, Symbol};

    #[test]
    fn every_form_that_clients_write_is_understood() {
        for (text, from) in [
            ("amqp.annotation.x-opt-offset > '-1'", ReadFrom::Earliest),
            ("amqp.annotation.x-opt-offset > '@latest'", ReadFrom::Latest),
            (
                "amqp.annotation.x-opt-offset > '5'",
                ReadFrom::After(SequenceNumber(5)),
            ),
            (
                "amqp.annotation.x-opt-offset >= '5'",
                ReadFrom::Sequence(SequenceNumber(5)),
            ),
            (
                "amqp.annotation.x-opt-sequence-number > '5'",
                ReadFrom::After(SequenceNumber(5)),
            ),
            (
                "amqp.annotation.x-opt-enqueued-time > '1700000000000'",
                ReadFrom::EnqueuedAfter(Timestamp(1_700_000_000_000)),
            ),
            (
                "amqp.annotation.x-opt-enqueuedtimeutc > 1700000000000",
                ReadFrom::EnqueuedAfter(Timestamp(1_700_000_000_000)),
            ),
        ] {
            assert_eq!(parse(text), Ok(from), "{text}");
        }
    }

    #[test]
    fn a_filter_comes_described_and_without_one_all_is_read() {
        let described = Described {
            descriptor: Value::Symbol(Symbol::constant(KEY)),
            value: "amqp.annotation.x-opt-offset > '@latest'".into(),
        };
        let filter = Map::new().symbol(KEY, described);
        assert_eq!(start(Some(&filter)), Ok(ReadFrom::Latest));
        assert_eq!(start(None), Ok(ReadFrom::Earliest));
        let wrong = Map::new().symbol(KEY, 5_i32);
        assert_eq!(start(Some(&wrong)), Err(InvalidSelector));
    }

    proptest! {
        #[test]
        fn no_filter_makes_it_panic(text in "(amqp.annotation.|x-opt-offset|[>=' 0-9@-])*") {
            let _ = parse(&text);
        }
    }
}
