use serde::Deserialize;
use utoipa::ToSchema;

/// A query over twins.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = QuerySpecification)]
pub(crate) struct QueryRequest {
    /// At most 8,192 characters, such as `SELECT * FROM devices WHERE tags.site = 'north'`.
    pub(crate) query: Option<String>,
}
