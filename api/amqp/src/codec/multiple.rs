//! Fields that hold any number of symbols [1.4, `multiple`].

use bytes::{BufMut, BytesMut};

use super::code;
use super::decode::Decode;
use super::encode::Encode;
use super::error::DecodeError;
use super::reader::Reader;
use super::symbol::Symbol;
use super::value::{Array, Value};

/// Written as an array, or null when there is none; read from an array or a single symbol.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Symbols(pub Vec<Symbol>);

impl Symbols {
    /// Whether `name` is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|symbol| *symbol == name)
    }
}

impl Encode for Symbols {
    fn encode(&self, out: &mut BytesMut) {
        if self.0.is_empty() {
            return out.put_u8(code::NULL);
        }
        Array::symbols(self.0.iter().cloned()).encode(out);
    }
}

impl Decode for Symbols {
    fn decode(reader: &mut Reader<'_>) -> Result<Symbols, DecodeError> {
        if !matches!(reader.peek()?, code::ARRAY_8 | code::ARRAY_32) {
            return Symbol::decode(reader).map(|symbol| Symbols(vec![symbol]));
        }
        let Value::Array(array) = Value::decode(reader)? else {
            return Err(DecodeError::InvalidValue("array of symbols"));
        };
        array
            .into_elements()
            .into_iter()
            .map(|element| match element {
                Value::Symbol(symbol) => Ok(symbol),
                Value::String(text) => Ok(Symbol::from(text)),
                _ => Err(DecodeError::InvalidValue("array of symbols")),
            })
            .collect::<Result<_, _>>()
            .map(Symbols)
    }
}
