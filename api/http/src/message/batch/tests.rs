use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use proptest::prelude::*;
use roost_model::{Limits, SystemProperty};
use serde_json::json;

use super::parse_batch;

fn code(json: &str) -> u32 {
    parse_batch(json.as_bytes(), &Limits::default())
        .unwrap_err()
        .code()
        .number
}

#[test]
fn a_body_is_base64_unless_it_says_otherwise() {
    let json = r#"[{"body":"aGk="},{"body":"aGk=","base64Encoded":true},
        {"body":"aGk=","base64Encoded":false},{"body":"aGk"}]"#;
    let events = parse_batch(json.as_bytes(), &Limits::default()).unwrap();
    let bodies: Vec<&[u8]> = events.iter().map(|event| &event.body[..]).collect();
    assert_eq!(bodies, [&b"hi"[..], b"hi", b"aGk=", b"hi"]);
}

#[test]
fn properties_are_those_of_headers_and_keep_their_case() {
    let json = r#"[{"body":"","properties":{"iothub-messageid":"m","iothub-app-Key":"v",
        "iothub-app-none":null,"iothub-operation":"d2c"}}]"#;
    let events = parse_batch(json.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(
        events[0].system,
        [(SystemProperty::MessageId, "m".to_owned())]
    );
    assert_eq!(
        events[0].properties,
        [
            ("Key".to_owned(), Some("v".to_owned())),
            ("none".to_owned(), None)
        ]
    );
}

#[test]
fn what_is_not_a_batch_is_refused() {
    for json in [
        "",
        "{}",
        "[1]",
        r#"[{"body":1}]"#,
        r#"[{}]"#,
        r#"[{"body":"aGk="}"#,
    ] {
        assert_eq!(code(json), 400_012, "{json}");
    }
    assert_eq!(code("[]"), 400_004);
    assert_eq!(code(r#"[{"body":"?"}]"#), 400_004);
    assert_eq!(code(r#"[{"body":"","properties":{"plain":"v"}}]"#), 400_004);
    assert_eq!(
        code(r#"[{"body":"","properties":{"iothub-app-":"v"}}]"#),
        400_004
    );
    assert_eq!(
        code(r#"[{"body":"","properties":{"dt-subject":"a","DT-SUBJECT":"b"}}]"#),
        400_004
    );
}

#[test]
fn the_message_at_fault_is_named_by_its_place() {
    let json = r#"[{"body":""},{"body":"","properties":{"plain":"v"}}]"#;
    let error = parse_batch(json.as_bytes(), &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("message 1: plain"), "{error}");
}

#[test]
fn too_many_messages_and_too_many_bytes_are_413() {
    let many = vec![json!({"body": ""}); 501];
    assert_eq!(code(&serde_json::to_string(&many).unwrap()), 413_001);
    let body = "a".repeat(140_000);
    let large = vec![json!({"body": body, "base64Encoded": false}); 2];
    assert_eq!(code(&serde_json::to_string(&large).unwrap()), 413_001);
    let one = vec![json!({"body": "a".repeat(262_145), "base64Encoded": false})];
    assert_eq!(code(&serde_json::to_string(&one).unwrap()), 413_001);
}

proptest! {
    #[test]
    fn bodies_come_through_with_and_without_padding(
        bodies in proptest::collection::vec(any::<Vec<u8>>(), 1..20),
        padded: bool,
    ) {
        let items: Vec<_> = bodies
            .iter()
            .map(|body| {
                let engine = if padded { &STANDARD } else { &STANDARD_NO_PAD };
                json!({"body": engine.encode(body)})
            })
            .collect();
        let json = serde_json::to_vec(&items).unwrap();
        let events = parse_batch(&json, &Limits::default()).unwrap();
        let read: Vec<_> = events.iter().map(|event| event.body.to_vec()).collect();
        prop_assert_eq!(read, bodies);
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
        let _ = parse_batch(&bytes, &Limits::default());
    }

    #[test]
    fn no_json_makes_the_parser_panic(
        body in ".{0,20}", name in "(iothub-app-|iothub-|)[a-zA-Z ]{0,8}", value in ".{0,8}",
    ) {
        let json = json!([{"body": body, "properties": {name: value}}]).to_string();
        let _ = parse_batch(json.as_bytes(), &Limits::default());
    }
}
