use std::time::Duration;

use anyhow::Context;
use roost_mqtt::client::Client;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::seat::Seat;

/// A connection with its place.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) topic: String,
}

/// Connects every seat, `rate` per second, with room for `window` unacknowledged messages each.
///
/// # Errors
/// A connection is refused: a measurement with fewer of them would be another one.
pub(crate) async fn connect_all(
    seats: Vec<Seat>,
    rate: u32,
    window: usize,
) -> anyhow::Result<Vec<Connection>> {
    let mut ticks = interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut pending = JoinSet::new();
    let mut connections = Vec::with_capacity(seats.len());
    for mut seat in seats {
        ticks.tick().await;
        seat.options.window = window;
        pending.spawn(async move {
            let id = seat.options.client_id.clone();
            let client = Client::connect(seat.options).await.with_context(|| id)?;
            Ok::<_, anyhow::Error>(Connection {
                client,
                topic: seat.topic,
            })
        });
        while let Some(connected) = pending.try_join_next() {
            connections.push(connected??);
        }
    }
    while let Some(connected) = pending.join_next().await {
        connections.push(connected??);
    }
    Ok(connections)
}
