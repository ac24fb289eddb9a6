//! Twins over a pair of links.
//!
//! Source: `reference/wire.md` §3.5.

use bytes::Bytes;
use roost_edge::{Refusal, Session};
use roost_model::{Channel, ErrorCode, Identity};
use serde_json::json;
use uuid::Uuid;

use super::{Connection, Done};
use crate::address::DeviceNode;
use crate::codec::message::{Body, Message, MessageId, Properties};
use crate::codec::{Encode as _, Map, Value, delivery_state::DeliveryState};
use crate::engine::{Delivery, Outgoing};

const REPORTED: &str = "/properties/reported";
const NOTIFICATIONS: &str = "/notifications/twin/properties/desired";

/// What a device asks.
#[derive(Debug, PartialEq, Eq)]
enum Request {
    Get,
    Report {
        patch: Bytes,
        expected: Option<u64>,
    },
    /// To be told of desired properties, or not any more.
    Notify(bool),
}

/// What it is told.
struct Answered {
    status: i32,
    version: Option<u64>,
    body: Vec<u8>,
}

impl Connection {
    pub(super) fn twin_request(&mut self, identity: &Identity, delivery: &Delivery) {
        let _ = self
            .engine
            .settle(delivery.link, delivery.delivery, DeliveryState::Accepted);
        let device = self.devices.get(identity);
        let Some(session) = device.and_then(|device| device.session.clone()) else {
            return;
        };
        let (correlation, request) = match Message::decode(&delivery.payload) {
            Ok(message) => {
                let properties = message.properties.as_ref();
                let id = properties.and_then(|properties| properties.correlation_id.clone());
                (id, request(&message))
            }
            Err(error) => {
                let (peer, id) = (&self.peer, identity);
                tracing::debug!(%peer, %id, %error, "a twin request cannot be read");
                return;
            }
        };
        let identity = identity.clone();
        self.begin(async move {
            let done = match request {
                Ok(request) => perform(&session, request).await,
                Err(refusal) => Err(refusal),
            };
            let answered = done.unwrap_or_else(|refusal| refused(&session, &refusal));
            let answer = encode(correlation, answered);
            Done::Twin { identity, answer }
        });
    }

    /// Sends an answer on the device's receiver.
    pub(super) fn twin_answer(&mut self, identity: &Identity, answer: Bytes) {
        let device = self.devices.get(identity);
        if let Some(link) = device.and_then(|device| device.receiver(DeviceNode::Twin)) {
            self.send(link, Outgoing::new(answer));
        }
    }

    /// Tells the device of its desired properties.
    pub(super) fn desired(&mut self, identity: &Identity, version: u64, patch: Bytes) {
        let annotations = Map::new()
            .symbol("resource", "/properties/desired")
            .symbol("version", long(version));
        let message = Message {
            message_annotations: Some(annotations),
            ..Message::data(patch)
        };
        self.twin_answer(identity, message.to_bytes());
    }
}

fn request(message: &Message) -> Result<Request, Refusal> {
    let invalid = |reason: &str| Refusal::new(ErrorCode::ArgumentInvalid, reason);
    let annotations = message.message_annotations.as_ref();
    let get = |name: &str| annotations.and_then(|annotations| annotations.get(name));
    let operation = get("operation")
        .and_then(Value::as_text)
        .unwrap_or_default();
    let resource = get("resource").and_then(Value::as_text);
    match (operation, resource) {
        ("GET", _) => Ok(Request::Get),
        ("PATCH", Some(resource)) if resource.eq_ignore_ascii_case(REPORTED) => {
            let expected = match get("version") {
                None | Some(Value::Null) => None,
                Some(value) => {
                    let number = value.as_integer().and_then(|one| u64::try_from(one).ok());
                    Some(number.ok_or_else(|| invalid("version must be a number"))?)
                }
            };
            let patch = match &message.body {
                Body::Data(sections) if sections.len() == 1 => sections[0].clone(),
                _ => return Err(invalid("the body must be one data section")),
            };
            Ok(Request::Report { patch, expected })
        }
        ("PUT", Some(resource)) if resource.eq_ignore_ascii_case(NOTIFICATIONS) => {
            Ok(Request::Notify(true))
        }
        ("DELETE", Some(resource)) if resource.eq_ignore_ascii_case(NOTIFICATIONS) => {
            Ok(Request::Notify(false))
        }
        _ => Err(invalid("operation and resource are none of a twin")),
    }
}

