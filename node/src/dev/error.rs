//! Why a development cluster does not run, in words that say what to do.

use std::io;
use std::path::PathBuf;

use super::ports::PortProblem;
use crate::config::ConfigError;
use crate::files::FileError;
use crate::pki::PkiError;
use crate::policies::PolicyError;

/// Why `roost dev` ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DevError {
    #[error("cannot use the folder {}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error(
        "{} holds files that `roost dev` did not make; --fresh would delete them, so give --data another folder",
        .0.display()
    )]
    NotOurs(PathBuf),
    #[error(
        "{} holds a cluster with {option} {kept}, which cannot be changed to {asked}; leave {option} out to start it as it is, or add --fresh to delete it and start anew",
        path.display()
    )]
    Changed {
        path: PathBuf,
        option: &'static str,
        kept: String,
        asked: String,
    },
    #[error("{}: {problem}", path.display())]
    Settings { path: PathBuf, problem: String },
    #[error("--hub: {0}")]
    HubName(#[from] roost_model::InvalidHubName),
    #[error(
        "{first} has no room for {nodes} nodes: node i listens on the i-th address from there, and 127.255.255.254 is the last"
    )]
    Addresses {
        first: std::net::Ipv4Addr,
        nodes: u8,
    },
    #[error(
        "node {id} of this folder still runs as process {pid}, from an earlier `roost dev` or started by hand; stop it with `kill {pid}`"
    )]
    StillRunning { id: u8, pid: u32 },
    #[error("{}", PortProblem::explain(.0))]
    Ports(Vec<PortProblem>),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Pki(#[from] PkiError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("cannot start node {id}: {source}")]
    Spawn { id: u8, source: io::Error },
    #[error("node {id} ended before it was ready ({how}); the end of {}:\n{tail}", log.display())]
    Ended {
        id: u8,
        how: String,
        log: PathBuf,
        tail: String,
    },
    #[error(
        "node {id} was not ready after {seconds} s ({last}); the end of {}:\n{tail}",
        log.display()
    )]
    NotReady {
        id: u8,
        seconds: u64,
        last: String,
        log: PathBuf,
        tail: String,
    },
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
    #[error("cannot poll for readiness: {0}")]
    Poll(#[from] reqwest::Error),
    #[error("interrupted")]
    Interrupted,
}
