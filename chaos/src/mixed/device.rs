//! A device that reports properties, follows the desired ones, takes messages and runs methods.

use std::sync::Arc;
use std::time::Duration;

use roost_model::Identity;
use roost_mqtt::azure;
use roost_mqtt::client::{Client, ClientError, ConnectOptions, Message, QoS};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::journal::Outcome;
use super::ledger::{Delivery, Ledger, Seen};
use super::stage::{Stage, Turns, past};
use super::topic::Topic;

const RESPONSES: &str = "$iothub/twin/res/#";
const DESIRED: &str = "$iothub/twin/PATCH/properties/desired/#";
const METHODS: &str = "$iothub/methods/POST/#";
/// Pause between attempts to reach a node that is down.
const RECONNECT: Duration = Duration::from_millis(50);
/// How long a device waits for the answer to a report before it makes the next one.
const SILENCE: Duration = Duration::from_secs(15);

/// A node and how the device connects to it.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) node: u64,
    pub(super) options: ConnectOptions,
}

/// One device, which connects to the next node whenever its connection breaks.
#[derive(Debug)]
pub(super) struct Device {
    ledger: Arc<Ledger>,
    routes: Vec<Route>,
    turn: usize,
    reports: u64,
    /// The report that waits for its answer.
    waiting: Option<(u64, Instant)>,
    /// When the twin was asked for, until it is there.
    reading: Option<Instant>,
}

impl Device {
    /// The first of `routes` that the device takes is the one behind `turn`.
    pub(super) fn new(ledger: Arc<Ledger>, routes: Vec<Route>, turn: usize) -> Self {
        Self {
            ledger,
            routes,
            turn,
            reports: 0,
            waiting: None,
            reading: None,
        }
    }

    /// Works until it is time to disconnect.
    pub(super) async fn run(mut self, mut turns: Turns, mut stage: watch::Receiver<Stage>) {
        loop {
            let connected = tokio::select! {
                biased;
                () = past(&mut stage, Stage::Rest) => return,
                connected = self.connect() => connected,
            };
            let (node, client) = connected;
            let connection = self.ledger.sent.lock().connected(node);
            let ended = self
                .serve(&client, connection, &mut turns, &mut stage)
                .await;
            self.forget();
            let Err(why) = ended else {
                client.disconnect().await;
                return;
            };
            let broken = Some((Instant::now(), why));
            self.ledger.sent.lock().connections[connection].broken = broken;
            // Not always the same neighbour, or all devices end up at one node.
            self.turn += 1 + connection % (self.routes.len() - 1).max(1);
        }
    }

    async fn connect(&mut self) -> (u64, Client) {
        loop {
            let route = &self.routes[self.turn % self.routes.len()];
            match Client::connect(route.options.clone()).await {
                Ok(client) => return (route.node, client),
                Err(_) => self.turn += 1,
            }
            sleep(RECONNECT).await;
        }
    }

    /// Until the connection ends, with the reason, or it is time to disconnect.
    async fn serve(
        &mut self,
        client: &Client,
        connection: usize,
        turns: &mut Turns,
        stage: &mut watch::Receiver<Stage>,
    ) -> Result<(), String> {
        let devicebound = azure::devicebound_filter(&Identity::device(self.ledger.device.clone()));
        let filters = [
            (RESPONSES, QoS::AtMostOnce),
            (DESIRED, QoS::AtMostOnce),
            (METHODS, QoS::AtMostOnce),
            (devicebound.as_str(), QoS::AtLeastOnce),
        ];
        let text = |error: ClientError| error.to_string();
        client.subscribe(&filters).await.map_err(text)?;
        self.read_twin(client, connection).await.map_err(text)?;
        loop {
            let working = *stage.borrow() == Stage::Work;
            tokio::select! {
                biased;
                () = past(stage, Stage::Rest) => return Ok(()),
                message = client.next_message() => match message {
                    Some(message) => self.take(client, connection, &message).await.map_err(text)?,
                    None => return Err(client.closed().await.to_string()),
                },
                true = turns.next(), if working => self.report(client).await.map_err(text)?,
            }
        }
    }

