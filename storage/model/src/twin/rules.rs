//! What may stand in a twin.
//!
//! Source: IoT Hub developer guide, "Understand and use device twins", tags and properties format.

use thiserror::Error;

use super::value::{Object, Value};
use crate::limits::{Limits, MAX_TWIN_INTEGER, MIN_TWIN_INTEGER};

/// Why an object can't be part of a twin. Paths name the keys from the section's root on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TwinViolation {
    #[error("a key below `{path}` is longer than {limit} bytes")]
    KeyTooLong { path: String, limit: usize },
    #[error(
        "the key `{path}` is empty or holds a control character, a space, `.` or `$`, which no key may"
    )]
    InvalidKey { path: String },
    #[error("the value of `{path}` is longer than {limit} bytes")]
    ValueTooLong { path: String, limit: usize },
    #[error("`{path}` is nested deeper than {limit} objects")]
    TooDeep { path: String, limit: usize },
    #[error("`{path}` is an integer outside of {MIN_TWIN_INTEGER} to {MAX_TWIN_INTEGER}")]
    IntegerOutOfRange { path: String },
    #[error("the array `{path}` holds null, which no array may")]
    NullInArray { path: String },
}

/// Checks everything that does not depend on what the twin holds already; names the first offence.
pub(super) fn check(object: &Object, limits: &Limits) -> Result<(), TwinViolation> {
    Rules {
        limits,
        path: Vec::new(),
    }
    .entries(object, 0)
}

struct Rules<'a> {
    limits: &'a Limits,
    path: Vec<&'a str>,
}

impl<'a> Rules<'a> {
    fn path(&self) -> String {
        self.path.join(".")
    }

    fn entries(&mut self, object: &'a Object, depth: usize) -> Result<(), TwinViolation> {
        for (key, value) in &object.0 {
            let limit = self.limits.max_twin_key_bytes;
            if key.len() > limit {
                let path = self.path();
                return Err(TwinViolation::KeyTooLong { path, limit });
            }
            self.path.push(key);
            if key.is_empty() || key.chars().any(is_forbidden) {
                return Err(TwinViolation::InvalidKey { path: self.path() });
            }
            if let Value::Array(elements) = value {
                self.array(elements, depth)?;
            } else {
                self.value(value, depth)?;
            }
            self.path.pop();
        }
        Ok(())
    }

    /// An array that is a property's value: a leaf, so that it has a size of its own.
    fn array(&mut self, elements: &'a [Value], depth: usize) -> Result<(), TwinViolation> {
        let limit = self.limits.max_twin_value_bytes;
        if elements.iter().map(bytes).sum::<usize>() > limit {
            let path = self.path();
            return Err(TwinViolation::ValueTooLong { path, limit });
        }
        self.elements(elements, depth)
    }

    fn elements(&mut self, elements: &'a [Value], depth: usize) -> Result<(), TwinViolation> {
        for element in elements {
            match element {
                Value::Null => return Err(TwinViolation::NullInArray { path: self.path() }),
                Value::Array(elements) => {
                    self.descend(depth)?;
                    self.elements(elements, depth + 1)?;
                }
                Value::Object(object) if has_null(object) => {
                    return Err(TwinViolation::NullInArray { path: self.path() });
                }
                value => self.value(value, depth)?,
            }
        }
        Ok(())
    }

    fn value(&mut self, value: &'a Value, depth: usize) -> Result<(), TwinViolation> {
        match value {
            Value::Integer(number) if !(MIN_TWIN_INTEGER..=MAX_TWIN_INTEGER).contains(number) => {
                Err(TwinViolation::IntegerOutOfRange { path: self.path() })
            }
            Value::Text(text) if text.len() > self.limits.max_twin_value_bytes => {
                Err(TwinViolation::ValueTooLong {
                    path: self.path(),
                    limit: self.limits.max_twin_value_bytes,
                })
            }
            Value::Object(object) => {
                self.descend(depth)?;
                self.entries(object, depth + 1)
            }
            _ => Ok(()),
        }
    }

    fn descend(&self, depth: usize) -> Result<(), TwinViolation> {
        let limit = self.limits.max_twin_depth;
        if depth < limit {
            Ok(())
        } else {
            let path = self.path();
            Err(TwinViolation::TooDeep { path, limit })
        }
    }
}

/// C0 and C1 control characters, and what paths are made of.
fn is_forbidden(char: char) -> bool {
    char.is_control() || matches!(char, '.' | '$' | ' ')
}

fn has_null(object: &Object) -> bool {
    object.0.values().any(|value| match value {
        Value::Null => true,
        Value::Object(inner) => has_null(inner),
        _ => false,
    })
}

/// The size of an array's element: bytes of keys and texts, 8 for a number, 4 for a boolean.
fn bytes(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 4,
        Value::Integer(_) | Value::Double(_) => 8,
        Value::Text(text) => text.len(),
        Value::Array(elements) => elements.iter().map(bytes).sum(),
        Value::Object(object) => object
            .0
            .iter()
            .map(|(key, value)| key.len() + bytes(value))
            .sum(),
    }
}

#[cfg(test)]
mod tests;
