//! What an expression comes to on a row.
//!
//! Three truths: an operation on values that it has no meaning for is undefined, and so is what depends
//! on it. `AND` is false as soon as one side is, `OR` true as soon as one side is; what is no boolean
//! counts as undefined there. Whoever asks keeps a row for exactly *true*.
//!
//! Source: IoT Hub developer guide, query language, "Expressions and conditions".

use super::ast::{Arithmetic, Expr, Literal, TextFunction};
use super::number::Number;
use super::value::Value;

/// Evaluates an expression; `look` gives the value at a path. Stops at the first term that decides.
pub(super) fn eval<'v, P>(expr: &'v Expr<P>, look: &impl Fn(&P) -> Value<'v>) -> Value<'v> {
    match expr {
        Expr::Literal(literal) => Value::of(literal),
        Expr::Path(path) => look(path),
        Expr::Negate(inner) => number(eval(inner, look).as_number().and_then(Number::negate)),
        Expr::Not(inner) => Value::truth(eval(inner, look).as_bool().map(|value| !value)),
        Expr::All(terms) => decide(terms, false, look),
        Expr::Any(terms) => decide(terms, true, look),
        Expr::Compare(how, left, right) => {
            let order = eval(left, look).compare(&eval(right, look));
            Value::truth(order.map(|order| how.holds(order)))
        }
        Expr::Arithmetic(how, left, right) => {
            let numbers = eval(left, look)
                .as_number()
                .zip(eval(right, look).as_number());
            number(numbers.and_then(|(left, right)| how.of(left, right)))
        }
        Expr::In(inner, list) => Value::truth(is_in(&eval(inner, look), list)),
        Expr::NotIn(inner, list) => {
            Value::truth(is_in(&eval(inner, look), list).map(|found| !found))
        }
        Expr::Like(inner, pattern) => {
            let value = eval(inner, look);
            Value::truth(value.as_text().map(|text| pattern.matches(text)))
        }
        Expr::IsDefined(path) => Value::Bool(look(path).is_defined()),
        Expr::IsOfType(test, inner) => Value::Bool(eval(inner, look).is_of_type(*test)),
        Expr::Text(function, left, right) => {
            let (left, right) = (eval(left, look), eval(right, look));
            let texts = left.as_text().zip(right.as_text());
            Value::truth(texts.map(|(text, part)| function.holds(text, part)))
        }
    }
}

/// `decisive` if one term is that; undefined if one is no boolean; else the opposite.
fn decide<'v, P>(
    terms: &'v [Expr<P>],
    decisive: bool,
    look: &impl Fn(&P) -> Value<'v>,
) -> Value<'v> {
    let mut decided = Value::Bool(!decisive);
    for term in terms {
        match eval(term, look).as_bool() {
            Some(value) if value == decisive => return Value::Bool(decisive),
            Some(_) => {}
            None => decided = Value::Undefined,
        }
    }
    decided
}

/// Whether a primitive equals one of a list; of anything else that is undefined.
fn is_in(value: &Value<'_>, list: &[Literal]) -> Option<bool> {
    value.is_primitive().then(|| {
        list.iter().any(|literal| {
            value
                .compare(&Value::of(literal))
                .is_some_and(std::cmp::Ordering::is_eq)
        })
    })
}

fn number<'v>(number: Option<Number>) -> Value<'v> {
    number.map_or(Value::Undefined, Value::Number)
}

impl Arithmetic {
    fn of(self, left: Number, right: Number) -> Option<Number> {
        match self {
            Self::Add => left.add(right),
            Self::Subtract => left.subtract(right),
            Self::Multiply => left.multiply(right),
            Self::Divide => left.divide(right),
            Self::Remainder => left.remainder(right),
            Self::BitOr => left.bit_or(right),
        }
    }
}

impl TextFunction {
    fn holds(self, text: &str, part: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(part),
            Self::EndsWith => text.ends_with(part),
        }
    }
}
