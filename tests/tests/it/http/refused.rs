//! Requests that are wrong: the documented error in the documented form, and nothing changed.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use roost_chaos::harness::{ServiceClient, from_now};
use roost_model::SymmetricKey;
use serde_json::Value;

use crate::fixture::{Snapshot, TestDevice, assert_error, file, node, owner};

const HOUR: Duration = Duration::from_secs(3600);

/// The answer must be this error, in the form that every SDK can read.
pub(crate) async fn expect(
    what: &str,
    request: RequestBuilder,
    status: u16,
    name: &str,
    code: u64,
) {
    let answer = request
        .send()
        .await
        .unwrap_or_else(|error| panic!("{what}: {error:?}"));
    assert_error(what, answer, status, name, code).await;
}

fn policy(connection_string: &str) -> ServiceClient {
    ServiceClient::new(file(), node(1), connection_string).unwrap()
}

#[tokio::test]
async fn a_wrong_token_is_401_and_changes_nothing() {
    let device = TestDevice::create("refused-tokens").await;
    let before = Snapshot::of(&device).await;
    let owner = owner(1);
    let path = "/devices/refused-tokens";
    let expired = owner.token(&[], from_now(Duration::ZERO).saturating_sub(HOUR));
    let host = device.credential.host.clone();
    let stranger =
        SymmetricKey::from_base64("c3RyYW5nZXItc3RyYW5nZXItc3RyYW5nZXItMDAwMDA=").unwrap();
    let resource = roost_model::encode_resource(&host, &[]);
    let sign = |key: &SymmetricKey, name: &str| {
        roost_model::sign(&resource, key, from_now(HOUR), Some(name))
    };
    let narrow = owner.token(&["devices", "refused-token"], from_now(HOUR));
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = || {
            owner
                .request(method.clone(), path)
                .header("If-Match", "*")
                .body("{}")
        };
        let cases = [
            ("no token", request()),
            (
                "nonsense",
                request().header("Authorization", "Basic dXNlcjpwYXNz"),
            ),
            (
                "an expired token",
                request().header("Authorization", &expired),
            ),
            (
                "another key",
                request().header("Authorization", sign(&stranger, "iothubowner")),
            ),
            (
                "an unknown policy",
                request().header("Authorization", sign(&stranger, "nobody")),
            ),
            (
                "a device's token",
                request().header("Authorization", device.credential.token()),
            ),
            (
                "a token for another device",
                request().header("Authorization", &narrow),
            ),
        ];
        for (what, request) in cases {
            let answer = request.send().await.unwrap();
            let error = answer.headers()["iothub-errorcode"]
                .to_str()
                .unwrap()
                .to_owned();
            assert_eq!(answer.status(), 401, "{method} with {what}");
            assert!(
                error.starts_with("IotHubUnauthorized"),
                "{method} with {what}: {error}"
            );
        }
    }
    before.assert_unchanged().await;
}

