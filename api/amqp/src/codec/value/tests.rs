use bytes::{BufMut, Bytes, BytesMut};
use proptest::prelude::*;

use super::strategy;
use super::{Array, Described, MixedArray, Value};
use crate::codec::walk::walk;
use crate::codec::{Decode, DecodeError, Encode, Map, Reader};
use crate::limits;

proptest! {
    #[test]
    fn what_is_written_is_read(value in strategy::value()) {
        let bytes = value.to_bytes();
        prop_assert_eq!(Value::from_bytes(&bytes), Ok(value));
    }

    #[test]
    fn skip_and_walk_end_where_the_value_ends(value in strategy::value()) {
        let mut bytes = BytesMut::new();
        value.encode(&mut bytes);
        let length = bytes.len();
        bytes.put_u8(0xff);
        let bytes = bytes.freeze();
        let mut skipping = Reader::new(&bytes);
        skipping.skip()?;
        prop_assert_eq!(skipping.position(), length);
        let mut walking = Reader::new(&bytes);
        walk(&mut walking)?;
        prop_assert_eq!(walking.position(), length);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let bytes = Bytes::from(bytes);
        let _ = Value::from_bytes(&bytes);
        let _ = Reader::new(&bytes).skip();
        let _ = walk(&mut Reader::new(&bytes));
    }

    #[test]
    fn a_value_cut_short_is_an_error(
        value in strategy::value(),
        length in any::<proptest::sample::Index>(),
    ) {
        let bytes = value.to_bytes();
        let cut = bytes.slice(..length.index(bytes.len()));
        prop_assert!(Value::from_bytes(&cut).is_err());
    }
}

#[test]
fn the_forms_are_those_of_the_standard() {
    for (value, bytes) in [
        (Value::Null, &[0x40][..]),
        (Value::Boolean(true), &[0x41]),
        (Value::Uint(0), &[0x43]),
        (Value::Uint(200), &[0x52, 200]),
        (Value::Uint(256), &[0x70, 0, 0, 1, 0]),
        (Value::Ulong(0x10), &[0x53, 0x10]),
        (Value::Int(-1), &[0x54, 0xff]),
        (Value::Int(200), &[0x71, 0, 0, 0, 200]),
        (Value::Long(7), &[0x55, 7]),
        (Value::from("hi"), &[0xa1, 2, b'h', b'i']),
        (Value::Symbol("ab".into()), &[0xa3, 2, b'a', b'b']),
        (Value::List(vec![]), &[0xc0, 1, 0]),
        (
            Value::Array(Array::symbols(["a".into(), "bc".into()])),
            &[0xe0, 7, 2, 0xa3, 1, b'a', 2, b'b', b'c'],
        ),
        (
            Value::Map(Map::new().symbol("k", 1_u32)),
            &[0xc1, 6, 2, 0xa3, 1, b'k', 0x52, 1],
        ),
        (
            Described {
                descriptor: Value::Ulong(0x77),
                value: Value::Null,
            }
            .into(),
            &[0x00, 0x53, 0x77, 0x40],
        ),
    ] {
        assert_eq!(&value.to_bytes()[..], bytes, "{value:?}");
        assert_eq!(Value::from_bytes(&Bytes::copy_from_slice(bytes)), Ok(value));
    }
}

#[test]
fn a_list_grows_to_four_bytes_of_size() {
    let list = Value::List(vec![Value::Binary(Bytes::from(vec![7; 300]))]);
    let bytes = list.to_bytes();
    assert_eq!(&bytes[..9], &[0xd0, 0, 0, 1, 0x35, 0, 0, 0, 1]);
    assert_eq!(Value::from_bytes(&bytes), Ok(list));
}

#[test]
fn a_count_beyond_a_byte_makes_the_wide_form() {
    for element in [
        Value::Uint(7),
        Value::from("text"),
        Value::List(vec![Value::Null]),
    ] {
        let array = Value::Array(Array::new(vec![element; 300]).unwrap());
        let bytes = array.to_bytes();
        assert_eq!((bytes[0], &bytes[5..9]), (0xf0, &[0, 0, 1, 44][..]));
        assert_eq!(Value::from_bytes(&bytes), Ok(array));
    }
}

#[test]
fn claims_that_the_bytes_do_not_back_are_refused() {
    let huge_list = [
        0xd0, 0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0x40, 0x40, 0x40, 0x40,
    ];
    let huge_array_of_nulls = [0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x40];
    let huge_binary = [0xb0, 0xff, 0xff, 0xff, 0xff, 0];
    let array_of_true = [0xe0, 4, 2, 0x41, 0, 0];
    for bytes in [
        &huge_list[..],
        &huge_array_of_nulls,
        &huge_binary,
        &array_of_true,
    ] {
        let bytes = Bytes::copy_from_slice(bytes);
        assert!(Value::from_bytes(&bytes).is_err(), "{bytes:x?}");
        assert!(walk(&mut Reader::new(&bytes)).is_err(), "{bytes:x?}");
    }
}

#[test]
fn nesting_is_bounded_in_every_form() {
    let described = Bytes::from(vec![0x00; 60_000]);
    let mut lists = BytesMut::new();
    for level in (0..6_000_u32).rev() {
        lists.put_u8(0xd0);
        lists.put_u32(level * 9 + 5);
        lists.put_u32(1);
    }
    lists.put_u8(0x40);
    for bytes in [described, lists.freeze()] {
        assert_eq!(Value::from_bytes(&bytes), Err(DecodeError::TooDeep));
        assert_eq!(walk(&mut Reader::new(&bytes)), Err(DecodeError::TooDeep));
    }
}

#[test]
fn as_deep_as_allowed_is_read() {
    let mut value = Value::Null;
    for _ in 0..limits::MAX_DEPTH {
        value = Value::List(vec![value]);
    }
    assert_eq!(Value::from_bytes(&value.to_bytes()), Ok(value.clone()));
    let deeper = Value::List(vec![value]);
    assert_eq!(
        Value::from_bytes(&deeper.to_bytes()),
        Err(DecodeError::TooDeep)
    );
}

#[test]
fn a_flood_of_small_values_is_refused() {
    let bytes = Value::List(vec![Value::Null; limits::MAX_VALUES as usize]).to_bytes();
    assert_eq!(Value::from_bytes(&bytes), Err(DecodeError::TooManyValues));
}

#[test]
fn an_array_has_elements_of_one_type() {
    assert_eq!(
        Array::new(vec![Value::Uint(1), Value::Int(1)]),
        Err(MixedArray)
    );
    assert_eq!(Array::new(vec![Value::Null]), Err(MixedArray));
}

#[test]
fn the_deepest_value_needs_little_stack() {
    let mut value = Value::Null;
    for level in 0..limits::MAX_DEPTH {
        value = if level % 2 == 0 {
            Value::Map(Map::new().symbol("k", value))
        } else {
            Described {
                descriptor: Value::Null,
                value,
            }
            .into()
        };
    }
    let bytes = value.to_bytes();
    let decode = move || Value::from_bytes(&bytes).is_ok();
    let thread = std::thread::Builder::new()
        .stack_size(128 * 1024)
        .spawn(decode);
    assert!(thread.unwrap().join().unwrap());
}
