//! Clients that take their time, and tokens on a connection, where little of either is allowed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use roost_chaos::harness::amqp::Peer;
use roost_chaos::harness::{DevNode, from_now};
use roost_model::ErrorCode;
use rustls::{ClientConnection, StreamOwned};

use crate::fixture::{OwnHub, RawMqtt, assert_error_body};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn who_takes_too_long_is_not_waited_for() {
    let settings = [
        ("HTTPS__REQUEST_TIMEOUT", "1s"),
        ("MQTT__HANDSHAKE_TIMEOUT", "1s"),
        ("AMQP__MAX_TOKENS", "2"),
    ];
    let hub = OwnHub::start("timeouts", 8, 1, &settings).await;
    let node = hub.node(1);
    let token = hub.owner().token(&[], from_now(PATIENCE * 10));

    println!("a body that does not come is a request that timed out");
    let request = format!(
        "PUT /devices/slow HTTP/1.1\r\nHost: {}\r\nAuthorization: {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{",
        node.address
    );
    let answer = said(&hub, &node, &request);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let code = ErrorCode::RequestTimedOut;
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    let header = format!("iothub-errorcode: {}", code.name()).to_ascii_lowercase();
    assert!(head.to_ascii_lowercase().contains(&header), "{head}");
    assert_error_body("a slow body", body, code.name(), code.number().into());

    println!("a connection that says nothing is closed");
    let mut silent = RawMqtt::open_with(&node, hub.trust().config()).unwrap();
    silent.expect_close().unwrap();

    println!("two tokens are on a connection, and one more is not");
    let trust = hub.trust().config();
    let mut peer = Peer::open(node.amqp_address(), trust, PATIENCE).unwrap();
    for number in 0..2 {
        let device = hub.device(&format!("token-{number}")).await;
        let token = device.credential.token();
        assert_eq!(peer.put_token(&token).unwrap(), 200);
    }
    let (status, told) = peer.put_token_told(&token).unwrap();
    let code = ErrorCode::ThrottlingException;
    assert_eq!(status, i64::from(code.http_status()));
    assert!(told.starts_with(code.name()), "{told}");
}

/// Says this and nothing more over HTTPS; gives the answer.
fn said(hub: &OwnHub, node: &DevNode, request: &str) -> String {
    let socket = TcpStream::connect(node.https_address()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let name = std::net::IpAddr::from(node.address).into();
    let tls = ClientConnection::new(hub.trust().config(), name).unwrap();
    let mut stream = StreamOwned::new(tls, socket);
    stream.write_all(request.as_bytes()).unwrap();
    stream.flush().unwrap();
    let mut answer = Vec::new();
    let whole = |answer: &[u8]| {
        let text = String::from_utf8_lossy(answer).into_owned();
        let (_, body) = text.split_once("\r\n\r\n")?;
        let _: serde_json::Value = serde_json::from_str(body).ok()?;
        Some(text)
    };
    let mut part = [0; 4096];
    loop {
        if let Some(text) = whole(&answer) {
            return text;
        }
        let count = stream.read(&mut part).expect("the hub answers");
        assert!(
            count > 0,
            "closed after {}",
            String::from_utf8_lossy(&answer)
        );
        answer.extend_from_slice(&part[..count]);
    }
}
