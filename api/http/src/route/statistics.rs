use crate::call::Call;
use crate::dto::{ErrorBody, RegistryStatisticsDocument, ServiceStatisticsDocument};
use crate::respond;
use crate::routes::Answer;

/// Counts the devices of the registry.
#[utoipa::path(get, path = "/statistics/devices", tag = "registry",
    operation_id = "getRegistryStatistics",
    responses(
        (status = 200, body = RegistryStatisticsDocument), (status = 401, body = ErrorBody)))]
pub(crate) async fn devices(call: Call) -> Answer {
    let statistics = call.hub().statistics().await?;
    respond::document(&RegistryStatisticsDocument {
        total_device_count: statistics.total_devices,
        enabled_device_count: statistics.enabled_devices,
        disabled_device_count: statistics.disabled_devices,
    })
}

/// Counts the devices that are connected.
#[utoipa::path(get, path = "/statistics/service", tag = "registry",
    operation_id = "getServiceStatistics",
    responses(
        (status = 200, body = ServiceStatisticsDocument), (status = 401, body = ErrorBody)))]
pub(crate) async fn service(call: Call) -> Answer {
    let statistics = call.hub().statistics().await?;
    respond::document(&ServiceStatisticsDocument {
        connected_device_count: statistics.connected_devices,
    })
}
