//! The meaning of expressions, written down a second time: over JSON values, with truths as numbers.

use serde_json::Value;

use crate::query::{Arithmetic, Comparison, Expr, Literal, Number, Path, TextFunction, TypeTest};

/// What an expression comes to; `None` is undefined.
pub(super) fn meaning(expr: &Expr<Path>, document: &Value) -> Option<Value> {
    let of = |inner: &Expr<Path>| meaning(inner, document);
    match expr {
        Expr::Literal(literal) => constant(literal),
        Expr::Path(path) => find(path, document),
        Expr::Negate(inner) => number(-of(inner)?.as_f64()?),
        Expr::Not(inner) => truth(2 - degree(of(inner))),
        Expr::All(terms) => truth(terms.iter().map(|term| degree(of(term))).min()?),
        Expr::Any(terms) => truth(terms.iter().map(|term| degree(of(term))).max()?),
        Expr::Compare(how, left, right) => compare(*how, &of(left)?, &of(right)?),
        Expr::Arithmetic(how, left, right) => {
            calculate(*how, of(left)?.as_f64()?, of(right)?.as_f64()?)
        }
        Expr::In(inner, list) => among(&of(inner)?, list).map(Value::Bool),
        Expr::NotIn(inner, list) => among(&of(inner)?, list).map(|found| Value::Bool(!found)),
        Expr::Like(inner, pattern) => {
            let value = of(inner)?;
            let text: Vec<char> = value.as_str()?.chars().collect();
            let pattern = marked(pattern.text(), pattern.escape());
            Some(Value::Bool(like(&text, &pattern)))
        }
        Expr::IsDefined(path) => Some(Value::Bool(find(path, document).is_some())),
        Expr::IsOfType(test, inner) => {
            Some(Value::Bool(of(inner).is_some_and(|value| match test {
                TypeTest::Null => value.is_null(),
                TypeTest::Bool => value.is_boolean(),
                TypeTest::Number => value.is_number(),
                TypeTest::Text => value.is_string(),
                TypeTest::Object => value.is_object(),
                TypeTest::Primitive => !value.is_object() && !value.is_array(),
            })))
        }
        Expr::Text(function, text, part) => {
            let (text, part) = (of(text)?, of(part)?);
            let (text, part) = (text.as_str()?, part.as_str()?);
            Some(Value::Bool(match function {
                TextFunction::StartsWith => text.get(..part.len()) == Some(part),
                TextFunction::EndsWith => {
                    text.len() >= part.len() && text.get(text.len() - part.len()..) == Some(part)
                }
            }))
        }
    }
}

fn find(path: &Path, document: &Value) -> Option<Value> {
    let mut names = path.names().iter();
    names
        .try_fold(document, |value, name| value.as_object()?.get(name))
        .cloned()
}

fn constant(literal: &Literal) -> Option<Value> {
    Some(match literal {
        Literal::Undefined => return None,
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Number(Number::Int(value)) => Value::from(*value),
        Literal::Number(Number::Float(value)) => Value::from(*value),
        Literal::Text(text) => Value::from(text.as_str()),
        Literal::Array(values) => Value::Array(values.iter().filter_map(constant).collect()),
    })
}

/// False is 0, undefined 1, true 2: then `AND` is the minimum and `OR` the maximum.
fn degree(value: Option<Value>) -> u8 {
    match value {
        Some(Value::Bool(false)) => 0,
        Some(Value::Bool(true)) => 2,
        _ => 1,
    }
}

fn truth(degree: u8) -> Option<Value> {
    match degree {
        0 => Some(Value::Bool(false)),
        2 => Some(Value::Bool(true)),
        _ => None,
    }
}

fn number(value: f64) -> Option<Value> {
    value.is_finite().then(|| Value::from(value))
}

fn compare(how: Comparison, left: &Value, right: &Value) -> Option<Value> {
    let (less, equal) = match (left, right) {
        (Value::Null, Value::Null) => (false, true),
        (Value::Bool(left), Value::Bool(right)) => (!left & right, left == right),
        (Value::Number(left), Value::Number(right)) => (
            left.as_f64()? < right.as_f64()?,
            left.as_f64()? == right.as_f64()?,
        ),
        (Value::String(left), Value::String(right)) => (left < right, left == right),
        _ => return None,
    };
    Some(Value::Bool(match how {
        Comparison::Equal => equal,
        Comparison::NotEqual => !equal,
        Comparison::Less => less,
        Comparison::LessOrEqual => less || equal,
        Comparison::Greater => !less && !equal,
        Comparison::GreaterOrEqual => !less,
    }))
}

fn calculate(how: Arithmetic, left: f64, right: f64) -> Option<Value> {
    let whole = |value: f64| (value.fract() == 0.0).then_some(value as i64);
    number(match how {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left % right,
        Arithmetic::BitOr => (whole(left)? | whole(right)?) as f64,
    })
}

fn among(value: &Value, list: &[Literal]) -> Option<bool> {
    if value.is_object() || value.is_array() {
        return None;
    }
    Some(
        list.iter()
            .filter_map(constant)
            .any(|literal| compare(Comparison::Equal, value, &literal) == Some(Value::Bool(true))),
    )
}

/// Each character, and whether it stands for itself.
fn marked(pattern: &str, escape: Option<char>) -> Vec<(char, bool)> {
    let mut chars = pattern.chars();
    let mut out = Vec::new();
    while let Some(char) = chars.next() {
        if Some(char) == escape {
            out.extend(chars.next().map(|char| (char, true)));
        } else {
            out.push((char, !matches!(char, '%' | '_')));
        }
    }
    out
}

fn like(text: &[char], pattern: &[(char, bool)]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, first) => first.is_none(),
        (Some((('%', false), rest)), _) => {
            (0..=text.len()).any(|skipped| like(&text[skipped..], rest))
        }
        (Some((('_', false), rest)), Some((_, text))) => like(text, rest),
        (Some(((wanted, _), rest)), Some((found, text))) => wanted == found && like(text, rest),
        (Some(_), None) => false,
    }
}
