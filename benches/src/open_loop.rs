use std::time::Instant;

use roost_mqtt::client::ClientError;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::closed_loop::FAREWELL;
use crate::connect::Connection;
use crate::in_flight::InFlight;
use crate::measurement::{Measurement, Phases, Recorder};

/// Sends when the pacer says so; a full window delays the sending, not the clock.
///
/// # Errors
/// The recorder cannot be made. A broken connection stands in the measurement.
pub(crate) async fn run(
    connection: Connection,
    payload: Vec<u8>,
    window: usize,
    phases: Phases,
    due: mpsc::Receiver<Instant>,
) -> anyhow::Result<Measurement> {
    let mut recorder = Recorder::new(phases)?;
    let until_end = (phases.until + FAREWELL).saturating_duration_since(Instant::now());
    let published = publish(&connection, &payload, window, due, &mut recorder);
    match timeout(until_end, published).await {
        Ok(Ok(())) => connection.client.disconnect().await,
        Ok(Err(error)) => recorder.failed(error.to_string()),
        Err(_) => recorder.failed("the rate is too high: messages are left over".to_owned()),
    }
    Ok(recorder.finish())
}

async fn publish(
    connection: &Connection,
    payload: &[u8],
    window: usize,
    mut due: mpsc::Receiver<Instant>,
    recorder: &mut Recorder,
) -> Result<(), ClientError> {
    let mut in_flight = InFlight::new(connection, payload);
    let mut paced = true;
    while paced || !in_flight.is_empty() {
        tokio::select! {
            acked = in_flight.acknowledged(recorder), if !in_flight.is_empty() => acked?,
            moment = due.recv(), if paced && in_flight.len() < window => match moment {
                Some(moment) => in_flight.publish(moment).await?,
                None => paced = false,
            },
        }
    }
    Ok(())
}
