//! One event, for people.

use std::fmt::Write;

use serde_json::Value;

use crate::output::Paint;

/// System properties that every event has; their values stand in the headline.
const IN_HEADLINE: [&str; 2] = ["iothub-connection-device-id", "iothub-connection-module-id"];

/// Writes events as text, coloured or not.
#[derive(Debug)]
pub(super) struct Renderer {
    paint: Paint,
    verbose: bool,
}

/// The device that an event comes from.
pub(super) fn device_of(event: &Value) -> &str {
    system_property(event, "iothub-connection-device-id")
}

fn system_property<'a>(event: &'a Value, name: &str) -> &'a str {
    event
        .pointer(&format!("/systemProperties/{name}"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

impl Renderer {
    pub(super) fn new(paint: Paint, verbose: bool) -> Self {
        Self { paint, verbose }
    }

    /// `12:00:01.123  p3 #17  thermostat-1  {"t":21}`, and properties on lines below.
    pub(super) fn render(&self, event: &Value) -> String {
        let paint = self.paint;
        let time = event
            .get("enqueuedTimeUtc")
            .and_then(Value::as_str)
            .unwrap_or_default();
        // 2026-11-21T12:00:01.1230000Z → 12:00:01.123
        let time = time.get(11..23).unwrap_or(time);
        let number = |member| {
            event
                .get(member)
                .and_then(Value::as_u64)
                .unwrap_or_default()
        };
        let mut source = device_of(event).to_owned();
        let module = system_property(event, "iothub-connection-module-id");
        if !module.is_empty() {
            source.push('/');
            source.push_str(module);
        }
        let place = format!("p{} #{}", number("partition"), number("sequenceNumber"));
        let mut text = format!(
            "{}  {}  {}",
            paint.faint(time),
            paint.faint(place),
            paint.name(source)
        );
        let _ = writeln!(text, "  {}", body(event));
        self.properties(&mut text, event.get("properties"), "", &[]);
        if self.verbose {
            self.properties(&mut text, event.get("systemProperties"), "$", &IN_HEADLINE);
        }
        text
    }

    fn properties(&self, text: &mut String, properties: Option<&Value>, mark: &str, but: &[&str]) {
        let Some(properties) = properties.and_then(Value::as_object) else {
            return;
        };
        for (name, value) in properties {
            if but.contains(&name.as_str()) {
                continue;
            }
            let name = printable(name);
            let _ = match value.as_str() {
                Some(value) => {
                    writeln!(
                        text,
                        "    {mark}{} = {}",
                        self.paint.strong(name),
                        printable(value)
                    )
                }
                None => writeln!(text, "    {mark}{}", self.paint.strong(name)),
            };
        }
    }
}

fn body(event: &Value) -> String {
    match event.get("bodyText").and_then(Value::as_str) {
        Some(text) => printable(text.trim_end()),
        None => {
            let base64 = event
                .get("body")
                .and_then(Value::as_str)
                .unwrap_or_default();
            format!("(base64) {base64}")
        }
    }
}

/// What a device sent must not steer the terminal: control characters are shown escaped.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() {
                c.escape_default().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "sequenceNumber": 17, "offset": "17", "partition": 3,
            "enqueuedTimeUtc": "2026-11-21T12:00:01.1230000Z",
            "systemProperties": {
                "iothub-connection-device-id": "thermostat-1", "content-type": "application/json",
            },
            "properties": { "room": "kitchen", "alarm": null },
            "body": "eyJ0IjoyMX0=", "bodyText": "{\"t\":21}",
        })
    }

    #[test]
    fn the_headline_says_when_where_who_and_what() {
        let text = Renderer::new(Paint::never(), false).render(&event());
        assert_eq!(
            text,
            "12:00:01.123  p3 #17  thermostat-1  {\"t\":21}\n    alarm\n    room = kitchen\n"
        );
        let text = Renderer::new(Paint::never(), true).render(&event());
        assert!(
            text.ends_with("    $content-type = application/json\n"),
            "{text}"
        );
    }

    #[test]
    fn what_a_device_sends_cannot_steer_the_terminal() {
        let mut event = event();
        event["bodyText"] = json!("a\u{1b}[2Jb\nc");
        let text = Renderer::new(Paint::never(), false).render(&event);
        assert!(
            text.lines().next().unwrap().ends_with("a\\u{1b}[2Jb\\nc"),
            "{text}"
        );
    }

    #[test]
    fn a_body_that_is_no_text_is_shown_as_base64() {
        let mut event = event();
        event.as_object_mut().unwrap().remove("bodyText");
        let text = Renderer::new(Paint::never(), false).render(&event);
        assert!(text.contains("(base64) eyJ0IjoyMX0="), "{text}");
    }
}
