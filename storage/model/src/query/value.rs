//! What expressions come to.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::ast::{Comparison, Literal, TypeTest};
use super::number::Number;

/// A value. Of objects and arrays only that they are: they can't be compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'v> {
    /// Nothing there, or an operation that means nothing.
    Undefined,
    /// JSON's null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Cow<'v, str>),
    /// A list.
    Array,
    /// An object.
    Object,
}

impl<'v> Value<'v> {
    pub(super) fn of(literal: &'v Literal) -> Self {
        match literal {
            Literal::Undefined => Self::Undefined,
            Literal::Null => Self::Null,
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Number(number) => Self::Number(*number),
            Literal::Text(text) => Self::Text(Cow::Borrowed(text)),
            Literal::Array(_) => Self::Array,
        }
    }

    pub(super) fn truth(value: Option<bool>) -> Self {
        value.map_or(Self::Undefined, Self::Bool)
    }

    /// The boolean that this is, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number that this is, if it is one.
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is anything at all.
    pub fn is_defined(&self) -> bool {
        *self != Self::Undefined
    }

    /// Null, boolean, number or text.
    pub fn is_primitive(&self) -> bool {
        !matches!(self, Self::Undefined | Self::Array | Self::Object)
    }

    /// The order of two primitives of one type; of anything else there is none.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Null, Self::Null) => Some(Ordering::Equal),
            (Self::Bool(one), Self::Bool(two)) => Some(one.cmp(two)),
            (Self::Number(one), Self::Number(two)) => Some(one.compare(*two)),
            (Self::Text(one), Self::Text(two)) => Some(one.cmp(two)),
            _ => None,
        }
    }

    pub(super) fn is_of_type(&self, test: TypeTest) -> bool {
        match test {
            TypeTest::Null => *self == Self::Null,
            TypeTest::Bool => matches!(self, Self::Bool(_)),
            TypeTest::Number => matches!(self, Self::Number(_)),
            TypeTest::Text => matches!(self, Self::Text(_)),
            TypeTest::Object => *self == Self::Object,
            TypeTest::Primitive => self.is_primitive(),
        }
    }
}

impl Comparison {
    pub(super) fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}
