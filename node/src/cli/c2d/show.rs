//! Messages as a table.

use serde_json::Value;

/// A member as text.
pub(super) fn text(document: &Value, member: &str) -> String {
    match document.get(member) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// The body on one line, or its size.
pub(super) fn body(document: &Value) -> String {
    const MOST: usize = 60;
    let Some(body) = document.get("bodyText").and_then(Value::as_str) else {
        let encoded = document.get("body").and_then(Value::as_str);
        return format!("({} bytes)", encoded.map_or(0, |text| text.len() / 4 * 3));
    };
    let mut line: String = body
        .chars()
        .take(MOST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if body.chars().count() > MOST {
        line.push('…');
    }
    line
}

/// The message's own id.
pub(super) fn message_id(document: &Value) -> String {
    let id = document.pointer("/systemProperties/message-id");
    id.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Where the next page begins.
pub(super) fn last_sequence(page: &[Value]) -> Option<u64> {
    page.last()?.get("sequenceNumber")?.as_u64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_shown_on_one_line() {
        assert_eq!(body(&json!({ "bodyText": "a\nb" })), "a b");
        let long = "x".repeat(61);
        assert!(body(&json!({ "bodyText": long })).ends_with('…'));
        assert_eq!(body(&json!({ "body": "AAAA" })), "(3 bytes)");
    }

    #[test]
    fn members_are_shown_whatever_they_are() {
        let document = json!({ "a": 1, "b": "x", "c": null });
        assert_eq!(text(&document, "a"), "1");
        assert_eq!(text(&document, "b"), "x");
        assert_eq!(text(&document, "c") + &text(&document, "d"), "");
    }
}
