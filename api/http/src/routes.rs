//! Every route of the hub with what its caller must be allowed to do. The guard reads this table
//! and nothing else, so a route cannot be reached without its line here.

use actix_web::HttpResponse;
use actix_web::http::Method;
use futures::future::LocalBoxFuture;
use roost_model::Permissions;

use crate::call::Call;
use crate::error::ApiError;
use crate::route::{
    authority, bulk, checkpoint, cluster, connection, consumer_group, device, device_queue,
    devicebound, event_page, event_stream, feedback, keys, method, module, policy, statistics,
    telemetry, transfer, twin, twin_query, web_socket,
};

pub(crate) type Answer = Result<HttpResponse, ApiError>;

/// One line of the table.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) template: &'static str,
    pub(crate) access: Access,
    pub(crate) handler: fn(Call) -> LocalBoxFuture<'static, Answer>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({:?})", self.method, self.template, self.access)
    }
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// A shared access policy with RegistryRead.
    RegistryRead,
    /// A shared access policy with RegistryWrite.
    RegistryWrite,
    /// A shared access policy with ServiceConnect.
    ServiceConnect,
    /// A shared access policy with every permission, as `iothubowner` has.
    Owner,
    /// The device itself; the edge checks the credential where the identity lives.
    Device,
    /// Anyone: the protocol inside the WebSocket carries the credential.
    Tunnel,
}

impl Access {
    /// The permissions that the guard asks for, `None` when the credential is checked further in.
    pub(crate) fn permissions(self) -> Option<Permissions> {
        match self {
            Access::RegistryRead => Some(Permissions::REGISTRY_READ),
            Access::RegistryWrite => Some(Permissions::REGISTRY_WRITE),
            Access::ServiceConnect => Some(Permissions::SERVICE_CONNECT),
            Access::Owner => Some(
                Permissions::REGISTRY_READ
                    .union(Permissions::REGISTRY_WRITE)
                    .union(Permissions::SERVICE_CONNECT)
                    .union(Permissions::DEVICE_CONNECT),
            ),
            Access::Device | Access::Tunnel => None,
        }
    }
}

macro_rules! routes {
    ($($method:ident $template:literal $access:ident => $handler:path,)*) => {
        [$(Route {
            method: Method::$method,
            template: $template,
            access: Access::$access,
            handler: |call| Box::pin($handler(call)),
        },)*]
    };
}

