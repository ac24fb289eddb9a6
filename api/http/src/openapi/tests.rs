use std::collections::BTreeSet;
use std::path::Path;

use roost_model::Permissions;
use serde_json::Value;

use super::openapi;
use crate::routes::{Access, ROUTES};

/// Routes of Roost among those of the service.
const OWN_OF_DEVICES: [(&str, &str); 6] = [
    ("POST", "/devices/{id}/messages/devicebound"),
    ("GET", "/devices/{id}/messages/queue"),
    ("GET", "/devices/{id}/messages/deadletters"),
    ("DELETE", "/devices/{id}/messages/deadletters"),
    ("DELETE", "/devices/{id}/messages/deadletters/{sequence}"),
    (
        "POST",
        "/devices/{id}/messages/deadletters/{sequence}/resubmit",
    ),
];

const UPDATE: &str = "ROOST_UPDATE=1 cargo test -p roost-http openapi";

fn document() -> Value {
    serde_json::from_str(&openapi()).unwrap()
}

#[test]
fn the_document_has_exactly_the_routes_of_the_table() {
    let document = document();
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| *key != "parameters")
        {
            documented.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let table: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| format!("{} {}", route.method, route.template))
        .collect();
    assert_eq!(documented, table);
}

#[test]
fn the_tags_tell_who_may_call() {
    let document = document();
    for route in &ROUTES {
        let operation = &document["paths"][route.template][route.method.as_str().to_lowercase()];
        let tag = match route.access {
            Access::ServiceConnect if !route.template.starts_with("/messages/events") => "service",
            Access::RegistryRead | Access::RegistryWrite => "registry",
            Access::ServiceConnect => "events",
            Access::Owner => "admin",
            Access::Device | Access::Tunnel => "device",
        };
        assert_eq!(operation["tags"][0], tag, "{route:?}");
    }
}

/// The page as it is committed, not as the program would write it.
#[test]
fn the_page_names_for_every_route_the_permissions_that_the_guard_asks_for() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let page: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut on_the_page = BTreeSet::new();
    for (path, item) in page["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let security = operation["security"].as_array().unwrap();
            let roles = security
                .first()
                .and_then(|one| one.get("SharedAccessSignature"));
            let roles = roles.map(|roles| {
                let roles = roles.as_array().unwrap().iter();
                let roles =
                    roles.map(|role| role.as_str().unwrap().parse::<Permissions>().unwrap());
                roles.fold(Permissions::NONE, Permissions::union)
            });
            on_the_page.insert((
                method.to_uppercase(),
                path.clone(),
                roles.map(|r| r.to_string()),
            ));
        }
    }
    let in_the_table: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| {
            let needed = match route.access {
                Access::Device => Some(Permissions::DEVICE_CONNECT),
                access => access.permissions(),
            };
            let method = route.method.to_string();
            (
                method,
                route.template.to_owned(),
                needed.map(|needed| needed.to_string()),
            )
        })
        .collect();
    assert_eq!(on_the_page, in_the_table);
}

#[test]
fn routes_that_are_not_of_the_service_say_so() {
    let document = document();
    for route in &ROUTES {
        let operation = &document["paths"][route.template][route.method.as_str().to_lowercase()];
        let said = operation["summary"]
            .as_str()
            .unwrap_or_default()
            .contains("Roost's own");
        let own = ["/messages/events", "/admin/"]
            .iter()
            .any(|own| route.template.starts_with(own))
            || route.template.ends_with("/connection")
            || OWN_OF_DEVICES.contains(&(route.method.as_str(), route.template));
        assert_eq!(said, own, "{route:?}");
    }
}

#[test]
fn every_response_is_described() {
    let document = document();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            for response in operation["responses"].as_object().unwrap().values() {
                assert!(response["description"].is_string(), "{operation}");
            }
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document = document();
    let mut names = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            assert!(
                names.insert(operation["operationId"].to_string()),
                "{operation}"
            );
        }
    }
}

#[test]
fn the_committed_document_is_the_programs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("ROOST_UPDATE").is_some() {
        std::fs::write(&path, openapi()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == openapi(),
        "docs/openapi.json is out of date; write it with: {UPDATE}"
    );
}
