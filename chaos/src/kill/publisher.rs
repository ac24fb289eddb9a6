use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use roost_mqtt::client::{Ack, Client, ClientError, ConnectOptions, QoS};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use super::journal::Journal;

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
}

impl Progress {
    /// Messages that were acknowledged so far.
    pub(super) fn acked(&self) -> u64 {
        self.acked.load(Ordering::Acquire)
    }
}

/// One device that publishes at its rate until it is told to stop.
#[derive(Debug)]
pub(super) struct Publisher {
    options: ConnectOptions,
    topic: String,
    pace: Duration,
    journal: Journal,
    progress: Arc<Progress>,
    stopped: watch::Receiver<bool>,
}

impl Publisher {
    pub(super) fn new(
        options: ConnectOptions,
        topic: String,
        rate: u32,
        journal: Journal,
        progress: Arc<Progress>,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let pace = Duration::from_secs(1) / rate.max(1);
        Self {
            options,
            topic,
            pace,
            journal,
            progress,
            stopped,
        }
    }

    pub(super) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Connects, publishes, and connects again to the same node whenever the connection breaks.
    pub(super) async fn run(mut self) -> Journal {
        let mut ticks = interval(self.pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while let Some(client) = self.connect().await {
            self.journal.connected();
            match self.publish(&client, &mut ticks).await {
                Ok(()) => {
                    client.disconnect().await;
                    break;
                }
                Err(error) => self.journal.broke(error.to_string()),
            }
        }
        self.journal
    }

    /// None when it is time to stop and everything that was sent has been acknowledged, or when the
    /// node does not come back.
    async fn connect(&mut self) -> Option<Client> {
        let mut stopped = self.stopped.clone();
        let given_up = async {
            let _ = stopped.wait_for(|stopped| *stopped).await;
            sleep(FAREWELL).await;
        };
        let connected = async {
            loop {
                match Client::connect(self.options.clone()).await {
                    Ok(client) => break client,
                    Err(_) => sleep(RECONNECT).await,
                }
            }
        };
        tokio::select! {
            client = connected => Some(client),
            () = given_up => None,
        }
    }

    /// Publishes until it is told to stop, then waits for what is not yet acknowledged.
    async fn publish(&mut self, client: &Client, ticks: &mut Interval) -> Result<(), ClientError> {
        let mut waiting: VecDeque<Ack> = VecDeque::new();
        let mut stopped = self.stopped.clone();
        while !*stopped.borrow() {
            tokio::select! {
                acked = oldest(&mut waiting), if !waiting.is_empty() => {
                    acked?;
                    waiting.pop_front();
                    self.acknowledged();
                }
                _ = ticks.tick(), if waiting.len() < self.options.window => {
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
