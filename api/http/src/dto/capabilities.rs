use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a device is besides a device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Capabilities {
    /// It runs the Edge runtime and can be the parent of other devices.
    #[serde(default)]
    pub(crate) iot_edge: bool,
}
