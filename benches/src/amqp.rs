//! AMQP 1.0 at a hub: devices that send, and a back end that reads the event stream.

mod publish;
mod read;

pub(crate) use publish::run as publish;
pub(crate) use read::run as read;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use roost_chaos::harness::amqp::Peer;
use roost_chaos::harness::{DevFile, Trust};
use rustls::ClientConfig;

use crate::targets::Targets;

/// Longer than anything but a hang takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A hub, and where its nodes speak AMQP.
struct Hub {
    file: DevFile,
    targets: Targets,
    tls: Arc<ClientConfig>,
}

impl Hub {
    fn read(file: &Path) -> anyhow::Result<Self> {
        let file = DevFile::read(file.parent().context("dev.json lies in a folder")?)?;
        let addresses = file.nodes.iter().map(|node| node.amqp_address()).collect();
        let targets = Targets::new(addresses).map_err(|error| anyhow!(error))?;
        let tls = Trust::from_pem(&file.trust()?)?.config();
        Ok(Self { file, targets, tls })
    }

    /// Connects and proves who it is; blocks.
    fn connect(&self, number: usize, token: &str) -> anyhow::Result<Peer> {
        let mut peer = Peer::open(self.targets.of(number), Arc::clone(&self.tls), PATIENCE)?;
        let status = peer.put_token(token)?;
        ensure!(status == 200, "the token is refused with {status}");
        Ok(peer)
    }
}
