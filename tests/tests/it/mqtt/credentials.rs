//! Who may connect.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use roost_chaos::harness::{DevCluster, ServiceClient, from_now, until};
use roost_model::SymmetricKey;
use serde_json::{Value, json};

use crate::fixture::{
    ACCEPTED, Connect, NOT_AUTHORIZED, SOON, Snapshot, TestDevice, ask, cluster, connack, file,
    node, owner,
};

const HOUR: Duration = Duration::from_secs(3600);

fn with_password(device: &TestDevice, password: &str) -> Connect {
    Connect {
        password: Some(password.to_owned()),
        ..device.connect_packet()
    }
}

#[tokio::test]
async fn every_wrong_credential_is_answered_with_connack_5_and_a_log_line() {
    let device = TestDevice::create("credentials-wrong").await;
    let other = TestDevice::create("credentials-other").await;
    let before = Snapshot::of(&device).await;
    let stranger = SymmetricKey::from_base64(&STANDARD.encode([7; 32])).unwrap();

    let good = device.credential.token();
    let expired = roost_model::sign(
        &roost_model::encode_resource(
            &device.credential.host,
            &device.credential.identity.resource(),
        ),
        &device.credential.key,
        from_now(Duration::ZERO).saturating_sub(HOUR),
        None,
    );
    let service = file().connection_strings.service.clone();
    let service = ServiceClient::new(file(), node(0), &service).unwrap();
    let cases = [
        ("another key", device.password(&stranger, HOUR)),
        ("an expired token", expired),
        ("another device's token", other.credential.token()),
        (
            "a policy without DeviceConnect",
            service.token(&[], from_now(HOUR)),
        ),
        ("an unknown policy", format!("{good}&skn=nobody")),
        ("a changed signature", good.replacen("sig=", "sig=A", 1)),
        (
            "another resource",
            good.replacen("credentials-wrong", "credentials-wron", 1),
        ),
        ("no token at all", "swordfish".to_owned()),
        ("an empty password", String::new()),
    ];
    for (what, password) in cases {
        let code = connack(&with_password(&device, &password));
        assert_eq!(code, Some(NOT_AUTHORIZED), "{what}");
    }
    let nothing = Connect {
        password: None,
        ..device.connect_packet()
    };
    assert_eq!(connack(&nothing), Some(NOT_AUTHORIZED), "no password");

    before.assert_unchanged().await;
    assert_eq!(connack(&device.connect_packet()), Some(ACCEPTED));
    log_of_node_2_tells_about(cluster(), "credentials-wrong").await;
}

async fn log_of_node_2_tells_about(cluster: &DevCluster, device: &str) {
    let told = until("a line in the log", SOON, async || {
        let log = cluster.node_log(node(1).id);
        let refused = |line: &&str| line.contains("refused") && line.contains(device);
        let lines = log.lines().filter(refused).count();
        if lines >= 10 {
            Ok(())
        } else {
            Err(format!("{lines} of 10 refusals are told"))
        }
    });
    told.await.unwrap();
}

#[tokio::test]
async fn an_unknown_device_is_refused_at_every_node_and_not_created() {
    let device = TestDevice::create("credentials-known").await;
    let unknown = Connect {
        client_id: "credentials-unknown".to_owned(),
        username: device
            .connect_packet()
            .username
            .map(|u| u.replace("-known", "-unknown")),
        ..device.connect_packet()
    };
    for index in 0..3 {
        assert_eq!(ask(node(index), &unknown).1, Some(NOT_AUTHORIZED));
    }
    let missing = owner(0)
        .device(&"credentials-unknown".parse().unwrap())
        .await;
    assert!(missing.is_err());
}

