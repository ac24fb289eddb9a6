//! Feedback for a back end.

use bytes::Bytes;
use roost_actors::client::ReceivedFeedback;
use roost_model::{FeedbackRecord, HubName};
use serde_json::{Value as Json, json};

use super::sections::moment;
use crate::codec::message::{Message, Properties};
use crate::codec::{Encode as _, Map, Value};

const CONTENT_TYPE: &str = "application/vnd.microsoft.iothub.feedback.json";

/// The sections of a batch of feedback.
pub(crate) fn feedback(hub: &HubName, received: &ReceivedFeedback) -> Bytes {
    let records: Vec<Json> = received.batch.records.iter().map(record).collect();
    let annotations = Map::new()
        .symbol("iothub-enqueuedtime", moment(received.batch.at))
        .symbol("iothub-deliverycount", received.batch.delivery_count)
        .symbol("x-opt-lock-token", Value::Uuid(*received.lock.as_bytes()));
    let message = Message {
        message_annotations: Some(annotations),
        properties: Some(Properties {
            // The C# SDK reads it without asking whether it is there.
            user_id: Some(Bytes::copy_from_slice(hub.as_str().as_bytes())),
            content_type: Some(CONTENT_TYPE.into()),
            content_encoding: Some("utf-8".into()),
            ..Properties::default()
        }),
        ..Message::data(Json::Array(records).to_string().into_bytes())
    };
    message.to_bytes()
}

fn record(record: &FeedbackRecord) -> Json {
    let mut document = json!({
        "originalMessageId": record.original_message_id,
        "description": record.status.name(),
        "deviceGenerationId": record.generation.to_string(),
        "deviceId": record.identity.device.to_string(),
        "enqueuedTimeUtc": record.at.to_iso(),
        "statusCode": record.status.name(),
    });
    if let Some(module) = &record.identity.module {
        document["moduleId"] = module.to_string().into();
    }
    document
}
