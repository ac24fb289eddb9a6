//! A message that a back end sends to a device, and how a device gets it: properties are headers.

mod headers;

use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use roost_actors::client::MessageDraft;
use roost_model::{Acknowledge, Event, SystemProperty, Timestamp};

use super::batch::one_item;
use super::property::is_name;
use super::single::read_single;
use crate::error::ApiError;

pub(crate) use headers::describe;

const ACKNOWLEDGE: &str = "iothub-ack";

/// Reads a message from headers and a raw body.
///
/// Errors: as those of a message that a device sends; ArgumentInvalid for an `iothub-ack` or
/// `iothub-expiry` that is none.
pub(crate) fn parse_devicebound(
    headers: &HeaderMap,
    body: Bytes,
) -> Result<MessageDraft, ApiError> {
    draft(headers, read_single(headers, body)?)
}

/// Reads a message from a batch of one, which keeps the case of property names; `iothub-ack` is a
/// header.
///
/// Errors: as [`parse_devicebound`]; DeserializationError when it is no batch of one message.
pub(crate) fn parse_devicebound_item(
    headers: &HeaderMap,
    body: &[u8],
) -> Result<MessageDraft, ApiError> {
    draft(headers, one_item(body)?)
}

fn draft(headers: &HeaderMap, mut content: Event) -> Result<MessageDraft, ApiError> {
    for (name, value) in &content.properties {
        let value = value.as_deref().unwrap_or_default();
        if !is_name(name) || value.chars().any(char::is_control) {
            let text = format!("{name} is not a property that a device can be sent");
            return Err(ApiError::invalid(text));
        }
    }
    let system = content.system.iter();
    if let Some((property, _)) = system
        .clone()
        .find(|(_, value)| value.chars().any(char::is_control))
    {
        let text = format!("the value of {} has control characters", property.name());
        return Err(ApiError::invalid(text));
    }
    let id = content.system_property(SystemProperty::MessageId);
    let most = roost_model::limits::MAX_MESSAGE_ID_CHARS;
    if id.is_some_and(|id| id.chars().count() > most) {
        let text = format!("iothub-messageid has at most {most} characters");
        return Err(ApiError::invalid(text));
    }
    let expires_at = expiry(&mut content)?;
    Ok(MessageDraft {
        content,
        acknowledge: acknowledge(headers)?,
        expires_at,
    })
}

/// Takes the expiry out of the content and puts it back in the one form that all SDKs read. Some SDKs
/// write 0 for none.
fn expiry(content: &mut Event) -> Result<Option<Timestamp>, ApiError> {
    let property = SystemProperty::AbsoluteExpiryTime;
    let asked = content.system_property(property).map(str::to_owned);
    content.system.retain(|(name, _)| *name != property);
    let Some(text) = asked.filter(|text| !text.is_empty() && text != "0") else {
        return Ok(None);
    };
    let at = Timestamp::parse_iso(&text).map_err(|_| {
        ApiError::invalid("iothub-expiry must be a date and time like 2026-11-21T08:00:00Z")
    })?;
    content.set_system_property(property, at.to_iso());
    Ok(Some(at))
}

fn acknowledge(headers: &HeaderMap) -> Result<Acknowledge, ApiError> {
    let Some(value) = headers.get(ACKNOWLEDGE) else {
        return Ok(Acknowledge::None);
    };
    value
        .to_str()
        .ok()
        .and_then(Acknowledge::parse)
        .ok_or_else(|| ApiError::invalid("iothub-ack must be none, positive, negative or full"))
}

#[cfg(test)]
mod tests;
