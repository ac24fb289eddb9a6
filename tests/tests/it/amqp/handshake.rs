//! Before anything is open.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::Bytes;
use roost_amqp::codec::sasl::{SaslCode, SaslInit, SaslMechanisms, SaslOutcome};
use roost_chaos::harness::DevNode;
use roost_chaos::harness::amqp::{AMQP_HEADER, Heard, SASL_HEADER, Wire, frames};

use super::Witness;
use crate::fixture::{RawAmqp, TestDevice, node};

/// `amqp.handshake_timeout` as it is by default.
const HANDSHAKE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_begins_with_no_protocol_header_is_told_the_right_one() {
    let witness = Witness::at(0, "header").await;
    let tls_within = *b"AMQP\x02\x01\x00\x00";
    let version_0_9_1 = *b"AMQP\x00\x00\x09\x01";
    for (what, bytes) in [
        ("zeros", &[0; 8][..]),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n"),
        ("MQTT", b"\x10\x20\x00\x04MQTT\x04\x02\x00\x3c"),
        ("TLS within TLS", &tls_within),
        ("AMQP 0-9-1", &version_0_9_1),
    ] {
        let mut wire = RawAmqp::dial(node(0));
        wire.queue(bytes);
        wire.flush().unwrap();
        let told = wire.receive().unwrap();
        assert_eq!(told, Some(Heard::Header(AMQP_HEADER)), "{what}");
        assert_eq!(wire.receive().unwrap(), None, "{what}");
    }
    witness.ends_unharmed().await;
}

/// The mechanisms, after the header of SASL.
fn begin_sasl(node: &DevNode) -> Wire {
    let mut wire = RawAmqp::dial(node);
    wire.queue(&SASL_HEADER);
    wire.flush().unwrap();
    let header = wire.receive().unwrap();
    assert_eq!(header, Some(Heard::Header(SASL_HEADER)));
    let offered: SaslMechanisms = wire.receive().unwrap().unwrap().sasl().unwrap();
    for mechanism in ["MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"] {
        assert!(offered.sasl_server_mechanisms.contains(mechanism));
    }
    wire
}

fn plain(authcid: &str, password: &str) -> SaslInit {
    init("PLAIN", format!("\0{authcid}\0{password}").into())
}

fn init(mechanism: &'static str, response: Bytes) -> SaslInit {
    SaslInit {
        mechanism: mechanism.into(),
        initial_response: Some(response),
        hostname: None,
    }
}

fn outcome(wire: &mut Wire) -> Option<SaslCode> {
    let heard = wire.receive().unwrap()?;
    Some(heard.sasl::<SaslOutcome>().unwrap().code)
}

#[tokio::test]
async fn credentials_that_are_none_end_the_sasl_layer() {
    let witness = Witness::at(1, "sasl").await;
    let device = TestDevice::create("amqp-sasl").await;
    let token = device.credential.token();
    let unsigned = token.replace("sig=", "sig=AAAA");
    for (what, init) in [
        ("unknown mechanism", init("SCRAM-SHA-256", "n,,n=x".into())),
        ("lower case", init("plain", "\0a\0b".into())),
        ("no separators", init("PLAIN", "just a word".into())),
        (
            "no text",
            init("PLAIN", Bytes::from_static(b"\0\xff\0\xff")),
        ),
        ("wrong key", plain("iothubowner", "d3Jvbmcga2V5")),
        ("no key", plain("iothubowner", "")),
        ("unknown policy", plain("nobody", "d3Jvbmcga2V5")),
        (
            "wrong policy token",
            plain(
                "iothubowner@sas.root.hub",
                "SharedAccessSignature sr=hub&sig=AAAA&se=9999999999&skn=iothubowner",
            ),
        ),
        (
            "broken token",
            plain("x@sas.hub", &unsigned.replace("sr=", "rs=")),
        ),
    ] {
        let mut wire = begin_sasl(node(1));
        wire.queue_sasl(&init);
        // The server must not go on with it, whatever follows.
        wire.queue(&AMQP_HEADER);
        wire.queue_frame(0, &frames::open(), &[]);
        wire.flush().unwrap();
        assert_eq!(outcome(&mut wire), Some(SaslCode::Auth), "{what}");
        assert_eq!(wire.receive().unwrap(), None, "{what}");
    }
    witness.ends_unharmed().await;
}

#[tokio::test]
async fn a_layer_is_not_entered_twice_nor_left_early() {
    let witness = Witness::at(2, "layers").await;
    // AMQP in place of SASL.
    let mut wire = begin_sasl(node(2));
    wire.queue_frame(0, &frames::open(), &[]);
    wire.flush().unwrap();
    assert_eq!(outcome(&mut wire), Some(SaslCode::Auth));
    assert_eq!(wire.receive().unwrap(), None);
    // SASL after SASL.
    let mut wire = begin_sasl(node(2));
    wire.queue_sasl(&init("ANONYMOUS", Bytes::new()));
    wire.queue(&SASL_HEADER);
    wire.flush().unwrap();
    assert_eq!(outcome(&mut wire), Some(SaslCode::Ok));
    let told = wire.receive().unwrap();
    assert_eq!(told, Some(Heard::Header(AMQP_HEADER)));
    assert_eq!(wire.receive().unwrap(), None);
    // More than a SASL frame may have.
    let mut wire = begin_sasl(node(2));
    wire.queue_sasl(&init("PLAIN", vec![b'x'; 5_000].into()));
    wire.flush().unwrap();
    assert_eq!(wire.receive().unwrap(), None);
    witness.ends_unharmed().await;
}

/// Bytes that come one by one keep nobody from being given up.
fn drip(wire: &mut Wire, bytes: &[u8]) {
    for byte in bytes {
        wire.queue(&[*byte]);
        wire.flush().unwrap();
    }
}

#[tokio::test]
async fn whoever_does_not_open_in_time_is_given_up() {
    let witness = Witness::at(0, "slow").await;
    let began = Instant::now();
    let patience = HANDSHAKE * 2;
    let dial = || RawAmqp::dial_with(node(0), patience);
    let mut without_tls = TcpStream::connect(node(0).amqp_address()).unwrap();
    without_tls.set_read_timeout(Some(patience)).unwrap();
    without_tls.write_all(b"\x16\x03\x01").unwrap();
    let mut silent = dial();
    silent.queue(b"AM");
    silent.flush().unwrap();
    let mut undecided = dial();
    undecided.queue(&SASL_HEADER);
    undecided.flush().unwrap();
    let mut dripping = dial();
    drip(&mut dripping, &AMQP_HEADER);
    drip(&mut dripping, &[0, 0, 0, 100, 2, 0, 0, 0, 0x00, 0x53, 0x10]);
    let mut alive = dial();
    alive.queue(&AMQP_HEADER);
    // Heartbeats are no open.
    alive.queue(&[0, 0, 0, 8, 2, 0, 0, 0].repeat(100));
    alive.flush().unwrap();

    for (what, mut wire) in [
        ("silent", silent),
        ("undecided", undecided),
        ("dripping", dripping),
        ("alive", alive),
    ] {
        while let Some(heard) = wire.receive().unwrap_or_else(|e| panic!("{what}: {e:#}")) {
            let is_frame = matches!(heard, Heard::Frame { .. });
            assert!(!is_frame, "{what}: {heard:?}");
        }
    }
    let ended = without_tls.read(&mut [0; 100]);
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    assert!(began.elapsed() >= HANDSHAKE, "{:?}", began.elapsed());
    assert!(began.elapsed() < patience, "{:?}", began.elapsed());
    witness.ends_unharmed().await;
}
