//! The listeners' certificate is replaced while they serve.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use roost_chaos::harness::{DevNode, until};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::fixture::{RawMqtt, SOON, TestDevice, cluster, file, node};

/// The folder of the development cluster, which is its authority's, too.
fn folder() -> PathBuf {
    file().ca.parent().map(Path::to_owned).unwrap()
}

/// Has the command line sign another server certificate in the place of the one in use.
fn issue_again() {
    let mut command = Command::new(roost_chaos::harness::roost_binary().unwrap());
    command
        .args(["pki", "issue", "server", "--dns", "localhost", "--pki"])
        .arg(folder());
    for node in &file().nodes {
        command.args(["--ip", &node.address.to_string()]);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What is in the file.
fn on_disk() -> CertificateDer<'static> {
    CertificateDer::from_pem_file(folder().join("server.pem")).unwrap()
}

/// What a new handshake sees; without resumption, in which no certificate is shown.
fn shown(node: &DevNode, https: bool) -> CertificateDer<'static> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(file().trust().unwrap().as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    let port = if https { node.https } else { node.mqtt };
    let mut socket = std::net::TcpStream::connect((node.address, port)).unwrap();
    let name = std::net::IpAddr::from(node.address).into();
    let mut tls = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut socket).unwrap();
    }
    tls.peer_certificates().unwrap()[0].clone().into_owned()
}

async fn every_listener_shows_what_is_on_disk() {
    let wanted = on_disk();
    let done = until("the new certificate", SOON, async || {
        let old = file()
            .nodes
            .iter()
            .flat_map(|node| [(node, false), (node, true)]);
        let old = old
            .filter(|(node, https)| shown(node, *https) != wanted)
            .count();
        if old == 0 {
            Ok(())
        } else {
            Err(format!("{old} listeners show the old one"))
        }
    });
    done.await.unwrap();
}

fn ping(connection: &mut RawMqtt) {
    connection.send(&[0xc0, 0]);
    assert_eq!(
        connection.receive().unwrap().unwrap().first,
        0xd0,
        "PINGRESP"
    );
}

#[tokio::test]
async fn new_handshakes_see_the_new_certificate_and_connections_stay() {
    let device = TestDevice::create("reload").await;
    let mut connection = device.attach(node(0));
    every_listener_shows_what_is_on_disk().await;

    println!("the files are replaced, and noticed");
    let before = on_disk();
    issue_again();
    assert_ne!(on_disk(), before);
    every_listener_shows_what_is_on_disk().await;
    ping(&mut connection);

    println!("files that do not go together change nothing");
    let key = folder().join("server-key.pem");
    let good = std::fs::read(&key).unwrap();
    std::fs::write(&key, rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let complained = until("a complaint", SOON, async || {
        let log = cluster().node_log(node(1).id);
        match log.contains("the certificate is not replaced; the one before stays") {
            true => Ok(()),
            false => Err("nothing is told"),
        }
    });
    complained.await.unwrap();
    assert_eq!(shown(node(1), false), on_disk());
    std::fs::write(&key, good).unwrap();

    println!("SIGHUP has them read at once, and ends nothing");
    let pid = cluster().pid(node(2).id).unwrap();
    let hang_up = Command::new("kill")
        .args(["-HUP", &pid.to_string()])
        .status()
        .unwrap();
    assert!(hang_up.success());
    every_listener_shows_what_is_on_disk().await;
    ping(&mut connection);
    let mut another = device.attach_with(node(2), &device.connect_packet());
    ping(&mut another);
}
