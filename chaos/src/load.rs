//! Devices that publish at their rate and note every acknowledgement, and what is found when that is
//! held against the event stream.
//!
//! A message says its number and the connection that sent it. A device whose connection breaks goes
//! on with the first message that was not acknowledged, so that such a message may be stored twice:
//! once as the old connection sent it, once as the new one did. Nothing else may be stored twice, and
//! nothing acknowledged may be missing.

mod audit;
mod journal;
mod publisher;
mod stalls;

pub use audit::Findings;
pub use stalls::Stalls;

pub(crate) use audit::audit;
pub(crate) use journal::Journal;
pub(crate) use publisher::Publisher;

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::harness::{Patience, until};
use publisher::Progress;

/// Running devices.
#[derive(Debug)]
pub(crate) struct Load {
    devices: Vec<Device>,
    running: JoinSet<Journal>,
    stop: watch::Sender<bool>,
    begin: Instant,
}

#[derive(Debug)]
struct Device {
    home: u64,
    /// Acknowledgements that it may still get for what was under way.
    window: u64,
    progress: Arc<Progress>,
}

impl Load {
    /// Lets the devices loose.
    pub(crate) fn start(publishers: Vec<Publisher>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut running = JoinSet::new();
        let mut devices = Vec::with_capacity(publishers.len());
        for publisher in publishers {
            devices.push(Device {
                home: publisher.home(),
                window: publisher.window() as u64,
                progress: publisher.progress(),
            });
            running.spawn(publisher.run(stopped.clone()));
        }
        let begin = Instant::now();
        Self {
            devices,
            running,
            stop,
            begin,
        }
    }

    /// When the devices were let loose.
    pub(crate) fn begin(&self) -> Instant {
        self.begin
    }

    /// Waits until every device whose home is among `homes` has messages acknowledged that it sent
    /// after now.
    ///
    /// # Errors
    /// Some have not in time.
    pub(crate) async fn goes_on(
        &self,
        patience: Patience,
        homes: impl Fn(u64) -> bool,
    ) -> anyhow::Result<()> {
        let devices = self.devices.iter().filter(|device| homes(device.home));
        self.go_on(patience, devices).await
    }

    /// The same for every device that is connected to a node other than `nodes`.
    ///
    /// # Errors
    /// Some have not in time.
    pub(crate) async fn goes_on_without(
        &self,
        patience: Patience,
        nodes: &[u64],
    ) -> anyhow::Result<()> {
        let devices = self.devices.iter();
        let devices = devices.filter(|device| !nodes.contains(&device.progress.node()));
        self.go_on(patience, devices).await
    }

    async fn go_on(
        &self,
        patience: Patience,
        devices: impl Iterator<Item = &Device>,
    ) -> anyhow::Result<()> {
        let waiting: Vec<_> = devices
            .map(|device| (&device.progress, device.progress.acked() + device.window))
            .collect();
        until("acknowledgements for every device", patience, async || {
            let stuck = waiting
                .iter()
                .filter(|(device, past)| device.acked() <= *past);
            match stuck.count() {
                0 => Ok(()),
                stuck => Err(format!("{stuck} of {} devices wait", waiting.len())),
            }
        })
        .await
    }

    /// Stops the devices once what they sent is acknowledged, and gives what they noted.
    pub(crate) async fn finish(self) -> Vec<Journal> {
        self.stop.send_replace(true);
        self.running.join_all().await
    }
}
