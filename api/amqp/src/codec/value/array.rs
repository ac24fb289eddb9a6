//! Arrays: values of one type [1.6.24].

use thiserror::Error;

use super::Value;
use crate::codec::symbol::Symbol;

/// Values that share one constructor.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Array(Vec<Value>);

/// Elements of an array have different types, or one that an array cannot have here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an array holds values of one type, and neither null nor described ones")]
pub struct MixedArray;

impl Array {
    /// An array of values of one type.
    ///
    /// # Errors
    ///
    /// The types differ, or the elements are null or described.
    pub fn new(elements: Vec<Value>) -> Result<Array, MixedArray> {
        let Some(first) = elements.first() else {
            return Ok(Array(elements));
        };
        let kind = std::mem::discriminant(first);
        let fits = !matches!(first, Value::Null | Value::Described(_))
            && elements
                .iter()
                .all(|element| std::mem::discriminant(element) == kind);
        if fits {
            Ok(Array(elements))
        } else {
            Err(MixedArray)
        }
    }

    /// An array of symbols.
    pub fn symbols(symbols: impl IntoIterator<Item = Symbol>) -> Array {
        Array(symbols.into_iter().map(Value::Symbol).collect())
    }

    /// An array of strings.
    pub fn strings(strings: impl IntoIterator<Item = String>) -> Array {
        Array(strings.into_iter().map(Value::String).collect())
    }

    /// What it holds.
    pub fn elements(&self) -> &[Value] {
        &self.0
    }

    /// What it holds.
    pub fn into_elements(self) -> Vec<Value> {
        self.0
    }
}
