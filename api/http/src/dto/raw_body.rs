use utoipa::ToSchema;

/// Any bytes.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(
    dead_code,
    reason = "stands for the bytes in the OpenAPI document only"
)]
pub(crate) struct RawBody(String);
