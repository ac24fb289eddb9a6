//! What the nodes stand on: networks, disks and clocks that can be broken, as far as this machine permits.

mod clocks;
mod disks;
mod network;
mod wire;

pub(super) use clocks::Clocks;
pub(super) use disks::Disks;
pub(super) use network::Network;
pub(super) use wire::Wire;

use std::fs::File;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::harness::Place;

/// Networks, disks and clocks for a number of places, and why there are none.
///
/// Whatever happens to a run, they are taken away with their owner; what a run that was killed itself
/// has left behind, the next one takes away.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) network: Result<Network, String>,
    pub(super) disks: Result<Disks, String>,
    pub(super) clocks: Result<Clocks, String>,
    folder: PathBuf,
    tag: u8,
    /// Claims the tag.
    _claim: File,
}

impl Ground {
    /// Claims `tag` and clears away what an earlier run has left. Blocks the thread.
    ///
    /// # Errors
    /// The claim cannot be made.
    pub(super) fn clear(folder: &Path, tag: u8) -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("roost-nemesis-{tag}.lock"));
        let claim =
            File::create(&path).with_context(|| format!("cannot open {}", path.display()))?;
        claim
            .lock()
            .with_context(|| format!("cannot lock {}", path.display()))?;
        network::sweep(tag);
        disks::sweep(folder);
        clocks::sweep();
        let not_yet = || "not made yet".to_owned();
        Ok(Self {
            network: Err(not_yet()),
            disks: Err(not_yet()),
            clocks: Err(not_yet()),
            folder: folder.to_owned(),
            tag,
            _claim: claim,
        })
    }

    /// Makes a network for each of `places` places.
    pub(super) fn lay_network(&mut self, places: u64) {
        self.network = Network::lay(self.tag, places).map_err(|error| format!("{error:#}"));
    }

    /// Makes a disk for each of `places` places. The folder must be there.
    pub(super) fn lay_disks(&mut self, places: u64) {
        self.disks = Disks::lay(&self.folder, places).map_err(|error| format!("{error:#}"));
    }

    /// Makes a clock for each of `places` places. The folder must be there.
    pub(super) fn lay_clocks(&mut self, places: u64) {
        self.clocks = Clocks::lay(&self.folder, places).map_err(|error| format!("{error:#}"));
    }

    /// The address of the first place; the others have the addresses after it.
    pub(super) fn first_address(&self) -> Ipv4Addr {
        match &self.network {
            Ok(network) => network.address(1),
            Err(_) => Ipv4Addr::new(127, 0, self.tag, 1),
        }
    }

    /// Where node `id` runs when it stands in `place`.
    pub(super) fn place(&self, place: u64, id: u64) -> Place {
        let first = u32::from(self.first_address());
        let offset = u32::try_from(place.saturating_sub(1)).unwrap_or(u32::MAX);
        let disk = match &self.disks {
            Ok(disks) => disks.folder(place),
            Err(_) => self.folder.clone(),
        };
        let network = self.network.as_ref().ok();
        let clocks = self.clocks.as_ref().ok();
        let launcher = network.map(|network| network.launcher(place));
        let launcher = launcher
            .into_iter()
            .chain(clocks.map(|clocks| clocks.launcher(place)));
        Place {
            address: Ipv4Addr::from(first.saturating_add(offset)),
            data: disk.join(format!("node-{id}")),
            launcher: launcher.flatten().collect(),
        }
    }

    /// The network, or why there is none.
    pub(super) fn network(&self) -> Result<&Network, String> {
        let why = |why: &String| format!("no network namespaces here: {why}");
        self.network.as_ref().map_err(why)
    }

    /// The disks, or why there are none.
    pub(super) fn disks(&self) -> Result<&Disks, String> {
        let why = |why: &String| format!("no disks of its own: {why}");
        self.disks.as_ref().map_err(why)
    }
    /// The clocks, or why there are none.
    pub(super) fn clocks(&self) -> Result<&Clocks, String> {
        let why = |why: &String| format!("no clocks of its own: {why}");
        self.clocks.as_ref().map_err(why)
    }
}