#[tokio::test]
async fn user_name_and_client_id_must_agree() {
    let device = TestDevice::create("credentials-names").await;
    let hub = device.credential.host.clone();
    for username in [
        None,
        Some(String::new()),
        Some(hub.to_string()),
        Some(format!("{hub}/credentials-name")),
        Some("elsewhere.example/credentials-names/?api-version=2021-04-12".to_owned()),
    ] {
        let connect = Connect {
            username: username.clone(),
            ..device.connect_packet()
        };
        assert_ne!(connack(&connect), Some(ACCEPTED), "{username:?}");
    }
    for username in [
        format!("{hub}/credentials-names"),
        format!("{hub}/credentials-names/?x=y"),
    ] {
        let connect = Connect {
            username: Some(username),
            ..device.connect_packet()
        };
        assert_eq!(connack(&connect), Some(ACCEPTED), "{connect:?}");
    }
}

#[tokio::test]
async fn both_keys_and_a_policy_with_device_connect_open_the_door() {
    let device = TestDevice::create("credentials-keys").await;
    let document = owner(0).device(&device.id).await.unwrap();
    for which in ["primaryKey", "secondaryKey"] {
        let key = document["authentication"]["symmetricKey"][which]
            .as_str()
            .unwrap();
        let key = SymmetricKey::from_base64(key).unwrap();
        let password = device.password(&key, HOUR);
        assert_eq!(
            connack(&with_password(&device, &password)),
            Some(ACCEPTED),
            "{which}"
        );
    }
    let policy = file().connection_strings.device.clone();
    let policy = ServiceClient::new(file(), node(0), &policy).unwrap();
    for resource in [vec![], vec!["devices"], vec!["devices", "credentials-keys"]] {
        let password = policy.token(&resource, from_now(HOUR));
        assert_eq!(
            connack(&with_password(&device, &password)),
            Some(ACCEPTED),
            "{resource:?}"
        );
    }
    let narrow = policy.token(&["devices", "credentials"], from_now(HOUR));
    assert_eq!(
        connack(&with_password(&device, &narrow)),
        Some(NOT_AUTHORIZED)
    );
}

#[tokio::test]
async fn a_session_ends_with_its_token() {
    let device = TestDevice::create("credentials-expiry").await;
    let password = device.password(&device.credential.key, Duration::from_secs(3));
    let mut connection = device.attach_with(node(2), &with_password(&device, &password));
    connection.expect_close().unwrap();
    assert_eq!(
        connack(&with_password(&device, &password)),
        Some(NOT_AUTHORIZED)
    );
}

/// How a back end takes a device's access away, and whether the device may come back.
async fn revoke(device: &TestDevice, how: &str) {
    let path = format!("/devices/{}", device.id);
    let service = owner(0);
    let update = async |mut document: Value, change: fn(&mut Value)| {
        change(&mut document);
        let request = service
            .authorized(Method::PUT, &path)
            .header("If-Match", "*");
        let answer = request.json(&document).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    };
    match how {
        "disabled" => {
            let document = service.device(&device.id).await.unwrap();
            update(document, |document| document["status"] = json!("disabled")).await;
        }
        "re-keyed" => {
            let document = service.device(&device.id).await.unwrap();
            update(document, |document| {
                let key = STANDARD.encode([9; 32]);
                document["authentication"]["symmetricKey"] =
                    json!({ "primaryKey": key, "secondaryKey": key });
            })
            .await;
        }
        _ => {
            let request = service
                .authorized(Method::DELETE, &path)
                .header("If-Match", "*");
            assert_eq!(request.send().await.unwrap().status(), 204);
        }
    }
}

#[tokio::test]
async fn a_revoked_device_loses_its_session_on_whatever_node_and_does_not_come_back() {
    for (index, how) in ["disabled", "re-keyed", "deleted"].into_iter().enumerate() {
        let device = TestDevice::create(&format!("credentials-{how}")).await;
        let mut connection = device.attach(node(index));
        revoke(&device, how).await;
        connection.expect_close().unwrap();
        for index in 0..3 {
            let (_, code) = ask(node(index), &device.connect_packet());
            assert_eq!(code, Some(NOT_AUTHORIZED), "{how}, node {}", node(index).id);
        }
    }
}
