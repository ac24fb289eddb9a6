//! The cluster that the tests of this binary share, and a device for each of them.

mod device;
mod own_hub;
mod packet;
mod pki;
mod places;
mod raw_amqp;
mod raw_mqtt;
mod refusal;
mod snapshot;

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::LazyLock;

use roost_chaos::harness::{DevCluster, DevFile, DevNode, Patience, ServiceClient, Trust};

pub(crate) use device::{ACCEPTED, NOT_AUTHORIZED, TestDevice, ask, ask_with, connack};
pub(crate) use own_hub::OwnHub;
pub(crate) use packet::{Connect, Publish};
pub(crate) use pki::{TestAuthority, TestCertificate};
pub(crate) use places::Places;
pub(crate) use raw_amqp::{
    RawAmqp, TELEMETRY, accepted, assert_closed, assert_farewell, event_stream, group_at,
    rejection, telemetry_of,
};
pub(crate) use raw_mqtt::{Packet, RawMqtt};
pub(crate) use refusal::{assert_error, assert_error_body, assert_refusal, refused};
pub(crate) use snapshot::Snapshot;

/// Beside the addresses of a developer's own cluster, which may run at the same time.
const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 10, 1);
const NODES: usize = 3;

/// For what happens within moments unless it never does.
pub(crate) const SOON: Patience = Patience::seconds(20);

/// Held by whoever reads feedback: there is one queue of it in a hub.
pub(crate) static FEEDBACK: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Held by whoever makes shared access policies: a hub has room for few.
pub(crate) static POLICIES: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Held by whoever registers authorities, for the same reason.
pub(crate) static AUTHORITIES: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Nobody drops it: the cluster ends because this process does.
static CLUSTER: LazyLock<DevCluster> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("it");
    match DevCluster::start(&folder, NODES, FIRST_ADDRESS) {
        Ok(cluster) => cluster,
        Err(error) => panic!("no cluster to test: {error:#}"),
    }
});

pub(crate) fn cluster() -> &'static DevCluster {
    &CLUSTER
}

/// What `roost dev` wrote down.
pub(crate) fn file() -> &'static DevFile {
    CLUSTER.file()
}

pub(crate) fn node(index: usize) -> &'static DevNode {
    &file().nodes[index]
}

/// The hub's owner at a node. Connections belong to the runtime of the test that made the client.
pub(crate) fn owner(index: usize) -> ServiceClient {
    ServiceClient::owner(file(), node(index)).expect("dev.json names a usable hub")
}

pub(crate) fn trust() -> Trust {
    let text = file().trust().expect("the CA's file is there");
    Trust::from_pem(&text).expect("the CA's certificate is one")
}
