//! Mutual TLS on the loopback interface.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::rpc::handshake::{HandshakeError, greet};
use crate::rpc::hello::{Hello, MIN_WINDOW};
use crate::rpc::{CallError, Lane, LinkEvent};
use crate::transport::TransportError;
use crate::transport::tcp::{CertificatePaths, TcpTransport};

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A node's files; it trusts the given authorities.
    fn issue(&self, dir: &Path, node: NodeId, trusted: &[&Authority]) -> CertificatePaths {
        let name = format!("node-{node}.roost.internal");
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.clone()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let write = |suffix: &str, text: String| {
            let path = dir.join(format!("{name}-{}{suffix}", trusted.len()));
            std::fs::write(&path, text).unwrap();
            path
        };
        CertificatePaths {
            ca: write(
                ".ca",
                trusted
                    .iter()
                    .map(|authority| authority.pem.as_str())
                    .collect(),
            ),
            certificate: write(".crt", certificate.pem()),
            key: write(".key", key.serialize_pem()),
        }
    }
}

struct Fixture {
    dir: TempDir,
    authority: Authority,
}

impl Fixture {
    fn new() -> Fixture {
        Fixture {
            dir: TempDir::new().unwrap(),
            authority: Authority::new("barn"),
        }
    }

    fn transport(&self, node: NodeId) -> TcpTransport {
        let paths = self
            .authority
            .issue(self.dir.path(), node, &[&self.authority]);
        TcpTransport::bind(loopback(), &paths).unwrap()
    }