    async fn read_twin(&mut self, client: &Client, connection: usize) -> Result<(), ClientError> {
        self.reading = Some(Instant::now());
        let topic = format!("$iothub/twin/GET/?$rid=get{connection}");
        client.publish(&topic, b"", QoS::AtMostOnce).await?;
        Ok(())
    }

    async fn report(&mut self, client: &Client) -> Result<(), ClientError> {
        if let Some((number, begun)) = self.waiting {
            if begun.elapsed() < SILENCE {
                return Ok(());
            }
            let why = format!("no answer within {SILENCE:?}");
            self.ledger
                .reports
                .note(number, begun, Outcome::Unknown(why));
        }
        self.reports += 1;
        let number = self.reports;
        self.waiting = Some((number, Instant::now()));
        let topic = format!("$iothub/twin/PATCH/properties/reported/?$rid={number}");
        let even = format!("even{}", number % 2);
        let body = json!({ "count": number, even: number }).to_string();
        client
            .publish(&topic, body.as_bytes(), QoS::AtMostOnce)
            .await?;
        Ok(())
    }

    async fn take(
        &mut self,
        client: &Client,
        connection: usize,
        message: &Message,
    ) -> Result<(), ClientError> {
        match Topic::parse(&message.topic) {
            Some(Topic::Twin { status, rid, .. }) if rid.starts_with("get") => {
                if status != 200 {
                    return self.read_twin(client, connection).await;
                }
                self.has_read(connection, &json_of(message));
            }
            Some(Topic::Twin {
                status,
                rid,
                version,
            }) => self.answered(rid, status, version),
            Some(Topic::Desired { version }) => {
                let notice = (version, json_of(message));
                self.ledger.sent.lock().connections[connection]
                    .notices
                    .push(notice);
            }
            Some(Topic::Method { rid }) => {
                let id = json_of(message);
                let id_text = id.as_str().unwrap_or_default().to_owned();
                self.ledger.sent.lock().runs.push(id_text);
                let topic = format!("$iothub/methods/res/200/?$rid={rid}");
                let body = id.to_string();
                client
                    .publish(&topic, body.as_bytes(), QoS::AtMostOnce)
                    .await?;
            }
            Some(Topic::Message) => {
                let id = String::from_utf8_lossy(&message.payload).into_owned();
                let delivery = Delivery { id, connection };
                self.ledger.sent.lock().messages.push(delivery);
            }
            None => {}
        }
        Ok(())
    }

    /// The device knows its twin.
    fn has_read(&mut self, connection: usize, twin: &Value) {
        let version = |section: &str| twin[section]["$version"].as_u64().unwrap_or_default();
        let seen = Seen {
            desired: version("desired"),
            reported: version("reported"),
            ..Seen::default()
        };
        let read = Some((seen.desired, twin["desired"].clone()));
        self.ledger.sent.lock().connections[connection].read = read;
        if let Some(begun) = self.reading.take() {
            self.ledger.reads.note((), begun, Outcome::Acked(seen));
        }
    }

    /// A report has its answer, unless it was given up.
    fn answered(&mut self, rid: &str, status: u16, version: Option<u64>) {
        let Some((number, begun)) = self
            .waiting
            .take_if(|(number, _)| number.to_string() == rid)
        else {
            return;
        };
        let outcome = match (status, version) {
            (204, Some(version)) => Outcome::Acked(version),
            (400..500, _) => Outcome::Refused(status.to_string()),
            _ => Outcome::Unknown(status.to_string()),
        };
        self.ledger.reports.note(number, begun, outcome);
    }

    /// What was not answered on a connection will not be.
    fn forget(&mut self) {
        self.reading = None;
        if let Some((number, begun)) = self.waiting.take() {
            let why = "the connection broke".to_owned();
            self.ledger
                .reports
                .note(number, begun, Outcome::Unknown(why));
        }
    }
}

fn json_of(message: &Message) -> Value {
    serde_json::from_slice(&message.payload).unwrap_or_default()
}