async fn perform(session: &Session, request: Request) -> Result<Answered, Refusal> {
    let plain = |status, version| Answered {
        status,
        version,
        body: Vec::new(),
    };
    match request {
        Request::Get => Ok(Answered {
            status: 200,
            version: None,
            body: session.twin().await?,
        }),
        Request::Report { patch, expected } => {
            let version = session.report(&patch, expected).await?;
            Ok(plain(204, Some(version)))
        }
        Request::Notify(wanted) => {
            let channel = Channel::DesiredProperties;
            session
                .subscribe(move |channels| {
                    if wanted {
                        channels.with(channel)
                    } else {
                        channels.without(channel)
                    }
                })
                .await?;
            Ok(plain(200, None))
        }
    }
}

fn refused(session: &Session, refusal: &Refusal) -> Answered {
    let (id, code) = (session.identity(), refusal.code());
    let tracking = Uuid::new_v4();
    tracing::info!(%id, %tracking, %code, "twin request refused: {refusal}");
    let body = json!({
        "errorCode": code.number(),
        "trackingId": tracking.to_string(),
        "message": refusal.to_string(),
        "timestampUtc": session.now().to_iso(),
    });
    Answered {
        status: i32::from(code.http_status()),
        version: None,
        body: body.to_string().into_bytes(),
    }
}

/// The C SDK looks at the types: the status is an int and the version a long.
fn encode(correlation: Option<MessageId>, answered: Answered) -> Bytes {
    let mut annotations = Map::new().symbol("status", answered.status);
    if let Some(version) = answered.version {
        annotations = annotations.symbol("version", long(version));
    }
    let message = Message {
        message_annotations: Some(annotations),
        properties: Some(Properties {
            correlation_id: correlation,
            ..Properties::default()
        }),
        ..Message::data(answered.body)
    };
    message.to_bytes()
}

fn long(version: u64) -> Value {
    Value::Long(i64::try_from(version).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(annotations: Map, body: &'static str) -> Result<Request, Refusal> {
        request(&Message {
            message_annotations: Some(annotations),
            ..Message::data(body.as_bytes())
        })
    }

    #[test]
    fn the_operations_of_the_sdks_are_understood() {
        let get = Map::new().symbol("operation", "GET");
        assert_eq!(asked(get, " ").unwrap(), Request::Get);
        let patch = Map::new()
            .symbol("operation", "PATCH")
            .symbol("resource", REPORTED)
            .symbol("version", 7_i64);
        let report = Request::Report {
            patch: Bytes::from_static(b"{}"),
            expected: Some(7),
        };
        assert_eq!(asked(patch, "{}").unwrap(), report);
        for (operation, wanted) in [("PUT", true), ("DELETE", false)] {
            let notify = Map::new()
                .symbol("operation", operation)
                .symbol("resource", NOTIFICATIONS);
            assert_eq!(asked(notify, "").unwrap(), Request::Notify(wanted));
        }
    }

    #[test]
    fn others_are_refused() {
        let with = |operation: &'static str, resource: &'static str| {
            Map::new()
                .symbol("operation", operation)
                .symbol("resource", resource)
        };
        for annotations in [
            Map::new(),
            with("PATCH", "/properties/desired"),
            with("PUT", "/x"),
            with("PATCH", REPORTED).symbol("version", "seven"),
        ] {
            assert!(asked(annotations, "{}").is_err());
        }
    }
}
