use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;
use roost_mqtt::client::{Client, QoS};
use tokio::time::{Instant, sleep};

use crate::seat::Seat;

/// How long the last messages may take to arrive.
const FAREWELL: Duration = Duration::from_secs(3);

/// One durable QoS 1 subscriber. Without it most brokers acknowledge and store nothing.
#[derive(Debug)]
pub(crate) struct Subscriber {
    client: Client,
    delivered: Arc<AtomicU64>,
}

impl Subscriber {
    /// Connects where `seat` would, with a client id of its own and a persistent session.
    ///
    /// # Errors
    /// The broker refuses the connection or the subscription.
    pub(crate) async fn connect(seat: &Seat, filter: &str) -> anyhow::Result<Self> {
        let mut options = seat.options.clone();
        options.client_id = "load-subscriber".to_owned();
        options.clean_session = false;
        options.message_queue = 65_536;
        let client = Client::connect(options).await?;
        let granted = client.subscribe(&[(filter, QoS::AtLeastOnce)]).await?;
        ensure!(
            granted == [Some(QoS::AtLeastOnce)],
            "{filter} was granted {granted:?}"
        );
        let delivered = Arc::new(AtomicU64::new(0));
        let (reader, counter) = (client.clone(), Arc::clone(&delivered));
        tokio::spawn(async move {
            while reader.next_message().await.is_some() {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        Ok(Self { client, delivered })
    }

    /// Waits a little for what is under way and gives the number of delivered messages. The
    /// subscription is taken back, so that a later run finds no backlog.
    ///
    /// # Errors
    /// The connection has broken.
    pub(crate) async fn finish(self, expected: u64, filter: &str) -> anyhow::Result<u64> {
        let deadline = Instant::now() + FAREWELL;
        while self.delivered.load(Ordering::Relaxed) < expected && Instant::now() < deadline {
            sleep(Duration::from_millis(10)).await;
        }
        self.client.unsubscribe(&[filter]).await?;
        self.client.disconnect().await;
        Ok(self.delivered.load(Ordering::Relaxed))
    }
}