#[rustfmt::skip]
pub(crate) static ROUTES: [Route; 64] = routes! {
    GET    "/devices"                                  RegistryRead   => device::list,
    POST   "/devices"                                  RegistryWrite  => bulk::post,
    GET    "/devices/{id}"                             RegistryRead   => device::get,
    PUT    "/devices/{id}"                             RegistryWrite  => device::put,
    DELETE "/devices/{id}"                             RegistryWrite  => device::delete,
    GET    "/devices/{id}/modules"                     RegistryRead   => module::list,
    GET    "/devices/{id}/modules/{mid}"               RegistryRead   => module::get,
    PUT    "/devices/{id}/modules/{mid}"               RegistryWrite  => module::put,
    DELETE "/devices/{id}/modules/{mid}"               RegistryWrite  => module::delete,
    GET    "/twins/{id}"                               ServiceConnect => twin::get_device,
    PATCH  "/twins/{id}"                               ServiceConnect => twin::patch_device,
    PUT    "/twins/{id}"                               ServiceConnect => twin::put_device,
    GET    "/twins/{id}/modules/{mid}"                 ServiceConnect => twin::get_module,
    PATCH  "/twins/{id}/modules/{mid}"                 ServiceConnect => twin::patch_module,
    PUT    "/twins/{id}/modules/{mid}"                 ServiceConnect => twin::put_module,
    POST   "/twins/{id}/methods"                       ServiceConnect => method::invoke_device,
    POST   "/twins/{id}/modules/{mid}/methods"         ServiceConnect => method::invoke_module,
    GET    "/devices/{id}/connection"                  RegistryRead   => connection::device,
    GET    "/devices/{id}/modules/{mid}/connection"    RegistryRead   => connection::module,
    POST   "/devices/keys/regenerate"                  RegistryWrite  => keys::regenerate,
    GET    "/statistics/devices"                       RegistryRead   => statistics::devices,
    GET    "/statistics/service"                       RegistryRead   => statistics::service,
    POST   "/devices/query"                            ServiceConnect => twin_query::post,
    POST   "/devices/{id}/messages/events"             Device         => telemetry::post_device,
    POST   "/devices/{id}/modules/{mid}/messages/events" Device       => telemetry::post_module,
    GET    "/devices/{id}/messages/devicebound"        Device         => devicebound::get,
    DELETE "/devices/{id}/messages/devicebound/{lock}" Device         => devicebound::delete,
    POST   "/devices/{id}/messages/devicebound/{lock}/abandon"
                                                       Device         => devicebound::abandon,
    POST   "/devices/{id}/messages/devicebound"        ServiceConnect => devicebound::post,
    DELETE "/devices/{id}/commands"                    ServiceConnect => device_queue::purge,
    GET    "/devices/{id}/messages/queue"              ServiceConnect => device_queue::list,
    GET    "/devices/{id}/messages/deadletters"        ServiceConnect => device_queue::dead_letters,
    DELETE "/devices/{id}/messages/deadletters"        ServiceConnect => device_queue::delete_all,
    DELETE "/devices/{id}/messages/deadletters/{sequence}"
                                                       ServiceConnect => device_queue::delete,
    POST   "/devices/{id}/messages/deadletters/{sequence}/resubmit"
                                                       ServiceConnect => device_queue::resubmit,
    GET    "/messages/serviceBound/feedback"           ServiceConnect => feedback::get,
    DELETE "/messages/serviceBound/feedback/{lock}"    ServiceConnect => feedback::delete,
    POST   "/messages/serviceBound/feedback/{lock}/abandon"
                                                       ServiceConnect => feedback::abandon,
    GET    "/messages/events"                          ServiceConnect => event_stream::get,
    GET    "/messages/events/partitions/{p}"           ServiceConnect => event_page::get,
    GET    "/messages/events/consumerGroups/{cg}"      ServiceConnect => consumer_group::get,
    PUT    "/messages/events/consumerGroups/{cg}"      ServiceConnect => consumer_group::put,
    DELETE "/messages/events/consumerGroups/{cg}"      ServiceConnect => consumer_group::delete,
    GET    "/messages/events/consumerGroups/{cg}/partitions/{p}/checkpoint"
                                                       ServiceConnect => checkpoint::get,
    PUT    "/messages/events/consumerGroups/{cg}/partitions/{p}/checkpoint"
                                                       ServiceConnect => checkpoint::put,
    GET    "/admin/export"                             RegistryRead   => transfer::export,
    POST   "/admin/import"                             RegistryWrite  => transfer::import,
    GET    "/admin/cluster"                            Owner          => cluster::status,
    POST   "/admin/cluster/nodes"                      Owner          => cluster::join,
    DELETE "/admin/cluster/nodes/{id}"                 Owner          => cluster::remove,
    GET    "/admin/policies"                           Owner          => policy::list,
    GET    "/admin/policies/{name}"                    Owner          => policy::get,
    PUT    "/admin/policies/{name}"                    Owner          => policy::put,
    DELETE "/admin/policies/{name}"                    Owner          => policy::delete,
    POST   "/admin/policies/{name}/keys/{key}/regenerate"
                                                       Owner          => policy::regenerate,
    GET    "/admin/certificates"                       Owner          => authority::list,
    GET    "/admin/certificates/{name}"                Owner          => authority::get,
    PUT    "/admin/certificates/{name}"                Owner          => authority::put,
    DELETE "/admin/certificates/{name}"                Owner          => authority::delete,
    POST   "/admin/certificates/{name}/verification-code"
                                                       Owner          => authority::ask,
    POST   "/admin/certificates/{name}/verify"         Owner          => authority::verify,
    PUT    "/admin/certificates/{name}/crl"            Owner          => authority::put_crl,
    GET    "/$iothub/websocket"                        Tunnel         => web_socket::open,
    GET    "/$servicebus/websocket"                    Tunnel         => web_socket::open_for_readers,
};
