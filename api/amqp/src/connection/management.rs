//! `$management`: what the event stream is made of.
//!
//! Source: `reference/wire.md` §7.2.

use roost_actors::client::{HubClient, HubError, PartitionInfo};
use roost_edge::Refusal;
use roost_model::{ErrorCode, PartitionId, Timestamp};

use super::{Connection, Done};
use crate::codec::delivery_state::DeliveryState;
use crate::codec::message::Message;
use crate::codec::performative::{AmqpError, condition};
use crate::codec::{Array, Map, Value};
use crate::engine::{Delivery, SessionId};
use crate::link::Service;
use crate::message::last_sequence;
use crate::request::{ReplyTo, property};

/// What can be asked about.
enum Question {
    Stream,
    Partition(PartitionId),
}

impl Connection {
    pub(super) fn question(&mut self, delivery: &Delivery) {
        let Some((session, message)) = self.request(delivery) else {
            return;
        };
        let to = ReplyTo::of(session, &message);
        let name = property(&message, "name").unwrap_or_default().to_owned();
        let asked = self.may_ask(&name).and_then(|()| question(&message));
        match asked {
            Ok(question) => {
                let hub = self.context.hub.clone();
                self.begin(async move {
                    let answer = match answer(&hub, &name, question).await {
                        Ok(map) => to.answer(200, "OK", &Value::Map(map)),
                        Err(error) => refused(&to, &Refusal::from(error)),
                    };
                    Done::Answer {
                        service: Service::Management,
                        to,
                        answer,
                    }
                });
            }
            Err(refusal) => {
                let peer = &self.peer;
                tracing::info!(%peer, code = %refusal.code(), "question refused: {refusal}");
                let answer = refused(&to, &refusal);
                self.reply(Service::Management, to, answer);
            }
        }
    }

    /// Settles a request and reads it. One that cannot be read is rejected: nobody would know whom to
    /// answer, and the client would wait.
    pub(super) fn request(&mut self, delivery: &Delivery) -> Option<(SessionId, Message)> {
        let read = Message::decode(&delivery.payload);
        let state = match &read {
            Ok(_) => DeliveryState::Accepted,
            Err(error) => {
                let peer = &self.peer;
                tracing::debug!(%peer, %error, "a request cannot be read");
                let error = AmqpError::new(condition::DECODE_ERROR, error.to_string());
                DeliveryState::rejected(error)
            }
        };
        // Fails only with the link.
        let _ = self.engine.settle(delivery.link, delivery.delivery, state);
        Some((self.session_of(delivery.link)?, read.ok()?))
    }

    fn may_ask(&self, name: &str) -> Result<(), Refusal> {
        self.check_stream(name)?;
        self.ground(&[name, "$management"]).map(drop)
    }

    /// The stream has one name; in whatever case.
    pub(super) fn check_stream(&self, name: &str) -> Result<(), Refusal> {
        if name.eq_ignore_ascii_case(self.context.edge.hub().event_stream()) {
            return Ok(());
        }
        let name: String = name.chars().take(128).collect();
        Err(Refusal::new(
            ErrorCode::PartitionNotFound,
            format!("there is no event stream {name:?}"),
        ))
    }
}

fn refused(to: &ReplyTo, refusal: &Refusal) -> bytes::Bytes {
    let code = refusal.code();
    let status = match code {
        ErrorCode::PartitionNotFound => 404,
        code => i32::from(code.http_status()),
    };
    to.answer(status, &format!("{}: {refusal}", code.name()), &Value::Null)
}

fn question(message: &Message) -> Result<Question, Refusal> {
    let invalid = |reason: &str| Refusal::new(ErrorCode::ArgumentInvalid, reason);
    if property(message, "operation") != Some("READ") {
        return Err(invalid("the operation must be READ"));
    }
    match property(message, "type") {
        Some("com.microsoft:eventhub") => Ok(Question::Stream),
        Some("com.microsoft:partition") => {
            let own = message.application_properties.as_ref();
            let partition = match own.and_then(|own| own.get("partition")) {
                Some(value) => match value.as_integer() {
                    Some(number) => u16::try_from(number).ok(),
                    None => value.as_text().and_then(|text| text.parse().ok()),
                },
                None => None,
            };
            let partition = partition.ok_or_else(|| {
                Refusal::new(ErrorCode::PartitionNotFound, "there is no such partition")
            })?;
            Ok(Question::Partition(PartitionId(partition)))
        }
        _ => Err(invalid(
            "the type must be com.microsoft:eventhub or com.microsoft:partition",
        )),
    }
}

async fn answer(hub: &HubClient, name: &str, question: Question) -> Result<Map, HubError> {
    match question {
        Question::Stream => {
            let count = hub.partition_count();
            let ids = (0..count).map(|number| number.to_string());
            Ok(Map::new()
                .string("name", name)
                .string("type", "com.microsoft:eventhub")
                // When the hub was made is not kept.
                .string("created_at", Value::Timestamp(0))
                .string("partition_count", i32::from(count))
                .string("partition_ids", Array::strings(ids)))
        }
        Question::Partition(partition) => {
            let info = hub.partition_info(partition).await?;
            Ok(partition_map(name, partition, info))
        }
    }
}

fn partition_map(name: &str, partition: PartitionId, info: PartitionInfo) -> Map {
    let last = last_sequence(info);
    let begin = i64::try_from(info.begin_sequence.get()).unwrap_or(i64::MAX);
    let at = info.last_enqueued_at.unwrap_or(Timestamp::NEVER);
    Map::new()
        .string("name", name)
        .string("type", "com.microsoft:partition")
        .string("partition", partition.to_string())
        .string("begin_sequence_number", begin)
        .string("last_enqueued_sequence_number", last)
        .string("last_enqueued_offset", last.to_string())
        .string(
            "last_enqueued_time_utc",
            Value::Timestamp(i64::try_from(at.as_millis()).unwrap_or(i64::MAX)),
        )
        .string(
            "is_partition_empty",
            info.begin_sequence == info.next_sequence,
        )
}