#[tokio::test]
async fn a_policy_may_do_what_it_says_and_no_more() {
    let device = TestDevice::create("refused-policy").await;
    let before = Snapshot::of(&device).await;
    let strings = &file().connection_strings;
    let path = "/devices/refused-policy";
    for (name, connection_string, allowed) in [
        ("service", &strings.service, "/messages/events"),
        ("device", &strings.device, ""),
    ] {
        let client = policy(connection_string);
        for (method, path) in [
            (Method::GET, path),
            (Method::PUT, path),
            (Method::DELETE, path),
            (Method::GET, "/devices"),
            (Method::GET, "/messages/events"),
            (Method::GET, "/messages/events/partitions/0"),
            (Method::GET, "/admin/cluster"),
        ] {
            let request = client
                .authorized(method.clone(), path)
                .header("If-Match", "*");
            let status = request.body("{}").send().await.unwrap().status().as_u16();
            let may = !allowed.is_empty() && path.starts_with(allowed);
            let expected = if may { 200 } else { 401 };
            assert_eq!(status, expected, "{name}: {method} {path}");
        }
    }
    before.assert_unchanged().await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_and_changes_nothing() {
    let device = TestDevice::create("refused-body").await;
    let before = Snapshot::of(&device).await;
    let owner = owner(0);
    let put = |body: &str| {
        let request = owner.authorized(Method::PUT, "/devices/refused-body");
        let request = request
            .header("If-Match", "*")
            .header("Content-Type", "application/json");
        request.body(body.to_owned())
    };
    for body in [
        "{",
        "[]",
        "7",
        "\"text\"",
        "{\"deviceId\": 7}",
        "{\"status\": {}}",
        "\u{0}",
    ] {
        expect(body, put(body), 400, "DeserializationError", 400_012).await;
    }
    expect("no body", put(""), 400, "ArgumentNull", 400_005).await;
    for (what, body) in [
        ("another id", r#"{"deviceId":"somebody"}"#),
        (
            "an unknown status",
            r#"{"deviceId":"refused-body","status":"asleep"}"#,
        ),
        (
            "a key of 3 bytes",
            r#"{"authentication":{"symmetricKey":{"primaryKey":"AAAA","secondaryKey":"AAAA"}}}"#,
        ),
        (
            "a key that is not base64",
            r#"{"authentication":{"symmetricKey":{"primaryKey":"?","secondaryKey":"?"}}}"#,
        ),
    ] {
        expect(what, put(body), 400, "ArgumentInvalid", 400_004).await;
    }
    let form = owner
        .authorized(Method::PUT, "/devices/refused-body")
        .header("If-Match", "*");
    let form = form
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("status=x");
    let answer = form.send().await.unwrap();
    assert_eq!(answer.status(), 415);
    before.assert_unchanged().await;
}

#[tokio::test]
async fn ids_versions_and_names_are_checked_before_anything_happens() {
    let device = TestDevice::create("refused-checks").await;
    let before = Snapshot::of(&device).await;
    let owner = owner(2);
    let path = "/devices/refused-checks";
    let json = |method: Method, path: &str| {
        owner
            .authorized(method, path)
            .header("Content-Type", "application/json")
            .body("{}")
    };
    let again = json(Method::PUT, path);
    expect(
        "creating it again",
        again,
        409,
        "DeviceAlreadyExists",
        409_001,
    )
    .await;
    for tag in ["\"AAAA\"", "AAAA", "\"\"", "W/\"AAAAAAAAAAA=\""] {
        let update = json(Method::PUT, path).header("If-Match", tag);
        expect("an old version", update, 412, "PreconditionFailed", 412_001).await;
        let delete = json(Method::DELETE, path).header("If-Match", tag);
        expect("an old version", delete, 412, "PreconditionFailed", 412_001).await;
    }
    let long = format!("/devices/{}", "x".repeat(129));
    for path in [
        "/devices/a%20b",
        "/devices/a%2Fb",
        "/devices/%C3%A4",
        long.as_str(),
    ] {
        expect(
            path,
            json(Method::PUT, path),
            400,
            "ArgumentInvalid",
            400_004,
        )
        .await;
    }
    let unknown = "/devices/refused-nobody";
    for method in [Method::GET, Method::DELETE] {
        expect(
            "nobody",
            json(method, unknown),
            404,
            "DeviceNotFound",
            404_001,
        )
        .await;
    }
    let update = json(Method::PUT, unknown).header("If-Match", "*");
    expect("updating nobody", update, 404, "DeviceNotFound", 404_001).await;
    before.assert_unchanged().await;
}

#[tokio::test]
async fn unknown_paths_methods_and_parameters_are_told() {
    let owner = owner(0);
    let get = |path: &str| owner.authorized(Method::GET, path);
    for path in ["/", "/nowhere", "/devices/a/b/c", "/messages"] {
        let answer = get(path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let body: Value = answer.json().await.unwrap();
        assert!(
            body["Message"].as_str().unwrap().starts_with("ErrorCode:"),
            "{path}: {body}"
        );
    }
    expect("no UTF-8", get("/%FF"), 400, "ArgumentInvalid", 400_004).await;
    let patch = owner
        .authorized(Method::PATCH, "/devices/x")
        .send()
        .await
        .unwrap();
    assert_eq!(patch.status(), 405);
    for path in [
        "/devices?top=0",
        "/devices?top=many",
        "/messages/events/partitions/0?form=earliest",
        "/messages/events/partitions/0?from=yesterday",
        "/messages/events/partitions/0?from=sequence&value=-1",
        "/messages/events/partitions/0?max=0",
        "/messages/events/partitions/0?max=1000000",
        "/messages/events/partitions/0?wait=forever",
        "/messages/events/partitions/0?max=1&max=2",
    ] {
        expect(path, get(path), 400, "ArgumentInvalid", 400_004).await;
    }
    let valueless = "/messages/events/partitions/0?from=sequence";
    expect(valueless, get(valueless), 400, "ArgumentNull", 400_005).await;
    for partition in ["16", "65536", "first"] {
        let path = format!("/messages/events/partitions/{partition}");
        let status = get(&path).send().await.unwrap().status().as_u16();
        assert!(matches!(status, 400 | 404), "{path}: {status}");
    }
    // Any version of the API is the present one.
    let status = get("/devices?api-version=1999-01-01&top=1")
        .send()
        .await
        .unwrap()
        .status();
    assert_eq!(status, 200);
}
