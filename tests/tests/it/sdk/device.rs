use roost_chaos::harness::Event;

use super::python;
use crate::fixture::{TestDevice, file, node};

/// Messages per device.
const COUNT: usize = 1000;

/// How a device authenticates itself.
#[derive(Debug, Clone, Copy)]
enum Credential {
    Key,
    Token,
}

/// Sends 1,000 messages to one node and reads them back at the next.
async fn story(index: usize, credential: Credential, websockets: bool) {
    let transport = if websockets { "ws" } else { "mqtt" };
    let kind = format!("{credential:?}").to_lowercase();
    let run = format!("sdk-{transport}-{kind}-{}", node(index).id);
    let device = TestDevice::create(&run).await;

    let address = node(index).address.to_string();
    let mut arguments: Vec<String> = match credential {
        // The gateway changes where the SDK connects to, and nothing that it says.
        Credential::Key => {
            let key = device.credential.connection_string();
            vec![
                "--connection-string".into(),
                format!("{key};GatewayHostName={address}"),
            ]
        }
        Credential::Token => {
            let token = device.credential.token();
            vec!["--token".into(), token, "--gateway".into(), address]
        }
    };
    let ca = file().ca.display().to_string();
    arguments.extend(["--ca".into(), ca, "--run".into(), run.clone()]);
    arguments.extend(["--count".into(), COUNT.to_string()]);
    if websockets {
        arguments.push("--websockets".to_owned());
    }
    let told = python::run("device_mqtt.py", &arguments).await.unwrap();
    println!("{run}: {}", told.trim());

    let events = device.events_at((index + 1) % 3).await;
    assert_eq!(events.len(), COUNT, "{run}");
    for (n, event) in events.iter().enumerate() {
        check(event, &run, n);
    }
}

/// As `device_mqtt.py` sends message `n`.
fn check(event: &Event, run: &str, n: usize) {
    assert_eq!(
        event.system("message-id"),
        Some(format!("{run}-{n}").as_str())
    );
    assert_eq!(event.system("correlation-id"), Some(run));
    assert_eq!(event.system("content-type"), Some("application/json"));
    assert_eq!(event.system("content-encoding"), Some("utf-8"));
    assert_eq!(event.property("n"), Some(n.to_string().as_str()));
    assert_eq!(
        event.property("a key/with=signs&more"),
        Some("50% of ä, + and ?")
    );
    assert_eq!(event.properties.len(), 2);
    assert_eq!(
        event.body().unwrap(),
        format!("{{\"n\": {n}}}").into_bytes()
    );
}

#[tokio::test]
async fn a_device_with_a_key_sends_over_mqtt_to_every_node() {
    for index in 0..3 {
        story(index, Credential::Key, false).await;
    }
}

#[tokio::test]
async fn a_device_with_a_key_sends_over_web_sockets_to_every_node() {
    for index in 0..3 {
        story(index, Credential::Key, true).await;
    }
}

#[tokio::test]
async fn a_device_with_a_token_sends_over_mqtt_to_every_node() {
    for index in 0..3 {
        story(index, Credential::Token, false).await;
    }
}

#[tokio::test]
async fn a_device_with_a_token_sends_over_web_sockets_to_every_node() {
    for index in 0..3 {
        story(index, Credential::Token, true).await;
    }
}
