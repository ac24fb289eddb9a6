//! Symbols: names from a small set, in ASCII [1.6.21].

use std::borrow::Cow;
use std::fmt;

use bytes::BytesMut;

use super::code;
use super::decode::Decode;
use super::encode::{self, Encode};
use super::error::DecodeError;
use super::reader::Reader;

/// A symbol. One that the program knows takes no memory of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Symbol(Cow<'static, str>);

impl Symbol {
    /// A symbol of the program.
    pub const fn constant(text: &'static str) -> Symbol {
        Symbol(Cow::Borrowed(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for Symbol {
    fn from(text: &'static str) -> Symbol {
        Symbol::constant(text)
    }
}

impl From<String> for Symbol {
    fn from(text: String) -> Symbol {
        Symbol(Cow::Owned(text))
    }
}

impl PartialEq<str> for Symbol {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Symbol {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Encode for Symbol {
    fn encode(&self, out: &mut BytesMut) {
        encode::variable(out, code::SYMBOL_8, self.0.as_bytes());
    }
}

/// Takes strings too: clients mix the two up where the standard wants a symbol.
impl Decode for Symbol {
    fn decode(reader: &mut Reader<'_>) -> Result<Symbol, DecodeError> {
        super::primitive::text(reader, "symbol").map(Symbol::from)
    }
}
