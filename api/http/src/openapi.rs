use actix_web::http::StatusCode;
use utoipa::openapi::RefOr;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::route;
use crate::routes::{Access, ROUTES};

/// The OpenAPI document of the HTTPS listener, as JSON with line breaks; the same text for the same
/// program.
pub fn openapi() -> String {
    let mut text = Document::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Roost",
        description = "The HTTPS side of a Roost hub. Paths under `/devices`, `/twins` and \
            `/statistics` and the WebSocket are those of Azure IoT Hub, whose SDKs use them. Paths \
            under `/messages/events` and `/admin`, and those that end in `/connection`, are Roost's \
            own. A trailing slash means nothing; the query parameter `api-version` is accepted \
            everywhere and ignored. The roles beside SharedAccessSignature are the permissions that \
            the policy behind a token must have; a device's own token has DeviceConnect for itself.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "registry", description = "The identity registry: RegistryRead or RegistryWrite"),
        (name = "service", description = "What back ends do with devices: ServiceConnect"),
        (name = "device", description = "What a device calls, with its own credential"),
        (name = "events", description = "Roost's own: the event stream for back ends without \
            AMQP: ServiceConnect"),
        (name = "admin", description = "Roost's own: the cluster: every permission, as the policy \
            iothubowner has"),
    ),
    modifiers(&Security, &Permissions, &Descriptions),
    paths(
        route::device::list, route::device::get, route::device::put, route::device::delete,
        route::module::list, route::module::get, route::module::put, route::module::delete,
        route::bulk::post, route::keys::regenerate,
        route::connection::device, route::connection::module,
        route::transfer::export, route::transfer::import,
        route::method::invoke_device, route::method::invoke_module,
        route::twin::get_device, route::twin::patch_device, route::twin::put_device,
        route::twin::get_module, route::twin::patch_module, route::twin::put_module,
        route::statistics::devices, route::statistics::service,
        route::twin_query::post,
        route::telemetry::post_device, route::telemetry::post_module,
        route::devicebound::post, route::devicebound::get, route::devicebound::delete,
        route::devicebound::abandon,
        route::device_queue::purge, route::device_queue::list, route::device_queue::dead_letters,
        route::device_queue::delete_all, route::device_queue::delete,
        route::device_queue::resubmit,
        route::feedback::get, route::feedback::delete, route::feedback::abandon,
        route::event_stream::get, route::event_page::get,
        route::consumer_group::get, route::consumer_group::put, route::consumer_group::delete,
        route::checkpoint::get, route::checkpoint::put,
        route::cluster::status, route::cluster::join, route::cluster::remove,
        route::policy::list, route::policy::get, route::policy::put, route::policy::delete,
        route::policy::regenerate,
        route::authority::list, route::authority::get, route::authority::put,
        route::authority::delete, route::authority::ask, route::authority::verify,
        route::authority::put_crl,
        route::web_socket::open,
        route::web_socket::open_for_readers,
    ),
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let key = ApiKeyValue::with_description(
            "Authorization",
            "SharedAccessSignature sr=<resource>&sig=<signature>&se=<expiry>[&skn=<policy>]",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "SharedAccessSignature",
            SecurityScheme::ApiKey(ApiKey::Header(key)),
        );
        let description = "A device's certificate, as its identity's record asks for it";
        components.add_security_scheme(
            "ClientCertificate",
            SecurityScheme::MutualTls {
                description: Some(description.to_owned()),
                deprecated: None,
                extensions: None,
            },
        );
    }
}

/// What the table of routes asks of a caller, as roles beside the scheme (OpenAPI 3.1, "Security
/// Requirement Object"): the page says what the guard does, and its diff shows when that changes.
struct Permissions;

impl Modify for Permissions {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for route in &ROUTES {
            let Some(item) = document.paths.paths.get_mut(route.template) else {
                continue;
            };
            let operation = match route.method.as_str() {
                "GET" => &mut item.get,
                "PUT" => &mut item.put,
                "POST" => &mut item.post,
                "PATCH" => &mut item.patch,
                _ => &mut item.delete,
            };
            if let Some(operation) = operation {
                operation.security = Some(requirements(route.access));
            }
        }
    }
}

fn requirements(access: Access) -> Vec<SecurityRequirement> {
    let signature =
        |roles: &[&str]| SecurityRequirement::new("SharedAccessSignature", roles.iter().copied());
    match access {
        Access::RegistryRead => vec![signature(&["RegistryRead"])],
        Access::RegistryWrite => vec![signature(&["RegistryWrite"])],
        Access::ServiceConnect => vec![signature(&["ServiceConnect"])],
        Access::Owner => vec![signature(&[
            "RegistryRead",
            "RegistryWrite",
            "ServiceConnect",
            "DeviceConnect",
        ])],
        Access::Device => vec![
            signature(&["DeviceConnect"]),
            SecurityRequirement::new("ClientCertificate", [""; 0]),
        ],
        Access::Tunnel => vec![SecurityRequirement::default()],
    }
}

/// A response must have a description; one that says nothing more gets the phrase of its status.
struct Descriptions;

impl Modify for Descriptions {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let items = document.paths.paths.values_mut();
        let operations = items.flat_map(|item| {
            [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.patch,
                &mut item.delete,
            ]
            .into_iter()
            .flatten()
        });
        for (status, response) in operations.flat_map(|one| &mut one.responses.responses) {
            if let RefOr::T(response) = response
                && response.description.is_empty()
            {
                let status = StatusCode::from_bytes(status.as_bytes()).ok();
                let phrase = status.and_then(|status| status.canonical_reason());
                phrase
                    .unwrap_or("Response")
                    .clone_into(&mut response.description);
            }
        }
    }
}

#[cfg(test)]
mod tests;
