use std::time::Instant;

use anyhow::Context;
use tokio::task::JoinSet;

use crate::connect::{Connection, connect_all};
use crate::measurement::{Measurement, Phases};
use crate::options::Publish;
use crate::pacer::Pacer;
use crate::report::Report;
use crate::seat::Seat;
use crate::subscriber::Subscriber;
use crate::{closed_loop, open_loop};

/// Connects, publishes, measures, and prints the report.
///
/// # Errors
/// A connection cannot be made. Connections that break later stand in the report.
pub(crate) async fn run(options: &Publish) -> anyhow::Result<()> {
    let seats = Seat::all(&options.broker).await?;
    let subscriber = match &options.subscriber {
        None => None,
        Some(filter) => {
            let seat = seats.first().context("there is no connection")?;
            Some((Subscriber::connect(seat, filter).await?, filter))
        }
    };
    let began = Instant::now();
    let rate = options.broker.connect_rate;
    let connections = connect_all(seats, rate, options.run.window).await?;
    let connecting = began.elapsed();

    let measured = load(options, connections).await?;
    let delivered = match subscriber {
        None => None,
        Some((subscriber, filter)) => Some(subscriber.finish(measured.acked_in_all, filter).await?),
    };
    let (connections, rate) = (options.broker.connections, options.rate);
    Report::new(
        &options.run,
        connections,
        rate,
        &measured,
        connecting,
        delivered,
    )
    .print(options.run.json)
}

async fn load(options: &Publish, connections: Vec<Connection>) -> anyhow::Result<Measurement> {
    let phases = Phases::begin_now(options.run.warm_up, options.run.seconds);
    // Not all the same byte: no layer may win by compressing.
    let payload: Vec<u8> = (0..options.run.size)
        .map(|index| (index * 167 % 251) as u8)
        .collect();
    let mut running = JoinSet::new();
    let pacer = match options.rate {
        None => {
            for connection in connections {
                let payload = payload.clone();
                running.spawn(closed_loop::run(
                    connection,
                    payload,
                    options.run.window,
                    phases,
                ));
            }
            None
        }
        Some(rate) => {
            let (pacer, moments) = Pacer::start(connections.len(), rate, phases);
            for (connection, due) in connections.into_iter().zip(moments) {
                let payload = payload.clone();
                running.spawn(open_loop::run(
                    connection,
                    payload,
                    options.run.window,
                    phases,
                    due,
                ));
            }
            Some(pacer)
        }
    };
    let mut sum = Measurement::new()?;
    while let Some(measured) = running.join_next().await {
        sum.add(measured??)?;
    }
    if let Some(skipped) = pacer.map(Pacer::finish).filter(|skipped| *skipped > 0) {
        sum.errors.push(format!(
            "{skipped} messages were never sent: the rate is too high"
        ));
    }
    Ok(sum)
}
