//! A back end's message to a device.

use bytes::Bytes;
use roost_actors::client::MessageDraft;
use roost_edge::Refusal;
use roost_model::limits::MAX_MESSAGE_ID_CHARS;
use roost_model::{Acknowledge, ErrorCode, Identity, SystemProperty, Timestamp};

use super::content::content;
use crate::address::message_target;
use crate::codec::message::Message;

const ACKNOWLEDGE: &str = "iothub-ack";

/// Whom the message is for, and the message.
///
/// # Errors
/// 400004 for what is no message, names no device, or asks for an acknowledgement that there is not.
pub(crate) fn command(payload: &Bytes) -> Result<(Identity, MessageDraft), Refusal> {
    let invalid = |reason: String| Refusal::new(ErrorCode::ArgumentInvalid, reason);
    let message = Message::decode(payload).map_err(|error| invalid(error.to_string()))?;
    let mut content = content(&message).map_err(|error| invalid(error.to_string()))?;
    let to = content.system_property(SystemProperty::To).unwrap_or("");
    let identity = message_target(to)
        .ok_or_else(|| invalid("`to` must be /devices/{id}/messages/devicebound".to_owned()))?;
    content
        .system
        .retain(|(name, _)| *name != SystemProperty::To);
    let acknowledge = take(&mut content.properties, ACKNOWLEDGE);
    let acknowledge = match acknowledge.as_deref() {
        None | Some("") => Acknowledge::None,
        Some(text) => Acknowledge::parse(text).ok_or_else(|| {
            invalid("iothub-ack must be none, positive, negative or full".to_owned())
        })?,
    };
    let id = content.system_property(SystemProperty::MessageId);
    if id.is_some_and(|id| id.chars().count() > MAX_MESSAGE_ID_CHARS) {
        let reason = format!("message-id has at most {MAX_MESSAGE_ID_CHARS} characters");
        return Err(invalid(reason));
    }
    let expires_at = content
        .system_property(SystemProperty::AbsoluteExpiryTime)
        .and_then(|text| Timestamp::parse_iso(text).ok())
        // SDKs write the year 1 or 1970 for none.
        .filter(|at| !at.is_never());
    if expires_at.is_none() {
        let expiry = SystemProperty::AbsoluteExpiryTime;
        content.system.retain(|(name, _)| *name != expiry);
    }
    let draft = MessageDraft {
        content,
        acknowledge,
        expires_at,
    };
    Ok((identity, draft))
}

fn take(properties: &mut Vec<(String, Option<String>)>, name: &str) -> Option<String> {
    let at = properties.iter().position(|(known, _)| known == name)?;
    properties.remove(at).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::message::Properties;
    use crate::codec::{Encode as _, Map};

    fn encoded(to: &str, own: Map) -> Bytes {
        let message = Message {
            properties: Some(Properties {
                to: Some(to.to_owned()),
                ..Properties::default()
            }),
            application_properties: Some(own),
            ..Message::data(&b"go"[..])
        };
        message.to_bytes()
    }

    #[test]
    fn a_command_names_its_device_and_what_its_sender_wants_to_hear() {
        let own = Map::new().string("iothub-ack", "full").string("k", "v");
        let bytes = encoded("/devices/a%2Bb/messages/devicebound", own);
        let (identity, draft) = command(&bytes).unwrap();
        assert_eq!(identity.to_string(), "a+b");
        assert_eq!(draft.acknowledge, Acknowledge::Full);
        assert_eq!(draft.expires_at, None);
        assert_eq!(draft.content.properties.len(), 1);
        assert_eq!(draft.content.body, "go");
        assert!(
            draft.content.system.is_empty(),
            "`to` is the hub's to write"
        );
    }

    #[test]
    fn a_command_to_nobody_or_with_another_acknowledgement_is_refused() {
        let to = "/devices/d/messages/devicebound";
        for bytes in [
            encoded("/devices/d", Map::new()),
            encoded("", Map::new()),
            encoded(to, Map::new().string("iothub-ack", "maybe")),
            Bytes::from_static(b"no message"),
        ] {
            let refusal = command(&bytes).unwrap_err();
            assert_eq!(refusal.code(), ErrorCode::ArgumentInvalid);
        }
    }
}
