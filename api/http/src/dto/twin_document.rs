use utoipa::ToSchema;

/// A twin, with what the registry knows of its owner. Source: IoT Hub service API 2021-04-12, `Twin`.
#[derive(ToSchema)]
#[schema(as = Twin, rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "describes the document that roost_model::twin::TwinDocument writes"
)]
pub(crate) struct TwinDocumentSchema {
    device_id: String,
    /// Of a module's twin only.
    module_id: Option<String>,
    /// Changes with tags and desired properties; the header `ETag` has it in quotes.
    etag: String,
    /// The entity tag of the identity.
    device_etag: String,
    /// `enabled` or `disabled`; of a module: its device's.
    status: String,
    status_reason: Option<String>,
    status_update_time: String,
    /// `Connected` or `Disconnected`.
    connection_state: String,
    last_activity_time: String,
    cloud_to_device_message_count: u32,
    /// `sas`, `selfSigned`, `certificateAuthority` or `none`.
    authentication_type: String,
    #[schema(value_type = Object)]
    x509_thumbprint: (),
    /// The Plug and Play model that the device named when it connected.
    model_id: String,
    /// Counts changes of anything in the twin.
    version: u64,
    /// The back end's own; devices don't see them.
    #[schema(value_type = Object)]
    tags: (),
    properties: TwinPropertiesSchema,
    #[schema(value_type = Object)]
    capabilities: (),
    device_scope: Option<String>,
    parent_scopes: Option<Vec<String>>,
}

/// Both sections hold `$metadata` and `$version` beside the properties.
#[derive(ToSchema)]
#[schema(as = TwinProperties)]
#[expect(
    dead_code,
    reason = "describes the document that roost_model::twin::TwinDocument writes"
)]
pub(crate) struct TwinPropertiesSchema {
    /// Written by the back end.
    #[schema(value_type = Object)]
    desired: (),
    /// Written by the device.
    #[schema(value_type = Object)]
    reported: (),
}
