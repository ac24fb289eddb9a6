use roost_model::FeedbackRecord;
use serde::Serialize;
use utoipa::ToSchema;

/// The outcome of a message. Source: IoT Hub developer guide, cloud-to-device messages, message
/// feedback.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedbackRecord)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FeedbackDocument {
    /// `iothub-messageid` of the message, if it had one.
    original_message_id: Option<String>,
    /// The status, in words.
    description: &'static str,
    device_generation_id: String,
    device_id: String,
    /// When the outcome came about.
    enqueued_time_utc: String,
    /// `Success`, `Expired`, `DeliveryCountExceeded`, `Rejected` or `Purged`.
    status_code: &'static str,
}

impl From<&FeedbackRecord> for FeedbackDocument {
    fn from(record: &FeedbackRecord) -> Self {
        FeedbackDocument {
            original_message_id: record.original_message_id.clone(),
            description: record.status.name(),
            device_generation_id: record.generation.to_string(),
            device_id: record.identity.device.to_string(),
            enqueued_time_utc: record.at.to_iso(),
            status_code: record.status.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use roost_model::{FeedbackRecord, FeedbackStatus, Generation, Timestamp};

    use super::FeedbackDocument;

    #[test]
    fn a_record_is_written_as_the_sdks_read_it() {
        let record = FeedbackRecord {
            original_message_id: Some("m".into()),
            identity: "dev".parse().unwrap(),
            generation: Generation(637),
            at: Timestamp(1000),
            status: FeedbackStatus::DeliveryCountExceeded,
        };
        let text = serde_json::to_string(&FeedbackDocument::from(&record)).unwrap();
        let expected = "{\"originalMessageId\":\"m\",\"description\":\"DeliveryCountExceeded\",\
            \"deviceGenerationId\":\"637\",\"deviceId\":\"dev\",\
            \"enqueuedTimeUtc\":\"1970-01-01T00:00:01.0000000Z\",\
            \"statusCode\":\"DeliveryCountExceeded\"}";
        assert_eq!(text, expected);
    }
}
