//! Symmetric keys of devices and of policies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use roost_model::limits::{GENERATED_KEY_BYTES, MAX_KEY_BYTES, MIN_KEY_BYTES};
use roost_model::{ErrorCode, SymmetricKey};
use serde_json::{Value, json};

use super::{ask, taken};
use crate::fixture::{ACCEPTED, POLICIES, Snapshot, TestDevice, node, refused};

fn key(bytes: usize) -> String {
    STANDARD.encode(vec![7; bytes])
}

#[tokio::test]
async fn a_devices_key_has_16_to_64_bytes_and_one_of_the_hubs_has_32() {
    let mut device = TestDevice::create("limits-keys").await;
    assert_eq!(device.credential.key.bytes().len(), GENERATED_KEY_BYTES);
    let put = |key: String| {
        let keys = json!({ "primaryKey": key, "secondaryKey": key });
        let body = json!({ "authentication": { "symmetricKey": keys } });
        ask(Method::PUT, "/devices/limits-keys", &body).header("If-Match", "*")
    };
    for bytes in [MIN_KEY_BYTES, MAX_KEY_BYTES] {
        taken("a key", put(key(bytes))).await;
        device.credential.key = SymmetricKey::from_base64(&key(bytes)).unwrap();
        let code = crate::fixture::ask(node(1), &device.connect_packet()).1;
        assert_eq!(code, Some(ACCEPTED), "a token signed with {bytes} bytes");
    }
    let before = Snapshot::of(&device).await;
    for bytes in [MIN_KEY_BYTES - 1, MAX_KEY_BYTES + 1] {
        let what = format!("{bytes} bytes");
        refused(&what, put(key(bytes)), ErrorCode::ArgumentInvalid).await;
    }
    before.assert_unchanged().await;
}

#[tokio::test]
async fn a_policys_key_has_16_to_64_bytes() {
    let _turn = POLICIES.lock().await;
    let path = "/admin/policies/limits-keys";
    let put = |key: String| {
        let body = json!({ "rights": "RegistryRead", "primaryKey": key, "secondaryKey": key });
        ask(Method::PUT, path, &body)
    };
    for bytes in [MIN_KEY_BYTES, MAX_KEY_BYTES] {
        let policy: Value = taken("a key", put(key(bytes))).await;
        assert_eq!(policy["primaryKey"], key(bytes));
    }
    for bytes in [MIN_KEY_BYTES - 1, MAX_KEY_BYTES + 1] {
        let what = format!("{bytes} bytes");
        refused(&what, put(key(bytes)), ErrorCode::ArgumentInvalid).await;
    }
    let kept = taken("the policy", ask(Method::GET, path, &Value::Null)).await;
    assert_eq!(kept["primaryKey"], key(MAX_KEY_BYTES));
    taken("its end", ask(Method::DELETE, path, &Value::Null)).await;
}
