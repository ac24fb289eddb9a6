//! A message of a client becomes an event.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use roost_model::{ErrorCode, Event, SystemProperty, Timestamp};
use uuid::Uuid;

use crate::codec::message::{Body, Message, MessageId, Properties};
use crate::codec::{DecodeError, Map, Value};

/// What the hub does not take for a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidContent {
    /// The sections cannot be read.
    #[error("the message cannot be read: {0}")]
    Malformed(#[from] DecodeError),
    /// There are more messages in one than may be.
    #[error("a batch has at most {0} messages")]
    TooMany(usize),
    /// The body is a list, a map or the like.
    #[error("the body must be data, or a string or binary as amqp-value")]
    Body,
    /// A property is a list, a map or the like.
    #[error("the property {0} must have a simple value")]
    Property(String),
    /// The name of a property is no text.
    #[error("the name of a property must be a string")]
    Name,
    /// A time that is none.
    #[error("{0} is not a time")]
    Time(&'static str),
}

impl InvalidContent {
    /// What the client is told.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            InvalidContent::TooMany(_) => ErrorCode::MessageTooLarge,
            _ => ErrorCode::ArgumentInvalid,
        }
    }
}

/// Names under which clients send system properties beside the standard's, as annotations or among the
/// application's own.
const NAMED: [SystemProperty; 6] = [
    SystemProperty::InterfaceId,
    SystemProperty::Subject,
    SystemProperty::OutputName,
    SystemProperty::MessageSchema,
    SystemProperty::DiagnosticId,
    SystemProperty::CorrelationContext,
];

/// Reads a message.
///
/// # Errors
/// [`InvalidContent`]
pub(crate) fn content(message: &Message) -> Result<Event, InvalidContent> {
    let mut event = Event {
        body: body(&message.body)?,
        ..Event::default()
    };
    if let Some(properties) = &message.properties {
        standard(&mut event, properties)?;
    }
    if let Some(annotations) = &message.message_annotations {
        for property in NAMED {
            if let Some(value) = annotations.get(property.name()).and_then(text) {
                event.set_system_property(property, value);
            }
        }
    }
    if let Some(own) = &message.application_properties {
        application(&mut event, own)?;
    }
    Ok(event)
}

fn standard(event: &mut Event, properties: &Properties) -> Result<(), InvalidContent> {
    let mut set = |property, value: Option<String>| {
        if let Some(value) = value {
            event.system.push((property, value));
        }
    };
    set(
        SystemProperty::MessageId,
        properties.message_id.as_ref().map(id),
    );
    set(
        SystemProperty::CorrelationId,
        properties.correlation_id.as_ref().map(id),
    );
    set(
        SystemProperty::UserId,
        properties.user_id.as_ref().map(binary),
    );
    set(SystemProperty::To, properties.to.clone());
    let symbol = |symbol: &crate::codec::Symbol| symbol.as_str().to_owned();
    set(
        SystemProperty::ContentType,
        properties.content_type.as_ref().map(symbol),
    );
    set(
        SystemProperty::ContentEncoding,
        properties.content_encoding.as_ref().map(symbol),
    );
    let expiry = properties.absolute_expiry_time;
    set(
        SystemProperty::AbsoluteExpiryTime,
        expiry
            .map(|at| time(at.0, "absolute-expiry-time"))
            .transpose()?,
    );
    let created = properties.creation_time;
    set(
        SystemProperty::CreationTimeUtc,
        created.map(|at| time(at.0, "creation-time")).transpose()?,
    );
    Ok(())
}

fn application(event: &mut Event, own: &Map) -> Result<(), InvalidContent> {
    for (name, value) in &own.0 {
        let name = name.as_text().ok_or(InvalidContent::Name)?;
        let text = match value {
            Value::Null => None,
            value => Some(text(value).ok_or_else(|| InvalidContent::Property(name.to_owned()))?),
        };
        match NAMED.into_iter().find(|property| property.name() == name) {
            Some(property) => event.set_system_property(property, text.unwrap_or_default()),
            None => event.properties.push((name.to_owned(), text)),
        }
    }
    Ok(())
}

fn body(body: &Body) -> Result<Bytes, InvalidContent> {
    match body {
        Body::Empty => Ok(Bytes::new()),
        Body::Data(sections) => Ok(match sections.as_slice() {
            [one] => one.clone(),
            several => {
                let mut whole = BytesMut::new();
                for section in several {
                    whole.extend_from_slice(section);
                }
                whole.freeze()
            }
        }),
        Body::Sequence(_) => Err(InvalidContent::Body),
        Body::Value(_) => match body.to_value().transpose()? {
            Some(Value::Binary(bytes)) => Ok(bytes),
            Some(Value::String(text)) => Ok(text.into()),
            Some(Value::Null) | None => Ok(Bytes::new()),
            Some(_) => Err(InvalidContent::Body),
        },
    }
}

