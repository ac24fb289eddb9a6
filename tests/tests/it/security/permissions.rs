//! Every route of the OpenAPI page with every policy of a new hub.

use std::path::Path;

use reqwest::Method;
use roost_chaos::harness::ServiceClient;
use roost_model::Permissions;
use serde_json::Value;

use super::tools::expect_error;
use crate::fixture::{cluster, file, node, owner};

/// The policies of a new hub.
const POLICIES: [(&str, Permissions); 5] = [
    ("iothubowner", Permissions::ALL),
    ("service", Permissions::SERVICE_CONNECT),
    ("device", Permissions::DEVICE_CONNECT),
    ("registryRead", Permissions::REGISTRY_READ),
    ("registryReadWrite", Permissions::REGISTRY_WRITE),
];

struct Operation {
    method: Method,
    path: String,
    needed: Permissions,
    /// The credential is checked further in.
    of_devices: bool,
}

fn page() -> Vec<Operation> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let page: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in page["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let security = &operation["security"][0]["SharedAccessSignature"];
            let Some(roles) = security.as_array() else {
                continue; // the WebSocket
            };
            let needed = roles
                .iter()
                .map(|role| role.as_str().unwrap().parse().unwrap());
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: fill(path),
                needed: needed.fold(Permissions::NONE, Permissions::union),
                of_devices: operation["tags"][0] == "device",
            });
        }
    }
    assert!(operations.len() > 30);
    operations
}

/// Something that is not there for every parameter, so that nothing is changed by who may.
fn fill(template: &str) -> String {
    let segments = template.split('/').map(|segment| match segment {
        "{p}" => "0",
        parameter if parameter.starts_with('{') => "nothing",
        literal => literal,
    });
    segments.collect::<Vec<_>>().join("/")
}

async fn client(name: &str, index: usize) -> ServiceClient {
    let policy: Value = owner(0)
        .call(Method::GET, &format!("/admin/policies/{name}"), None)
        .await
        .unwrap();
    let key = policy["primaryKey"].as_str().unwrap();
    let host = &file().hostname;
    let text = format!("HostName={host};SharedAccessKeyName={name};SharedAccessKey={key}");
    ServiceClient::new(file(), node(index), &text).unwrap()
}

#[tokio::test]
async fn every_policy_may_call_what_the_page_says_and_nothing_else() {
    let (mut refused, mut allowed) = (0, 0);
    let _ = cluster();
    for (index, (name, has)) in POLICIES.into_iter().enumerate() {
        let client = client(name, index % 3).await;
        for operation in page().iter().filter(|operation| !operation.of_devices) {
            let (method, path) = (operation.method.clone(), &operation.path);
            let request = client.authorized(method.clone(), path);
            if !has.contains(operation.needed) {
                expect_error(401, 401_002, "IotHubUnauthorizedAccess", request).await;
                refused += 1;
            } else if method == Method::GET {
                let status = request.send().await.unwrap().status().as_u16();
                assert_ne!(status, 401, "{name}: {method} {path}");
                allowed += 1;
            }
        }
    }
    println!("{refused} calls refused, {allowed} calls allowed");
}
