//! Requests with answers: tokens on `$cbs`, questions on `$management`.

use bytes::Bytes;

use crate::codec::message::{Body, Message, MessageId, Properties};
use crate::codec::{Encode as _, Map, Value};
use crate::engine::SessionId;

/// Where an answer goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReplyTo {
    /// The session of the request.
    pub(crate) session: SessionId,
    /// The target of the client's receiver, if it said so.
    pub(crate) address: Option<String>,
    /// Comes back in the type in which it came.
    pub(crate) correlation: Option<MessageId>,
}

impl ReplyTo {
    pub(crate) fn of(session: SessionId, message: &Message) -> ReplyTo {
        let properties = message.properties.as_ref();
        ReplyTo {
            session,
            address: properties.and_then(|properties| properties.reply_to.clone()),
            correlation: properties.and_then(|properties| {
                let given = properties.message_id.clone();
                given.or_else(|| properties.correlation_id.clone())
            }),
        }
    }

    /// An answer: a status like those of HTTP, and what was asked for. Source: AMQP management, and the
    /// clients, which want the status as an int.
    pub(crate) fn answer(&self, status: i32, description: &str, body: &Value) -> Bytes {
        let message = Message {
            properties: Some(Properties {
                correlation_id: self.correlation.clone(),
                ..Properties::default()
            }),
            application_properties: Some(
                Map::new()
                    .string("status-code", status)
                    .string("status-description", description)
                    // Older clients look for these.
                    .string("statusCode", status)
                    .string("statusDescription", description),
            ),
            body: Body::value(body),
            ..Message::default()
        };
        message.to_bytes()
    }
}

/// A property of a request as text; some clients write binary.
pub(crate) fn property<'m>(message: &'m Message, name: &str) -> Option<&'m str> {
    match message.application_properties.as_ref()?.get(name)? {
        Value::Binary(bytes) => std::str::from_utf8(bytes).ok(),
        value => value.as_text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_carries_the_id_in_the_type_in_which_it_came() {
        for id in [
            MessageId::Ulong(0),
            MessageId::Uuid([3; 16]),
            MessageId::String("x".into()),
        ] {
            let request = Message {
                properties: Some(Properties {
                    message_id: Some(id.clone()),
                    reply_to: Some("cbs".into()),
                    ..Properties::default()
                }),
                ..Message::default()
            };
            let reply = ReplyTo::of(SessionId::for_test(), &request);
            assert_eq!(reply.address.as_deref(), Some("cbs"));
            let bytes = reply.answer(200, "OK", &Value::Null);
            let answer = Message::decode(&bytes).unwrap();
            assert_eq!(answer.properties.unwrap().correlation_id, Some(id));
            let own = answer.application_properties.unwrap();
            assert_eq!(own.get("status-code"), Some(&Value::Int(200)));
        }
    }
}
