//! The sections that every message of the hub has.

use bytes::Bytes;
use roost_model::{Event, SystemProperty, Timestamp};

use crate::codec::message::{MessageId, Properties};
use crate::codec::{Map, Symbol, Timestamp as Moment, Value};

/// A time of the hub.
pub(super) fn moment(at: Timestamp) -> Value {
    Value::Timestamp(milliseconds(at))
}

fn milliseconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_millis()).unwrap_or(i64::MAX)
}

/// The standard's properties of an event; none when it has none of them. A section that is there at
/// all makes the Python tools look for a content type in it.
pub(super) fn properties(event: &Event) -> Option<Properties> {
    let text = |property| event.system_property(property).map(str::to_owned);
    let id = |property| text(property).map(MessageId::String);
    let symbol = |property| text(property).map(Symbol::from);
    let time = |property| {
        let at = Timestamp::parse_iso(event.system_property(property)?).ok()?;
        Some(Moment(milliseconds(at)))
    };
    let properties = Properties {
        message_id: id(SystemProperty::MessageId),
        user_id: text(SystemProperty::UserId).map(Bytes::from),
        to: text(SystemProperty::To),
        correlation_id: id(SystemProperty::CorrelationId),
        content_type: symbol(SystemProperty::ContentType),
        content_encoding: symbol(SystemProperty::ContentEncoding),
        absolute_expiry_time: time(SystemProperty::AbsoluteExpiryTime),
        creation_time: time(SystemProperty::CreationTimeUtc),
        ..Properties::default()
    };
    (properties != Properties::default()).then_some(properties)
}

/// The application's own properties; none when there are none.
pub(super) fn application(event: &Event) -> Option<Map> {
    let entry = |(name, value): &(String, Option<String>)| {
        let value = value.clone().map_or(Value::Null, Value::String);
        (Value::String(name.clone()), value)
    };
    let map = Map(event.properties.iter().map(entry).collect());
    (!map.is_empty()).then_some(map)
}
