use std::path::Path;

use actix_web::{HttpRequest, web};
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use super::{WebSocketTunnels, open};
use crate::testing::{Client, Listener, Response, start_with};

const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

fn listen(socket: &Path) -> Listener {
    let tunnels = WebSocketTunnels::new().with("mqtt", socket);
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    start_with(shutdown, move |service| {
        let (tunnels, shutdown) = (tunnels.clone(), token.clone());
        service.default_service(web::to(
            move |request: HttpRequest, payload: web::Payload| {
                let (tunnels, shutdown) = (tunnels.clone(), shutdown.clone());
                async move { open(&request, payload, &tunnels, shutdown).await }
            },
        ));
    })
}

async fn handshake(client: &mut Client, protocol: &str) -> Response {
    client
        .send(format!(
            "GET /$iothub/websocket?iothub-no-client-cert=true HTTP/1.1\r\nHost: hub\r\n\
             Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\
             Sec-WebSocket-Protocol: {protocol}\r\n\r\n"
        ))
        .await;
    client.response().await
}

/// A masked frame, as clients must send.
fn frame(code: u8, last: bool, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![code | if last { 0x80 } else { 0 }];
    match u16::try_from(payload.len()).unwrap() {
        short @ 0..=125 => bytes.push(0x80 | u8::try_from(short).unwrap()),
        long => {
            bytes.push(0x80 | 126);
            bytes.extend(long.to_be_bytes());
        }
    }
    let mask = [1, 2, 3, 4];
    bytes.extend(mask);
    bytes.extend(
        payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}

async fn read_frame(client: &mut Client) -> (u8, Vec<u8>) {
    let head = client.take(2).await;
    let length = match head[1] {
        126 => {
            let length = client.take(2).await;
            usize::from(u16::from_be_bytes([length[0], length[1]]))
        }
        short => usize::from(short),
    };
    (head[0] & 0x0f, client.take(length).await)
}

async fn read_bytes(client: &mut Client, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let (code, payload) = read_frame(client).await;
        assert_eq!(code, BINARY);
        bytes.extend(payload);
    }
    bytes
}

/// A device and the local listener's end of its connection, after the handshake.
struct Pair {
    client: Client,
    local: BufReader<UnixStream>,
    preface: String,
    listener: Listener,
    _directory: TempDir,
}

async fn connect(protocol: &str) -> Pair {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("mqtt.sock");
    let local = UnixListener::bind(&socket).unwrap();
    let listener = listen(&socket);
    let mut client = Client::connect(listener.address).await;
    let response = handshake(&mut client, protocol).await;
    assert_eq!(response.status, 101, "{}", response.body);
    assert_eq!(response.header("sec-websocket-protocol"), Some(protocol));
    let (local, _) = local.accept().await.unwrap();
    let mut local = BufReader::new(local);
    let mut preface = String::new();
    local.read_line(&mut preface).await.unwrap();
    Pair {
        client,
        local,
        preface,
        listener,
        _directory: directory,
    }
}

#[tokio::test]
async fn the_protocol_is_echoed_as_offered_and_the_peer_announced() {
    for protocol in ["mqtt", "MQTT"] {
        let pair = connect(protocol).await;
        let peer = pair.client.stream.local_addr().unwrap();
        assert_eq!(pair.preface, format!("ROOST/1 {peer}\n"));
    }
}

#[tokio::test]
async fn frames_are_a_stream_of_bytes_both_ways() {
    let mut pair = connect("mqtt").await;
    // One packet over three frames, with a ping in between.
    pair.client.send(frame(BINARY, false, b"ab")).await;
    pair.client.send(frame(PING, true, b"are you there")).await;
    pair.client.send(frame(0, false, b"cd")).await;
    pair.client.send(frame(0, true, b"ef")).await;
    pair.client.send(frame(BINARY, true, b"gh")).await;
    let mut received = [0; 8];
    pair.local.read_exact(&mut received).await.unwrap();
    assert_eq!(&received, b"abcdefgh");
    assert_eq!(
        read_frame(&mut pair.client).await,
        (PONG, b"are you there".to_vec())
    );

    let answer = vec![7; 100_000];
    pair.local.write_all(&answer).await.unwrap();
    assert_eq!(read_bytes(&mut pair.client, answer.len()).await, answer);
}

#[tokio::test]
async fn the_last_words_of_the_hub_arrive_before_the_close() {
    let mut pair = connect("mqtt").await;
    pair.local.write_all(b"refused").await.unwrap();
    drop(pair.local);
    // What the device still sends goes nowhere and breaks nothing.
    pair.client.send(frame(BINARY, true, b"connect")).await;
    assert_eq!(read_bytes(&mut pair.client, 7).await, b"refused");
    let (code, reason) = read_frame(&mut pair.client).await;
    assert_eq!((code, &reason[..2]), (CLOSE, &1000u16.to_be_bytes()[..]));
}

#[tokio::test]
async fn the_hub_learns_when_the_device_closes_or_vanishes() {
    let mut closing = connect("mqtt").await;
    closing
        .client
        .send(frame(CLOSE, true, &1000u16.to_be_bytes()))
        .await;
    let mut rest = Vec::new();
    closing.local.read_to_end(&mut rest).await.unwrap();
    assert_eq!(read_frame(&mut closing.client).await.0, CLOSE);

    let mut vanishing = connect("mqtt").await;
    drop(vanishing.client);
    vanishing.local.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn text_is_not_taken() {
    let mut pair = connect("mqtt").await;
    pair.client.send(frame(1, true, b"hello")).await;
    let (code, reason) = read_frame(&mut pair.client).await;
    assert_eq!((code, &reason[..2]), (CLOSE, &1003u16.to_be_bytes()[..]));
}

#[tokio::test]
async fn a_shutdown_says_goodbye() {
    let mut pair = connect("mqtt").await;
    pair.listener.shutdown.cancel();
    let (code, reason) = read_frame(&mut pair.client).await;
    assert_eq!((code, &reason[..2]), (CLOSE, &1001u16.to_be_bytes()[..]));
}

#[tokio::test]
async fn what_cannot_be_tunnelled_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let listener = listen(&directory.path().join("nobody.sock"));

    let mut client = Client::connect(listener.address).await;
    let response = handshake(&mut client, "AMQPWSB10").await;
    assert_eq!(response.status, 400);
    assert!(
        response.body.contains("must offer one of: mqtt"),
        "{}",
        response.body
    );

    let mut client = Client::connect(listener.address).await;
    let response = handshake(&mut client, "mqtt").await;
    assert_eq!(response.status, 503);
    assert!(!response.body.contains("nobody.sock"), "{}", response.body);

    let mut client = Client::connect(listener.address).await;
    client
        .send("GET /x HTTP/1.1\r\nHost: hub\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")
        .await;
    assert_eq!(client.response().await.status, 400);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_bytes_after_the_handshake_harm_the_listener(
        garbage in proptest::collection::vec(any::<u8>(), 0..200)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut pair = connect("mqtt").await;
            pair.client.send(&garbage).await;
            pair.client.stream.shutdown().await.unwrap();
            let _ = pair.client.rest().await;
            let mut rest = Vec::new();
            let _ = pair.local.read_to_end(&mut rest).await;
            let mut next = Client::connect(pair.listener.address).await;
            prop_assert_eq!(handshake(&mut next, "chat").await.status, 400);
            pair.listener.shutdown.cancel();
            Ok(())
        })?;
    }
}
