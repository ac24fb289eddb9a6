//! `roost-load`: puts load on MQTT brokers of this machine and measures how they take it, has a hub bring
//! messages to devices, and sends and reads over AMQP.
//!
//! ```text
//! options ─► seats (credentials, topics) ─► connections at a bounded rate ─► closed loop | open loop | idle
//!                                                                                   │
//!                                         one JSON line or a table ◄── measurement ◄┘
//! ```
//!
//! Only loopback addresses are targets; anything else is refused before a socket is opened.

mod amqp;
mod closed_loop;
mod commands;
mod connect;
mod etcd;
mod idle;
mod in_flight;
mod measurement;
mod methods;
mod open_loop;
mod options;
mod pacer;
mod provision;
mod publish;
mod report;
mod seat;
mod subscriber;
mod targets;
mod twins;

use clap::Parser;

use options::{Action, Options};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Options::parse().action {
        Action::Publish(options) => publish::run(&options).await,
        Action::Idle(options) => idle::run(&options).await,
        Action::Commands(options) => commands::run(&options).await,
        Action::Twins(options) => twins::run(&options).await,
        Action::Methods(options) => methods::run(&options).await,
        Action::AmqpPublish(options) => amqp::publish(&options).await,
        Action::AmqpRead(options) => amqp::read(&options).await,
        Action::Etcd(options) => etcd::run(&options).await,
    }
}
