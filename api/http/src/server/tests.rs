use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::web;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};
use tokio_util::sync::CancellationToken;

use super::{Launch, StartError, launch};
use crate::HttpConfig;
use crate::dispatch::dispatch;
use crate::testing::{Client, Response, start};

fn hub(service: &mut web::ServiceConfig) {
    service.default_service(web::to(dispatch)).route(
        "/echo",
        web::post().to(|body: web::Bytes| async move { body }),
    );
}

fn assert_refusal(response: &Response, status: u16, name: &str) {
    assert_eq!(response.status, status);
    assert_eq!(response.header("iothub-errorcode"), Some(name));
    assert_eq!(
        response.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert!(response.header("x-ms-request-id").is_some());
    let body: serde_json::Value = serde_json::from_str(&response.body).unwrap();
    assert!(
        body["Message"]
            .as_str()
            .unwrap()
            .starts_with(&format!("ErrorCode:{name};"))
    );
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_get_the_error_body_on_one_connection() {
    let listener = start(hub);
    let mut client = Client::connect(listener.address).await;
    assert_refusal(&client.get("/nothing").await, 404, "GenericNotFound");
    client
        .send("PATCH /devices/a HTTP/1.1\r\nHost: hub\r\n\r\n")
        .await;
    let response = client.response().await;
    assert_refusal(&response, 405, "GenericMethodNotAllowed");
    assert_eq!(response.header("allow"), Some("GET, PUT, DELETE"));
}

#[tokio::test]
async fn a_refusal_of_the_framework_gets_the_error_body_too() {
    let listener = start(|service| {
        service.route("/json", web::post().to(|_: web::Json<u32>| async { "" }));
    });
    let mut client = Client::connect(listener.address).await;
    client
        .send("POST /json HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n")
        .await;
    assert_refusal(&client.response().await, 400, "GenericBadRequest");
}

#[tokio::test]
async fn a_body_is_asked_for_when_the_client_waits_for_100_continue() {
    let listener = start(hub);
    let mut client = Client::connect(listener.address).await;
    client
        .send(
            "POST /echo HTTP/1.1\r\nHost: hub\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        )
        .await;
    assert!(client.head().await.starts_with("HTTP/1.1 100"));
    client.send("hi").await;
    let response = client.response().await;
    assert_eq!((response.status, response.body.as_str()), (200, "hi"));
}

#[tokio::test]
async fn a_chunked_body_is_read() {
    let listener = start(hub);
    let mut client = Client::connect(listener.address).await;
    client
        .send("POST /echo HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    client.send("2\r\nhi\r\n0\r\n\r\n").await;
    assert_eq!(client.response().await.body, "hi");
}

#[tokio::test]
async fn the_listener_ends_when_shutdown_fires() {
    let listener = start(hub);
    listener.shutdown.cancel();
    listener.handle.finished().await.unwrap();
}

#[tokio::test]
async fn an_address_in_use_is_reported_with_what_to_do() {
    let listener = start(hub);
    let settings = Launch {
        name: "test",
        listen: vec![listener.address],
        tls: None,
        config: HttpConfig::default(),
        shutdown: CancellationToken::new(),
    };
    let error = launch(settings, hub).unwrap_err();
    assert!(matches!(error, StartError::Bind { .. }));
    let text = error.to_string();
    assert!(text.contains(&listener.address.to_string()), "{text}");
    assert!(text.contains("stop the process"), "{text}");
}

#[test]
fn no_address_is_an_error() {
    let settings = Launch {
        name: "test",
        listen: Vec::new(),
        tls: None,
        config: HttpConfig::default(),
        shutdown: CancellationToken::new(),
    };
    assert!(matches!(launch(settings, hub), Err(StartError::NoAddress)));
}

/// A TLS configuration for `localhost` and a client's that trusts it.
fn tls() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
}

#[test]
fn the_listener_speaks_tls_to_clients_without_alpn() {
    let (server, client) = tls();
    let shutdown = CancellationToken::new();
    let settings = Launch {
        name: "test",
        listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
        tls: Some(server),
        config: HttpConfig::default(),
        shutdown: shutdown.clone(),
    };
    let handle = launch(settings, hub).unwrap();
    let connection = ClientConnection::new(client, "localhost".try_into().unwrap()).unwrap();
    let socket = std::net::TcpStream::connect(handle.addresses()[0]).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    stream
        .write_all(b"GET /nothing HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    // Whether the server says goodbye before it closes does not matter here.
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.starts_with(b"HTTP/1.1 404 Not Found\r\n"));
    shutdown.cancel();
}