/// An id of any type as text: ids are text everywhere else.
pub(super) fn id(id: &MessageId) -> String {
    match id {
        MessageId::String(text) => text.clone(),
        MessageId::Ulong(number) => number.to_string(),
        MessageId::Uuid(bytes) => Uuid::from_bytes(*bytes).to_string(),
        MessageId::Binary(bytes) => binary(bytes),
    }
}

fn binary(bytes: &Bytes) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => STANDARD.encode(bytes),
    }
}

fn time(milliseconds: i64, name: &'static str) -> Result<String, InvalidContent> {
    let milliseconds = u64::try_from(milliseconds).map_err(|_| InvalidContent::Time(name))?;
    let text = Timestamp(milliseconds).to_iso();
    Timestamp::parse_iso(&text).map_err(|_| InvalidContent::Time(name))?;
    Ok(text)
}

/// A simple value as text; none for others.
pub(super) fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) => text.clone(),
        Value::Symbol(symbol) => symbol.as_str().to_owned(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Char(one) => one.to_string(),
        Value::Uuid(bytes) => Uuid::from_bytes(*bytes).to_string(),
        Value::Binary(bytes) => binary(bytes),
        Value::Timestamp(at) => time(*at, "timestamp").ok()?,
        other => other.as_integer()?.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Encode as _, Timestamp as Moment};

    #[test]
    fn every_part_of_a_message_finds_its_place() {
        let message = Message {
            properties: Some(Properties {
                message_id: Some(MessageId::Ulong(7)),
                correlation_id: Some(MessageId::Uuid([1; 16])),
                user_id: Some(Bytes::from_static(b"me")),
                content_type: Some("application/json".into()),
                absolute_expiry_time: Some(Moment(1_795_248_000_000)),
                ..Properties::default()
            }),
            message_annotations: Some(Map::new().symbol("iothub-interface-id", "urn:x")),
            application_properties: Some(
                Map::new()
                    .string("a", "b")
                    .string("n", 5_i32)
                    .string("none", Value::Null)
                    .string("iothub-outputname", "out"),
            ),
            ..Message::data(&b"hello"[..])
        };
        let event = content(&message).unwrap();
        assert_eq!(event.body, "hello");
        let system = |property| event.system_property(property);
        assert_eq!(system(SystemProperty::MessageId), Some("7"));
        let uuid = "01010101-0101-0101-0101-010101010101";
        assert_eq!(system(SystemProperty::CorrelationId), Some(uuid));
        assert_eq!(system(SystemProperty::UserId), Some("me"));
        assert_eq!(system(SystemProperty::InterfaceId), Some("urn:x"));
        assert_eq!(system(SystemProperty::OutputName), Some("out"));
        let expiry = system(SystemProperty::AbsoluteExpiryTime).unwrap();
        assert!(expiry.starts_with("2026-11-21T08:00:00"), "{expiry}");
        let own = [("a", Some("b")), ("n", Some("5")), ("none", None)];
        let own = own.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        assert_eq!(event.properties, own);
    }

    #[test]
    fn a_body_is_bytes_in_whatever_section() {
        let of = |body| {
            let message = Message {
                body,
                ..Message::default()
            };
            content(&message).map(|event| event.body)
        };
        let parts = vec![Bytes::from_static(b"a"), Bytes::from_static(b"b")];
        assert_eq!(of(Body::Data(parts)).unwrap(), "ab");
        assert_eq!(of(Body::value(&"text".into())).unwrap(), "text");
        assert_eq!(of(Body::value(&Value::Null)).unwrap(), "");
        assert_eq!(of(Body::Empty).unwrap(), "");
        let list = Body::value(&Value::List(vec![]));
        assert_eq!(of(list), Err(InvalidContent::Body));
    }

    #[test]
    fn what_is_no_simple_value_is_refused_by_name() {
        let message = Message {
            application_properties: Some(Map::new().string("deep", Map::new())),
            ..Message::default()
        };
        let refused = content(&message).unwrap_err();
        assert_eq!(refused, InvalidContent::Property("deep".into()));
    }

    #[test]
    fn a_time_before_1970_is_none() {
        let message = Message {
            properties: Some(Properties {
                creation_time: Some(Moment(-1)),
                ..Properties::default()
            }),
            ..Message::default()
        };
        let refused = content(&message).unwrap_err();
        assert_eq!(refused, InvalidContent::Time("creation-time"));
    }

    #[test]
    fn what_was_encoded_reads_back() {
        let message = Message::data(&b"x"[..]);
        let decoded = Message::decode(&message.to_bytes()).unwrap();
        assert_eq!(content(&decoded).unwrap().body, "x");
    }
}
