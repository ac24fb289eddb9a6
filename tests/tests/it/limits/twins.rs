//! What a back end writes into a twin.

use reqwest::Method;
use roost_model::limits::{MAX_TWIN_INTEGER, MIN_TWIN_INTEGER};
use roost_model::{ErrorCode, Limits};
use serde_json::{Map, Value, json};

use super::{ask, taken};
use crate::fixture::{TestDevice, owner, refused};

async fn twin(device: &TestDevice) -> Value {
    let path = format!("/twins/{}", device.id);
    owner(2).call(Method::GET, &path, None).await.unwrap()
}

fn tags(section: Value) -> Value {
    json!({ "tags": section })
}

fn desired(section: Value) -> Value {
    json!({ "properties": { "desired": section } })
}

/// A section of so many characters, names and values together.
fn section(chars: usize) -> Value {
    let each = Limits::default().max_twin_value_bytes;
    let names = (b'a'..=b'z').map(|name| char::from(name).to_string());
    let mut left = chars;
    let mut section = Map::new();
    for name in names {
        if left == 0 {
            break;
        }
        let value = (left - 1).min(each);
        left -= value + 1;
        section.insert(name, Value::String("x".repeat(value)));
    }
    assert_eq!(left, 0, "the alphabet is long enough");
    Value::Object(section)
}

#[tokio::test]
async fn tags_and_desired_properties_are_as_large_as_they_may_be_and_no_larger() {
    let device = TestDevice::create("limits-sections").await;
    let limits = Limits::default();
    let path = "/twins/limits-sections";
    for method in [Method::PATCH, Method::PUT] {
        for (body, most) in [
            (tags as fn(Value) -> Value, limits.max_tags_bytes),
            (desired as fn(Value) -> Value, limits.max_desired_bytes),
        ] {
            let what = format!("{method} of {most}");
            taken(&what, ask(method.clone(), path, &body(section(most)))).await;
            let before = twin(&device).await;
            let more = ask(method.clone(), path, &body(section(most + 1)));
            refused(&what, more, ErrorCode::MessageTooLarge).await;
            assert_eq!(twin(&device).await, before, "{what}");
        }
    }
}

#[tokio::test]
async fn keys_values_numbers_and_nesting_go_up_to_their_limits() {
    let device = TestDevice::create("limits-values").await;
    let limits = Limits::default();
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!({ "o": inner }));
    let key = |bytes: usize| json!({ "k".repeat(bytes): 1 });
    let text = |bytes: usize| json!({ "t": "x".repeat(bytes) });
    let array = |bytes: usize| json!({ "l": ["x".repeat(bytes)] });
    let number = |number: i64| json!({ "n": number });
    let (bytes, depth) = (limits.max_twin_value_bytes, limits.max_twin_depth);
    for (what, fits, past) in [
        (
            "a key",
            key(limits.max_twin_key_bytes),
            key(limits.max_twin_key_bytes + 1),
        ),
        ("a text", text(bytes), text(bytes + 1)),
        ("an array", array(bytes), array(bytes + 1)),
        // The section itself does not count.
        ("nesting", nested(depth + 1), nested(depth + 2)),
        (
            "a small number",
            number(MIN_TWIN_INTEGER),
            number(MIN_TWIN_INTEGER - 1),
        ),
        (
            "a large number",
            number(MAX_TWIN_INTEGER),
            number(MAX_TWIN_INTEGER + 1),
        ),
    ] {
        for (section, write) in [
            ("tags", tags as fn(Value) -> Value),
            ("desired", desired as fn(Value) -> Value),
        ] {
            let what = format!("{what} in {section}");
            let put =
                |value: &Value| ask(Method::PUT, "/twins/limits-values", &write(value.clone()));
            taken(&what, put(&fits)).await;
            let before = twin(&device).await;
            refused(&what, put(&past), ErrorCode::ArgumentInvalid).await;
            assert_eq!(twin(&device).await, before, "{what}");
        }
    }
}
