use std::time::{Duration, Instant};

use roost_mqtt::client::ClientError;
use tokio::time::timeout;

use crate::connect::Connection;
use crate::in_flight::InFlight;
use crate::measurement::{Measurement, Phases, Recorder};

/// How long the last acknowledgements may take after the end of the load.
pub(crate) const FAREWELL: Duration = Duration::from_secs(5);

/// Sends whenever there is room in the window.
///
/// # Errors
/// The recorder cannot be made. A broken connection stands in the measurement.
pub(crate) async fn run(
    connection: Connection,
    payload: Vec<u8>,
    window: usize,
    phases: Phases,
) -> anyhow::Result<Measurement> {
    let mut recorder = Recorder::new(phases)?;
    let until_end = (phases.until + FAREWELL).saturating_duration_since(Instant::now());
    let published = publish(&connection, &payload, window, phases, &mut recorder);
    match timeout(until_end, published).await {
        Ok(Ok(())) => connection.client.disconnect().await,
        Ok(Err(error)) => recorder.failed(error.to_string()),
        Err(_) => recorder.failed("acknowledgements are missing at the end".to_owned()),
    }
    Ok(recorder.finish())
}

async fn publish(
    connection: &Connection,
    payload: &[u8],
    window: usize,
    phases: Phases,
    recorder: &mut Recorder,
) -> Result<(), ClientError> {
    let mut in_flight = InFlight::new(connection, payload);
    loop {
        let now = Instant::now();
        while in_flight.len() < window && now < phases.until {
            in_flight.publish(now).await?;
        }
        if in_flight.is_empty() {
            return Ok(());
        }
        in_flight.acknowledged(recorder).await?;
    }
}
