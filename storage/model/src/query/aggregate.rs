//! One value of many rows, in parts that can be put together.

use bincode::{Decode, Encode};

use super::ast::AggregateFunction;
use super::number::Number;
use super::order::SortValue;
use super::value::Value;

/// What an aggregate has seen so far. Parts made from different rows, in whatever order, come to the same
/// (sums of floating-point numbers up to rounding).
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Accumulator {
    Count(u64),
    Sum(Total),
    Avg(Total),
    Min(Option<SortValue>),
    Max(Option<SortValue>),
}

/// A sum that stays exact for whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Encode, Decode)]
pub struct Total {
    whole: i128,
    float: f64,
    /// How many numbers, and how many of them were not whole.
    count: u64,
    floats: u64,
}

impl Accumulator {
    /// Of no rows.
    pub fn new(function: AggregateFunction) -> Self {
        match function {
            AggregateFunction::Count => Self::Count(0),
            AggregateFunction::Sum => Self::Sum(Total::default()),
            AggregateFunction::Avg => Self::Avg(Total::default()),
            AggregateFunction::Min => Self::Min(None),
            AggregateFunction::Max => Self::Max(None),
        }
    }

    /// Counts rows without looking at them.
    pub fn add_rows(&mut self, rows: u64) {
        if let Self::Count(count) = self {
            *count += rows;
        }
    }

    /// Takes a row's value into account. Values that the function has no meaning for are passed over.
    pub fn add(&mut self, value: &Value<'_>) {
        match self {
            Self::Count(count) => *count += u64::from(value.is_defined()),
            Self::Sum(total) | Self::Avg(total) => {
                if let Value::Number(number) = value {
                    total.add(*number);
                }
            }
            Self::Min(least) => {
                if value.is_primitive() && least.as_ref().is_none_or(|least| is_below(value, least))
                {
                    *least = Some(SortValue::whole(value));
                }
            }
            Self::Max(most) => {
                if value.is_primitive() && most.as_ref().is_none_or(|most| is_above(value, most)) {
                    *most = Some(SortValue::whole(value));
                }
            }
        }
    }

    /// Puts another part of the same aggregate to this one; another kind changes nothing.
    pub fn merge(&mut self, part: Self) {
        match (self, part) {
            (Self::Count(count), Self::Count(more)) => *count += more,
            (Self::Sum(total), Self::Sum(more)) | (Self::Avg(total), Self::Avg(more)) => {
                total.merge(more);
            }
            (Self::Min(least), Self::Min(Some(other)))
                if least.as_ref().is_none_or(|least| other < *least) =>
            {
                *least = Some(other);
            }
            (Self::Max(most), Self::Max(Some(other)))
                if most.as_ref().is_none_or(|most| other > *most) =>
            {
                *most = Some(other);
            }
            _ => {}
        }
    }

    /// What it comes to; undefined for a sum, mean, minimum or maximum of nothing.
    pub fn finish(&self) -> SortValue {
        match self {
            Self::Count(count) => whole(i128::from(*count)),
            Self::Sum(total) => total.sum(),
            Self::Avg(total) => total.mean(),
            Self::Min(value) | Self::Max(value) => value.clone().unwrap_or(SortValue::Undefined),
        }
    }
}

impl Total {
    fn add(&mut self, number: Number) {
        self.count += 1;
        match number {
            Number::Int(value) => self.whole += i128::from(value),
            Number::Float(value) => {
                self.float += value;
                self.floats += 1;
            }
        }
    }

    fn merge(&mut self, part: Self) {
        self.whole += part.whole;
        self.float += part.float;
        self.count += part.count;
        self.floats += part.floats;
    }

    fn sum(&self) -> SortValue {
        match (self.count, self.floats) {
            (0, _) => SortValue::Undefined,
            (_, 0) => whole(self.whole),
            _ => float(self.whole as f64 + self.float),
        }
    }

    fn mean(&self) -> SortValue {
        let count = i128::from(self.count);
        match (self.count, self.floats) {
            (0, _) => SortValue::Undefined,
            (_, 0) if self.whole % count == 0 => whole(self.whole / count),
            _ => float((self.whole as f64 + self.float) / self.count as f64),
        }
    }
}

/// Against the whole text, not only what counts in an order.
fn is_below(value: &Value<'_>, least: &SortValue) -> bool {
    match (value, least) {
        (Value::Text(text), SortValue::Text(least)) => text.as_ref() < least.as_str(),
        _ => least.compare(value).is_gt(),
    }
}

fn is_above(value: &Value<'_>, most: &SortValue) -> bool {
    match (value, most) {
        (Value::Text(text), SortValue::Text(most)) => text.as_ref() > most.as_str(),
        _ => most.compare(value).is_lt(),
    }
}

fn whole(value: i128) -> SortValue {
    match i64::try_from(value) {
        Ok(value) => SortValue::Number(Number::Int(value)),
        Err(_) => float(value as f64),
    }
}

fn float(value: f64) -> SortValue {
    Number::from_f64(value).map_or(SortValue::Undefined, SortValue::Number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INT: fn(i64) -> Number = Number::Int;

    fn of(function: AggregateFunction, values: &[Value<'_>]) -> SortValue {
        let mut accumulator = Accumulator::new(function);
        values.iter().for_each(|value| accumulator.add(value));
        accumulator.finish()
    }

    fn number(number: Number) -> SortValue {
        SortValue::Number(number)
    }

    #[test]
    fn aggregates_pass_over_what_they_have_no_meaning_for() {
        let values = [
            Value::Number(INT(4)),
            Value::Text("x".into()),
            Value::Undefined,
            Value::Number(INT(7)),
            Value::Object,
        ];
        assert_eq!(of(AggregateFunction::Count, &values), number(INT(4)));
        assert_eq!(of(AggregateFunction::Sum, &values), number(INT(11)));
        assert_eq!(
            of(AggregateFunction::Avg, &values),
            number(Number::Float(5.5))
        );
        assert_eq!(of(AggregateFunction::Min, &values), number(INT(4)));
        assert_eq!(
            of(AggregateFunction::Max, &values),
            SortValue::Text("x".into())
        );
    }

    #[test]
    fn of_nothing_only_the_count_is_defined() {
        assert_eq!(of(AggregateFunction::Count, &[]), number(INT(0)));
        for function in [
            AggregateFunction::Sum,
            AggregateFunction::Avg,
            AggregateFunction::Min,
            AggregateFunction::Max,
        ] {
            assert!(
                !of(function, &[Value::Undefined]).is_defined(),
                "{function:?}"
            );
        }
    }

    #[test]
    fn a_sum_of_whole_numbers_is_exact() {
        let values = [
            Value::Number(INT(i64::MAX)),
            Value::Number(INT(i64::MAX)),
            Value::Number(INT(-i64::MAX)),
        ];
        assert_eq!(of(AggregateFunction::Sum, &values), number(INT(i64::MAX)));
    }

    proptest! {
        #[test]
        fn parts_come_to_what_the_whole_comes_to(
            values in prop::collection::vec(-9i64..9, 0..12),
            cut in 0usize..12,
        ) {
            let values: Vec<_> = values.into_iter().map(|value| Value::Number(INT(value))).collect();
            let (left, right) = values.split_at(cut.min(values.len()));
            for function in AggregateFunction::ALL {
                let part = |values: &[Value<'_>]| {
                    let mut accumulator = Accumulator::new(function);
                    values.iter().for_each(|value| accumulator.add(value));
                    accumulator
                };
                let mut merged = part(right);
                merged.merge(part(left));
                prop_assert_eq!(merged, part(&values));
            }
        }
    }
}
