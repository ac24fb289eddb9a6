//! The headers of a message that a device receives.

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use roost_actors::client::ReceivedMessage;
use roost_model::{Acknowledge, Identity, SystemProperty};

/// Writes the headers that the device SDKs read. A property that HTTP has no header for is left out.
pub(crate) fn describe(
    response: &mut HttpResponseBuilder,
    identity: &Identity,
    message: &ReceivedMessage,
) {
    let mut set = |name: &str, value: &str| {
        if let Some((name, value)) = pair(name, value) {
            response.insert_header((name, value));
        }
    };
    set(header::ETAG.as_str(), &format!("\"{}\"", message.lock));
    set("iothub-to", &recipient(identity));
    set("iothub-sequencenumber", &message.sequence.to_string());
    set("iothub-enqueuedtime", &message.enqueued_at.to_iso());
    set("iothub-expiry", &message.expires_at.to_iso());
    set("iothub-deliverycount", &message.delivery_count.to_string());
    if message.acknowledge != Acknowledge::None {
        set("iothub-ack", message.acknowledge.name());
    }
    for (property, value) in &message.content.system {
        if let Some(name) = name(*property) {
            set(name, value);
        }
    }
    for (name, value) in &message.content.properties {
        let value = value.as_deref().unwrap_or_default();
        set(&format!("iothub-app-{name}"), value);
    }
}

/// `to` of a message.
fn recipient(identity: &Identity) -> String {
    match &identity.module {
        None => format!("/devices/{}/messages/deviceBound", identity.device),
        Some(module) => format!(
            "/devices/{}/modules/{module}/messages/deviceBound",
            identity.device
        ),
    }
}

/// The header of a system property that its sender has set.
fn name(property: SystemProperty) -> Option<&'static str> {
    Some(match property {
        SystemProperty::MessageId => "iothub-messageid",
        SystemProperty::CorrelationId => "iothub-correlationid",
        SystemProperty::UserId => "iothub-userid",
        SystemProperty::ContentType => "ContentType",
        SystemProperty::ContentEncoding => "ContentEncoding",
        SystemProperty::CreationTimeUtc => "iothub-creationtimeutc",
        SystemProperty::MessageSchema => "iothub-messageschema",
        SystemProperty::InterfaceId => "iothub-interface-id",
        SystemProperty::Subject => "dt-subject",
        _ => return None,
    })
}

fn pair(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    Some((name, value))
}
