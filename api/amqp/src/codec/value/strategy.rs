//! Values for property tests.

use bytes::Bytes;
use proptest::prelude::*;

use super::{Array, Described, Value};
use crate::codec::{Map, Symbol};

pub(crate) fn symbol() -> impl Strategy<Value = Symbol> {
    "[a-z:-]{0,20}".prop_map(Symbol::from)
}

pub(crate) fn bytes() -> impl Strategy<Value = Bytes> {
    proptest::collection::vec(any::<u8>(), 0..300).prop_map(Bytes::from)
}

pub(crate) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        any::<u8>().prop_map(Value::Ubyte),
        any::<u16>().prop_map(Value::Ushort),
        prop_oneof![any::<u32>(), 0_u32..300].prop_map(Value::Uint),
        prop_oneof![any::<u64>(), 0_u64..300].prop_map(Value::Ulong),
        any::<i8>().prop_map(Value::Byte),
        any::<i16>().prop_map(Value::Short),
        prop_oneof![any::<i32>(), -150_i32..150].prop_map(Value::Int),
        prop_oneof![any::<i64>(), -150_i64..150].prop_map(Value::Long),
        any::<f32>()
            .prop_filter("NaN", |f| !f.is_nan())
            .prop_map(Value::Float),
        any::<f64>()
            .prop_filter("NaN", |f| !f.is_nan())
            .prop_map(Value::Double),
        any::<[u8; 4]>().prop_map(Value::Decimal32),
        any::<[u8; 8]>().prop_map(Value::Decimal64),
        any::<[u8; 16]>().prop_map(Value::Decimal128),
        any::<char>().prop_map(Value::Char),
        any::<i64>().prop_map(Value::Timestamp),
        any::<[u8; 16]>().prop_map(Value::Uuid),
        bytes().prop_map(Value::Binary),
        ".{0,300}".prop_map(Value::String),
        symbol().prop_map(Value::Symbol),
    ]
}

pub(crate) fn value() -> BoxedStrategy<Value> {
    scalar()
        .prop_recursive(5, 64, 8, |inner| {
            let pair = (inner.clone(), inner.clone());
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::List),
                proptest::collection::vec(pair, 0..6).prop_map(|entries| Value::Map(Map(entries))),
                (scalar(), 0_usize..40).prop_map(array),
                (inner.clone(), 0_usize..4).prop_map(array),
                (inner.clone(), inner).prop_map(|(descriptor, value)| Described {
                    descriptor,
                    value
                }
                .into()),
            ]
        })
        .boxed()
}

fn array((element, count): (Value, usize)) -> Value {
    Array::new(vec![element; count]).map_or(Value::Null, Value::Array)
}

pub(crate) fn map() -> impl Strategy<Value = Map> {
    proptest::collection::vec((symbol().prop_map(Value::Symbol), value()), 0..5).prop_map(Map)
}
