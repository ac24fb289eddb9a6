//! Numbers of twins and queries: whole ones and others, compared by what they are worth.

use std::cmp::Ordering;
use std::fmt;

use bincode::{Decode, Encode};

/// A number. Equality of the type is that of its form (`1` is not `1.0`); what queries compare is
/// [`Number::compare`].
#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode)]
pub enum Number {
    /// A whole number.
    Int(i64),
    /// Any other; always finite.
    Float(f64),
}

impl Number {
    /// `None` for what is not finite.
    pub fn from_f64(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self::Float(value))
    }

    /// The nearest floating-point number.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// The whole number that this is, if it is one.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value),
            // The upper end, 2^63, is not an i64.
            Self::Float(value)
                if value.fract() == 0.0 && (-(2f64.powi(63))..2f64.powi(63)).contains(&value) =>
            {
                Some(value as i64)
            }
            Self::Float(_) => None,
        }
    }

    /// By worth, exactly: no whole number is rounded for it.
    pub fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(one), Self::Int(two)) => one.cmp(&two),
            (Self::Float(one), Self::Float(two)) => {
                one.partial_cmp(&two).unwrap_or(Ordering::Equal)
            }
            (Self::Int(one), Self::Float(two)) => compare_mixed(one, two),
            (Self::Float(one), Self::Int(two)) => compare_mixed(two, one).reverse(),
        }
    }

    pub(super) fn add(self, other: Self) -> Option<Self> {
        self.combine(other, i64::checked_add, |one, two| one + two)
    }

    pub(super) fn subtract(self, other: Self) -> Option<Self> {
        self.combine(other, i64::checked_sub, |one, two| one - two)
    }

    pub(super) fn multiply(self, other: Self) -> Option<Self> {
        self.combine(other, i64::checked_mul, |one, two| one * two)
    }

    /// Whole where it comes out whole. `None` for a division by zero.
    pub(super) fn divide(self, other: Self) -> Option<Self> {
        let exact = |one: i64, two: i64| {
            (one.checked_rem(two)? == 0)
                .then(|| one.checked_div(two))
                .flatten()
        };
        self.combine(other, exact, |one, two| one / two)
    }

    /// With the sign of the dividend. `None` for a division by zero.
    pub(super) fn remainder(self, other: Self) -> Option<Self> {
        self.combine(other, i64::checked_rem, |one, two| one % two)
    }

    /// Of whole numbers only.
    pub(super) fn bit_or(self, other: Self) -> Option<Self> {
        Some(Self::Int(self.as_i64()? | other.as_i64()?))
    }

    pub(super) fn negate(self) -> Option<Self> {
        match self {
            Self::Int(value) => value
                .checked_neg()
                .map(Self::Int)
                .or_else(|| Self::from_f64(-self.as_f64())),
            Self::Float(value) => Some(Self::Float(-value)),
        }
    }

    /// With whole numbers while they fit, else with floating-point ones.
    fn combine(
        self,
        other: Self,
        whole: impl Fn(i64, i64) -> Option<i64>,
        float: impl Fn(f64, f64) -> f64,
    ) -> Option<Self> {
        let exact = match (self, other) {
            (Self::Int(one), Self::Int(two)) => whole(one, two),
            _ => None,
        };
        exact
            .map(Self::Int)
            .or_else(|| Self::from_f64(float(self.as_f64(), other.as_f64())))
    }
}

fn compare_mixed(whole: i64, float: f64) -> Ordering {
    if float >= 2f64.powi(63) {
        return Ordering::Less;
    }
    if float < -(2f64.powi(63)) {
        return Ordering::Greater;
    }
    let truncated = float.trunc();
    whole
        .cmp(&(truncated as i64))
        .then_with(|| truncated.partial_cmp(&float).unwrap_or(Ordering::Equal))
}

/// As JSON: a whole number without, any other with a decimal point or exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INT: fn(i64) -> Number = Number::Int;
    const FLOAT: fn(f64) -> Number = Number::Float;

    #[test]
    fn arithmetic_is_whole_while_it_fits() {
        assert_eq!(INT(7).add(INT(2)), Some(INT(9)));
        assert_eq!(INT(i64::MAX).add(INT(1)), Some(FLOAT(2f64.powi(63))));
        assert_eq!(INT(6).divide(INT(3)), Some(INT(2)));
        assert_eq!(INT(7).divide(INT(2)), Some(FLOAT(3.5)));
        assert_eq!(INT(-7).remainder(INT(2)), Some(INT(-1)));
        assert_eq!(FLOAT(1.5).multiply(INT(2)), Some(FLOAT(3.0)));
        assert_eq!(INT(5).bit_or(FLOAT(2.0)), Some(INT(7)));
        assert_eq!(INT(5).bit_or(FLOAT(2.5)), None);
    }

    #[test]
    fn what_has_no_finite_result_has_none() {
        assert_eq!(INT(1).divide(INT(0)), None);
        assert_eq!(INT(1).remainder(INT(0)), None);
        assert_eq!(FLOAT(f64::MAX).multiply(INT(2)), None);
        assert_eq!(INT(i64::MIN).negate(), Some(FLOAT(2f64.powi(63))));
    }

    #[test]
    fn whole_numbers_are_not_rounded_to_be_compared() {
        let big = 1i64 << 53;
        assert_eq!(INT(big + 1).compare(FLOAT(big as f64)), Ordering::Greater);
        assert_eq!(INT(1).compare(FLOAT(1.0)), Ordering::Equal);
        assert_eq!(INT(1).compare(FLOAT(1.5)), Ordering::Less);
        assert_eq!(INT(-1).compare(FLOAT(-1.5)), Ordering::Greater);
        assert_eq!(INT(i64::MAX).compare(FLOAT(2f64.powi(63))), Ordering::Less);
    }

    proptest! {
        #[test]
        fn comparing_is_an_order(one in numbers(), two in numbers(), three in numbers()) {
            prop_assert_eq!(one.compare(two), two.compare(one).reverse());
            if one.compare(two).is_le() && two.compare(three).is_le() {
                prop_assert!(one.compare(three).is_le());
            }
        }
    }

    fn numbers() -> impl Strategy<Value = Number> {
        prop_oneof![
            any::<i64>().prop_map(INT),
            (-3i64..3).prop_map(INT),
            (-12i32..12).prop_map(|quarters| FLOAT(f64::from(quarters) / 4.0)),
            prop::num::f64::NORMAL.prop_map(FLOAT),
        ]
    }
}
