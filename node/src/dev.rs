//! `roost dev`: a cluster of real node processes on this machine's loopback addresses.
//!
//! ```text
//! settings (dev.toml) ─► ports free? ─► certificates, policies, node-{i}.toml
//!                                              │
//!      dev.json, summary ◄── /readyz of each ◄─┴─ one process per node
//!            │
//!       supervise: report deaths and returns ── SIGINT/SIGTERM ──► stop all
//! ```
//!
//! A node that dies is not started again: that is what the printed command is for, and a node that
//! is started by hand is recognised by the lock on its data folder.

mod error;
mod files;
mod manifest;
mod nodes;
mod ports;
mod process;
mod ready;
mod settings;
mod summary;
mod supervise;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Instant;

use crate::output::note;
use crate::signals::Signals;

use settings::{Settings, Wanted};
use summary::Summary;
use supervise::Supervisor;

pub(crate) use error::DevError;
pub(crate) use manifest::Manifest;

/// What the command line asks for; what it leaves open comes from the folder's earlier run.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) directory: PathBuf,
    pub(crate) fresh: bool,
    pub(crate) nodes: Option<u8>,
    pub(crate) hub: Option<String>,
    pub(crate) partitions: Option<u16>,
    pub(crate) first_address: Option<Ipv4Addr>,
    pub(crate) until_stdin_closes: bool,
}

/// Runs the cluster until it is told to stop.
///
/// # Errors
/// The cluster cannot be started; what was started is stopped again.
pub(crate) async fn run(options: Options) -> Result<(), DevError> {
    let started = Instant::now();
    let mut signals = Signals::listen().map_err(DevError::Signals)?;
    if options.until_stdin_closes {
        signals = signals.until_stdin_closes();
    }
    let directory = std::path::absolute(&options.directory).map_err(|source| DevError::Folder {
        path: options.directory.clone(),
        source,
    })?;
    if options.fresh {
        ports::check_no_node_runs(&directory)?;
        settings::wipe(&directory)?;
    }
    let settings = Settings::settle(
        &directory,
        Wanted {
            nodes: options.nodes,
            hub: options.hub,
            partitions: options.partitions,
            first_address: options.first_address,
        },
    )?;
    let nodes = nodes::plan(&directory, &settings)?;
    ports::check_no_node_runs(&directory)?;
    ports::check(&nodes)?;
    settings.save(&directory)?;
    let prepared = files::prepare(&directory, &settings, &nodes)?;
    manifest::remove(&directory)?;

    let mut supervisor = Supervisor::start(nodes)?;
    let came_up = tokio::select! {
        ready = supervisor.until_ready() => ready,
        () = signals.stop() => Err(DevError::Interrupted),
    };
    if let Err(error) = came_up {
        supervisor.stop_all(&mut signals).await;
        return match error {
            DevError::Interrupted => Ok(()),
            error => Err(error),
        };
    }
    let announced = Manifest::new(&settings, &prepared, supervisor.processes())
        .and_then(|manifest| manifest.write(&directory).map(|()| manifest));
    let served = match announced {
        Ok(manifest) => {
            let took = started.elapsed();
            note!(
                "{}",
                Summary {
                    manifest: &manifest,
                    directory: &directory,
                    settings: &settings,
                    took
                }
            );
            tokio::select! {
                () = supervisor.watch(manifest, &directory) => {}
                () = signals.stop() => {}
            }
            Ok(())
        }
        Err(error) => Err(error),
    };
    supervisor.stop_all(&mut signals).await;
    served
}
