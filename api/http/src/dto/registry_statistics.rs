use serde::Serialize;
use utoipa::ToSchema;

/// How many devices the registry has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegistryStatistics)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegistryStatisticsDocument {
    pub(crate) total_device_count: u64,
    pub(crate) enabled_device_count: u64,
    pub(crate) disabled_device_count: u64,
}