    fn node(&self, me: NodeId, options: NetworkOptions) -> (Node, SocketAddr) {
        let transport = self.transport(me);
        let address = transport.local_addr().unwrap();
        (Node::start(me, Arc::new(transport), options), address)
    }
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn hello(node: NodeId) -> Hello {
    let lane = Lane::Control;
    let cluster = options().cluster;
    Hello {
        node,
        incarnation: Incarnation(1),
        lane,
        window: MIN_WINDOW,
        cluster,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_and_streams_pass_between_nodes_in_both_directions() {
    let fixture = Fixture::new();
    let (a, address_a) = fixture.node(A, options());
    let (mut b, address_b) = fixture.node(B, options());
    connect(&a.network, B, address_b.to_string()).await;
    connect(&b.network, A, address_a.to_string()).await;
    let a = a.echo();

    // Calls from B to A, pipelined.
    let calls = (0..3000u32).map(|n| {
        let network = &b.network;
        async move {
            let payload = Bytes::from(vec![n as u8; (n as usize * 7) % 3000]);
            assert_eq!(
                network.call(A, 1, payload.clone(), PATIENCE).await.unwrap(),
                payload
            );
        }
    });
    within(futures::future::join_all(calls)).await;
    let big = Bytes::from(vec![5; 9 << 20]);
    assert!(b.network.call(A, 1, big.clone(), PATIENCE).await.unwrap() == big);

    // A stream from A to B, on the other lane.
    let mut near = a.open(B, Lane::Bulk, 3, Bytes::new()).await.unwrap();
    let sending = tokio::spawn(async move {
        for _ in 0..100 {
            near.send(vec![8; 300_000].into()).await.unwrap();
        }
        near.finish().await.unwrap();
    });
    let mut far = b.next_stream().await.stream;
    let mut bytes = 0;
    while let Some(chunk) = within(far.recv()).await.unwrap() {
        bytes += chunk.len();
    }
    assert_eq!(bytes, 100 * 300_000);
    within(sending).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_listener_is_found_again_and_the_break_is_seen_at_once() {
    let fixture = Fixture::new();
    let (a, _) = fixture.node(A, options());
    let paths = fixture
        .authority
        .issue(fixture.dir.path(), B, &[&fixture.authority]);
    let first = TcpTransport::bind(loopback(), &paths).unwrap();
    let address = first.local_addr().unwrap();
    let mut b = Node::start(B, Arc::new(first), options());
    connect(&a.network, B, address.to_string()).await;
    let mut events = a.network.link_events();
    let network = a.network.clone();
    let call = tokio::spawn(async move { network.call(B, 1, Bytes::new(), PATIENCE).await });
    let _held = b.next_call().await;

    let stopped = std::time::Instant::now();
    b.network.shutdown().await;
    drop(b);
    assert_eq!(within(call).await.unwrap(), Err(CallError::Closed));
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Down(B));
    assert!(
        stopped.elapsed() < Duration::from_millis(100),
        "{:?}",
        stopped.elapsed()
    );

    let second = TcpTransport::bind(address, &paths).unwrap();
    let again = NetworkOptions {
        incarnation: Incarnation(2),
        ..options()
    };
    let _b = Node::start(B, Arc::new(second), again).echo();
    assert_eq!(within(events.recv()).await.unwrap(), LinkEvent::Up(B));
    a.network.call(B, 1, Bytes::new(), PATIENCE).await.unwrap();
}

#[tokio::test]
async fn a_dialer_refuses_a_listener_of_another_authority() {
    let fixture = Fixture::new();
    let foreign = Authority::new("foreign");
    let paths = foreign.issue(fixture.dir.path(), B, &[&foreign, &fixture.authority]);
    let listener = TcpTransport::bind(loopback(), &paths).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let dialer = fixture.transport(A);
    let (dialed, _) = within(async {
        tokio::join!(dialer.dial(B, &address), async {
            listener.accept().await.unwrap().await
        })
    })
    .await;
    let error = dialed.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_listener_refuses_a_dialer_of_another_authority() {
    let fixture = Fixture::new();
    let foreign = Authority::new("foreign");
    let listener = fixture.transport(B);
    let address = listener.local_addr().unwrap().to_string();
    let paths = foreign.issue(fixture.dir.path(), A, &[&foreign, &fixture.authority]);
    let dialer = TcpTransport::bind(loopback(), &paths).unwrap();
    let (_, accepted) = within(async {
        tokio::join!(dialer.dial(B, &address), async {
            listener.accept().await.unwrap().await
        })
    })
    .await;
    let error = accepted.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_dialer_refuses_a_listener_that_is_another_node() {
    let fixture = Fixture::new();
    let listener = fixture.transport(NodeId(22));
    let address = listener.local_addr().unwrap().to_string();
    let dialer = fixture.transport(A);
    let (dialed, _) = within(async {
        tokio::join!(dialer.dial(B, &address), async {
            listener.accept().await.unwrap().await
        })
    })
    .await;
    let error = dialed.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_listener_refuses_a_dialer_that_claims_to_be_another_node() {
    let fixture = Fixture::new();
    let (_b, address) = fixture.node(B, options());
    let dialer = fixture.transport(A);
    let stream = dialer.dial(B, &address.to_string()).await.unwrap();
    match within(greet(stream, B, &hello(NodeId(11)))).await {
        Err(HandshakeError::Refused(reason)) => assert!(reason.contains("node 11"), "{reason}"),
        other => panic!("{:?}", other.err()),
    }
    let stream = dialer.dial(B, &address.to_string()).await.unwrap();
    assert!(within(greet(stream, B, &hello(A))).await.is_ok());
}

#[tokio::test]
async fn plaintext_is_refused_and_others_are_served_meanwhile() {
    let fixture = Fixture::new();
    let (b, address) = fixture.node(B, options());
    let _b = b.echo();
    let _silent = TcpStream::connect(address).await.unwrap();
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain
        .write_all(b"GET / HTTP/1.1\r\nHost: barn\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let ended: io::Result<usize> = within(plain.read_to_end(&mut answer)).await;
    assert!(ended.is_err() || answer.len() < 64, "{answer:?}");
    let (a, _) = fixture.node(A, options());
    connect(&a.network, B, address.to_string()).await;
    a.network.call(B, 1, Bytes::new(), PATIENCE).await.unwrap();
}

#[tokio::test]
async fn unusable_certificate_files_are_named() {
    let fixture = Fixture::new();
    let good = fixture
        .authority
        .issue(fixture.dir.path(), A, &[&fixture.authority]);
    let empty = fixture.dir.path().join("empty");
    std::fs::write(&empty, "").unwrap();
    let other = fixture
        .authority
        .issue(fixture.dir.path(), B, &[&fixture.authority]);
    let cases = [
        CertificatePaths {
            ca: empty.clone(),
            ..good.clone()
        },
        CertificatePaths {
            certificate: empty.clone(),
            ..good.clone()
        },
        CertificatePaths {
            key: fixture.dir.path().join("absent"),
            ..good.clone()
        },
        CertificatePaths {
            key: other.key,
            ..good.clone()
        },
    ];
    for paths in cases {
        let bound = TcpTransport::bind(loopback(), &paths);
        assert!(
            matches!(bound, Err(TransportError::Certificate { .. })),
            "{bound:?}"
        );
    }
    let transport = TcpTransport::bind(loopback(), &good).unwrap();
    transport.reload().unwrap();
    std::fs::write(&good.key, "").unwrap();
    assert!(transport.reload().is_err());
}
