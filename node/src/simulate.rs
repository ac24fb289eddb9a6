//! `roost simulate`: many devices that send telemetry as real ones do, and what that was like.
//!
//! ```text
//! registry (create or look up) ─► one task per device: connect ─► send at its rate ─► acknowledged
//!                                        ▲                             │
//!                                        └────── connection lost ◄─────┘   un-acknowledged are sent again
//! ```
//!
//! Latency runs from the moment at which a message was due, so that a stall shows in full.

mod device;
mod message;
mod progress;
mod registry;
mod stats;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roost_model::{DeviceId, HubName};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::service::{ServiceClient, ServiceError, Target};

use device::{SimulatedDevice, tls};
use stats::Stats;

pub(crate) use stats::Summary;

/// Devices that may be connecting at the same moment.
const CONNECTING_AT_ONCE: usize = 64;

/// What to simulate.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) devices: u32,
    /// Devices are called `{prefix}0001`, …
    pub(crate) prefix: String,
    /// Messages per second and device; none: as fast as they are acknowledged.
    pub(crate) rate: Option<f64>,
    /// Bytes of a message's body.
    pub(crate) size: usize,
    /// None: until Ctrl-C.
    pub(crate) duration: Option<Duration>,
    /// Messages of one device that may wait for their acknowledgement.
    pub(crate) window: usize,
    pub(crate) port: u16,
    /// Delete the devices at the end.
    pub(crate) cleanup: bool,
}

/// Why a simulation ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SimulationError {
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error("the authority to trust is needed: give it with --ca FILE")]
    NoAuthority,
    #[error("{} holds no usable certificate", .0.display())]
    Authority(PathBuf),
    #[error("`{0}` is not a host that can be dialled")]
    Host(String),
    #[error("device {device} cannot connect to {address}: {source}")]
    Connect {
        device: DeviceId,
        address: String,
        source: roost_mqtt::client::ConnectError,
    },
    #[error("`{name}` cannot be the name of a device: {source}")]
    Name {
        name: String,
        source: roost_model::InvalidId,
    },
    #[error("device {0} has no key to connect with")]
    NoKey(DeviceId),
    #[error("device {device} cannot send: {source}")]
    Send {
        device: DeviceId,
        source: roost_mqtt::client::ClientError,
    },
    #[error("a simulated device panicked")]
    Panicked,
}

/// What all devices of a simulation share.
#[derive(Debug)]
struct Shared {
    plan: Plan,
    host: HubName,
    stats: Stats,
    connecting: Semaphore,
    /// Ends sending; what is in flight is waited for.
    stop: CancellationToken,
}

/// Runs the plan against a hub.
///
/// # Errors
/// Devices cannot be created or are refused.
pub(crate) async fn run(target: &Target, plan: Plan) -> Result<Summary, SimulationError> {
    let service = ServiceClient::new(target)?;
    let tls = tls(target.ca().ok_or(SimulationError::NoAuthority)?)?;
    let credentials = registry::prepare(&service, &plan).await?;
    let ids: Vec<DeviceId> = credentials.iter().map(|(id, _)| id.clone()).collect();

    let shared = Arc::new(Shared {
        host: target.connection_string.host.clone(),
        stats: Stats::default(),
        connecting: Semaphore::new(CONNECTING_AT_ONCE),
        stop: CancellationToken::new(),
        plan,
    });
    let dialled = hosts_to_dial(target);
    let started = Instant::now();
    let mut devices = JoinSet::new();
    for (number, (id, key)) in credentials.into_iter().enumerate() {
        let host = &dialled[number % dialled.len()];
        let device = SimulatedDevice::new(Arc::clone(&shared), id, key, host, tls.clone())?;
        devices.spawn(device.run());
    }
    let outcome = conduct(&shared, &mut devices).await;
    let took = started.elapsed();
    if shared.plan.cleanup {
        registry::clean_up(&service, ids).await?;
    }
    outcome?;
    Ok(shared.stats.summary(&shared.plan, took))
}

/// Lets the devices run for the planned time, or until Ctrl-C, then waits for the last
/// acknowledgements.
async fn conduct(
    shared: &Shared,
    devices: &mut JoinSet<Result<(), SimulationError>>,
) -> Result<(), SimulationError> {
    let time_is_up = async {
        match shared.plan.duration {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = all_ended(devices) => return ended,
        () = time_is_up => {}
        _ = tokio::signal::ctrl_c() => {}
        () = progress::follow(&shared.stats, &shared.plan) => {}
    }
    shared.stop.cancel();
    tokio::select! {
        ended = all_ended(devices) => ended,
        // A second Ctrl-C: what is in flight stays unknown.
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

async fn all_ended(
    devices: &mut JoinSet<Result<(), SimulationError>>,
) -> Result<(), SimulationError> {
    while let Some(ended) = devices.join_next().await {
        ended.map_err(|_| SimulationError::Panicked)??;
    }
    Ok(())
}

/// The nodes of a development cluster in turn, or the one host that was given.
fn hosts_to_dial(target: &Target) -> Vec<String> {
    let host = target.connection_string.host.as_str();
    if target.dial != host || target.nodes.is_empty() {
        let without_port = target.dial.split(':').next().unwrap_or(&target.dial);
        return vec![without_port.to_owned()];
    }
    target.nodes.clone()
}
