use serde::Serialize;
use utoipa::ToSchema;

/// A consumer group of the event stream.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsumerGroup)]
pub(crate) struct ConsumerGroupDocument {
    pub(crate) name: String,
}
