use super::*;

fn check_json(text: &str) -> Result<(), TwinViolation> {
    let object = serde_json::from_str(text).unwrap();
    check(&object, &Limits::default())
}

fn text(length: usize) -> Value {
    Value::Text("x".repeat(length))
}

fn with(key: &str, value: Value) -> Result<(), TwinViolation> {
    check(&Object::from([(key, value)]), &Limits::default())
}

/// So many objects inside each other below the root, with a property in the innermost.
fn nested(depth: usize) -> Object {
    (0..depth).fold(Object::from([("p", Value::Bool(true))]), |inner, _| {
        Object::from([("o", Value::Object(inner))])
    })
}

#[test]
fn a_key_may_have_1024_bytes_and_no_more() {
    assert_eq!(with(&"k".repeat(1024), Value::Null), Ok(()));
    let refused = with(&"k".repeat(1025), Value::Null).unwrap_err();
    assert!(matches!(
        refused,
        TwinViolation::KeyTooLong { limit: 1024, .. }
    ));
    // 341 characters of three bytes are 1023, one more is too much.
    assert!(with(&"€".repeat(341), Value::Null).is_ok());
    assert!(with(&"€".repeat(342), Value::Null).is_err());
}

#[test]
fn a_key_holds_neither_controls_nor_what_paths_are_made_of() {
    for key in ["a", "Ä-1_~", "a/b", "#", "日本"] {
        assert_eq!(with(key, Value::Null), Ok(()), "{key:?}");
    }
    for key in ["", "a.b", "$a", "a$", "a b", "a\u{1f}", "\u{7f}", "\u{9f}b"] {
        let refused = with(key, Value::Null);
        assert!(
            matches!(refused, Err(TwinViolation::InvalidKey { .. })),
            "{key:?}"
        );
    }
}

#[test]
fn a_text_may_have_4096_bytes_and_no_more() {
    assert_eq!(with("a", text(4096)), Ok(()));
    let refused = with("a", text(4097)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the value of `a` is longer than 4096 bytes"
    );
}

#[test]
fn an_array_may_have_4096_bytes_in_all_and_no_more() {
    let array = |length| Value::Array(vec![text(2000), text(length), Value::Integer(1)]);
    assert_eq!(with("a", array(2088)), Ok(()));
    assert!(matches!(
        with("a", array(2089)),
        Err(TwinViolation::ValueTooLong { limit: 4096, .. })
    ));
}

#[test]
fn an_object_is_no_value_of_its_own_and_may_be_larger() {
    let large = Object::from([("a", text(4096)), ("b", text(4096))]);
    assert_eq!(with("o", Value::Object(large)), Ok(()));
}

#[test]
fn integers_have_53_bits_and_other_numbers_are_not_limited() {
    for number in ["4503599627370495", "-4503599627370496", "1e300", "0.5"] {
        assert_eq!(check_json(&format!(r#"{{"a":{number}}}"#)), Ok(()));
    }
    for number in ["4503599627370496", "-4503599627370497"] {
        let refused = check_json(&format!(r#"{{"a":{{"b":[{number}]}}}}"#)).unwrap_err();
        assert_eq!(
            refused,
            TwinViolation::IntegerOutOfRange { path: "a.b".into() }
        );
    }
}

#[test]
fn ten_objects_may_stand_inside_each_other_and_no_more() {
    let limits = Limits::default();
    assert_eq!(check(&nested(10), &limits), Ok(()));
    assert!(matches!(
        check(&nested(11), &limits),
        Err(TwinViolation::TooDeep { limit: 10, .. })
    ));
}

#[test]
fn an_array_that_is_a_property_does_not_count_as_nesting_and_arrays_in_arrays_do() {
    let limits = Limits::default();
    let leaf = |value| {
        let array = Value::Array(vec![value]);
        (0..10).fold(Object::from([("p", array)]), |inner, _| {
            Object::from([("o", Value::Object(inner))])
        })
    };
    assert_eq!(check(&leaf(Value::Bool(true)), &limits), Ok(()));
    assert!(check(&leaf(Value::Object(Object::default())), &limits).is_err());
    assert!(check(&leaf(Value::Array(vec![])), &limits).is_err());
}

#[test]
fn null_removes_a_property_but_stands_in_no_array() {
    assert_eq!(check_json(r#"{"a":null,"b":{"c":null}}"#), Ok(()));
    for text in [
        r#"{"a":[null]}"#,
        r#"{"a":[[null]]}"#,
        r#"{"a":[{"b":null}]}"#,
    ] {
        assert!(
            matches!(check_json(text), Err(TwinViolation::NullInArray { .. })),
            "{text}"
        );
    }
}

#[test]
fn limits_can_be_set_otherwise() {
    let limits = Limits {
        max_twin_depth: 1,
        max_twin_key_bytes: 2,
        max_twin_value_bytes: 3,
        ..Limits::default()
    };
    assert!(check(&nested(1), &limits).is_ok());
    assert!(check(&nested(2), &limits).is_err());
    assert!(check(&Object::from([("ab", text(3))]), &limits).is_ok());
    assert!(check(&Object::from([("abc", text(3))]), &limits).is_err());
    assert!(check(&Object::from([("ab", text(4))]), &limits).is_err());
}
