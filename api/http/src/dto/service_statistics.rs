use serde::Serialize;
use utoipa::ToSchema;

/// How many devices are connected.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceStatistics)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceStatisticsDocument {
    pub(crate) connected_device_count: u64,
}
