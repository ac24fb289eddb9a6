use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use roost_mqtt::client::{Ack, Client, ClientError, ConnectOptions, QoS};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use super::journal::Journal;
use crate::harness::{DeviceCredential, Trust};

/// Bytes of a message.
const PAYLOAD: usize = 256;
/// Pause between attempts to reach a node that is down.
const RECONNECT: Duration = Duration::from_millis(50);
/// How long a device waits for its last acknowledgements, and for a node that does not come back.
const FAREWELL: Duration = Duration::from_secs(20);

/// What others may know about a device while it runs.
#[derive(Debug, Default)]
pub(super) struct Progress {
    acked: AtomicU64,
    /// The node that it is connected to, or was last; 0 before that.
    node: AtomicU64,
}

impl Progress {
    /// Messages that were acknowledged so far.
    pub(super) fn acked(&self) -> u64 {
        self.acked.load(Ordering::Acquire)
    }

    pub(super) fn node(&self) -> u64 {
        self.node.load(Ordering::Acquire)
    }
}

/// A node and how the device connects to it.
#[derive(Debug)]
struct Route {
    node: u64,
    options: ConnectOptions,
}

/// One device that publishes at its rate until it is told to stop.
#[derive(Debug)]
pub(crate) struct Publisher {
    /// The home first; the next one is tried when a connection breaks or cannot be made.
    routes: Vec<Route>,
    /// The route that is used now.
    turn: usize,
    topic: String,
    window: usize,
    pace: Duration,
    journal: Journal,
    progress: Arc<Progress>,
}

impl Publisher {
    /// A device that publishes `rate` messages per second at the first of `nodes` that it can reach,
    /// with at most `window` unacknowledged ones.
    pub(crate) fn new(
        device: &DeviceCredential,
        trust: &Trust,
        nodes: impl IntoIterator<Item = (u64, SocketAddr)>,
        window: usize,
        rate: u32,
    ) -> Self {
        let route = |(node, address)| {
            let mut options = trust.options(address, device);
            options.window = window;
            Route { node, options }
        };
        Self {
            routes: nodes.into_iter().map(route).collect(),
            turn: 0,
            topic: device.topic(&[]),
            window,
            pace: Duration::from_secs(1) / rate.max(1),
            journal: Journal::new(device.identity.device.clone()),
            progress: Arc::default(),
        }
    }

    /// The node that it connects to first.
    pub(super) fn home(&self) -> u64 {
        self.routes.first().map_or(0, |route| route.node)
    }

    pub(super) fn window(&self) -> usize {
        self.window
    }

    pub(super) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Connects, publishes, and connects again whenever the connection breaks.
    pub(super) async fn run(mut self, stopped: watch::Receiver<bool>) -> Journal {
        let mut ticks = interval(self.pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while let Some((node, client)) = self.connect(stopped.clone()).await {
            self.journal.connected(node);
            self.progress.node.store(node, Ordering::Release);
            match self.publish(&client, &mut ticks, stopped.clone()).await {
                Ok(()) => {
                    client.disconnect().await;
                    break;
                }
                Err(error) => {
                    self.journal.broke(error.to_string());
                    self.turn += 1;
                }
            }
        }
        self.journal
    }

    /// None when it is time to stop and everything that was sent has been acknowledged, or when no
    /// node can be reached any more.
    async fn connect(&mut self, mut stopped: watch::Receiver<bool>) -> Option<(u64, Client)> {
        let given_up = async {
            let _ = stopped.wait_for(|stopped| *stopped).await;
            sleep(FAREWELL).await;
        };
        let connected = async {
            loop {
                let route = &self.routes[self.turn % self.routes.len()];
                match Client::connect(route.options.clone()).await {
                    Ok(client) => break (route.node, client),
                    Err(_) => self.turn += 1,
                }
                sleep(RECONNECT).await;
            }
        };
        tokio::select! {
            connected = connected => Some(connected),
            () = given_up => None,
        }
    }

    /// Publishes until it is told to stop, then waits for what is not yet acknowledged.
    async fn publish(
        &mut self,
        client: &Client,
        ticks: &mut Interval,
        mut stopped: watch::Receiver<bool>,
    ) -> Result<(), ClientError> {
        let mut waiting: VecDeque<Ack> = VecDeque::new();
        while !*stopped.borrow() {
            tokio::select! {
                acked = oldest(&mut waiting), if !waiting.is_empty() => {
                    acked?;
                    waiting.pop_front();
                    self.acknowledged();
                }
                _ = ticks.tick(), if waiting.len() < self.window => {
                    if let Some((number, connection)) = self.journal.sends() {
                        let payload = payload(number, connection);
                        let ack = client.publish(&self.topic, payload.as_bytes(), QoS::AtLeastOnce);
                        waiting.push_back(ack.await?);
                    }
                }
                _ = stopped.changed() => {}
            }
        }
        for ack in waiting {
            ack.await?;
            self.acknowledged();
        }
        Ok(())
    }

    fn acknowledged(&mut self) {
        self.journal.acknowledged();
        self.progress.acked.fetch_add(1, Ordering::Release);
    }
}

/// The acknowledgement that comes next.
async fn oldest(waiting: &mut VecDeque<Ack>) -> Result<(), ClientError> {
    match waiting.front_mut() {
        Some(ack) => ack.await,
        None => Ok(()),
    }
}

/// `{number} {connection}`, filled up with spaces.
fn payload(number: u64, connection: usize) -> String {
    format!("{:<PAYLOAD$}", format!("{number} {connection}"))
}
