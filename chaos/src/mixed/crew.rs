//! Everybody who works on the hub at once.

use std::sync::Arc;
use std::time::Duration;

use roost_model::DeviceId;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::back_end::{BackEnd, twin_path};
use super::device::{Device, Route};
use super::journal::Journal;
use super::ledger::Ledger;
use super::stage::{Stage, Turns};
use super::workload::feedback::{self, Feedback};
use super::workload::{desired, message, method, read, swap};
use crate::harness::{DeviceCredential, Fleet, Patience, ServiceClient, until};

/// Who writes desired properties of one device without looking, and as many who look.
const WRITERS: usize = 2;
const REPORT: Duration = Duration::from_millis(100);
const WRITE: Duration = Duration::from_millis(50);
const SWAP: Duration = Duration::from_millis(150);
const READ: Duration = Duration::from_millis(250);
const SEND: Duration = Duration::from_millis(150);
const CALL: Duration = Duration::from_millis(150);
const FEEDBACK: Duration = Duration::from_millis(100);
/// For everything to come to its end; feedback that was handed out and lost comes again when its
/// lock has lapsed.
const QUIET: Patience = Patience::seconds(40);

/// All devices and back ends.
#[derive(Debug)]
pub(super) struct Crew {
    pub(super) ledgers: Vec<Arc<Ledger>>,
    pub(super) feedback: Arc<Feedback>,
    nodes: Arc<[ServiceClient]>,
    stage: watch::Sender<Stage>,
    /// They end when it is time to rest.
    workers: JoinSet<()>,
    /// They end when it is over.
    devices: JoinSet<()>,
}

impl Crew {
    /// Creates the devices and lets everybody loose. `nodes` serve devices and back ends.
    pub(super) async fn start(fleet: &Fleet, nodes: u64, devices: usize) -> anyhow::Result<Self> {
        let services: anyhow::Result<Vec<_>> = (1..=nodes).map(|id| fleet.service(id)).collect();
        let mut crew = Self {
            ledgers: Vec::new(),
            feedback: Arc::default(),
            nodes: services?.into(),
            stage: watch::Sender::new(Stage::Work),
            workers: JoinSet::new(),
            devices: JoinSet::new(),
        };
        let trust = fleet.trust()?;
        for turn in 0..devices {
            let device: DeviceId = format!("mixed-{turn:02}").parse()?;
            let credential: DeviceCredential = crew.nodes[0].create_device(&device).await?;
            let route = |node| Route {
                node,
                options: trust.options(fleet.mqtt_address(node), &credential),
            };
            crew.employ(device, (1..=nodes).map(route).collect(), turn);
        }
        let reader = feedback::read(
            Arc::clone(&crew.feedback),
            crew.back_end(0),
            crew.turns(FEEDBACK),
        );
        crew.devices.spawn(reader);
        Ok(crew)
    }

    /// One device and its back ends.
    fn employ(&mut self, device: DeviceId, routes: Vec<Route>, turn: usize) {
        let ledger = Arc::new(Ledger::new(device, WRITERS));
        let device = Device::new(Arc::clone(&ledger), routes, turn);
        let turns = self.turns(REPORT);
        self.devices
            .spawn(device.run(turns, self.stage.subscribe()));
        for writer in 0..WRITERS {
            let write = |pace| {
                (
                    Arc::clone(&ledger),
                    self.back_end(turn + writer),
                    self.turns(pace),
                )
            };
            let (ledger, back_end, turns) = write(WRITE);
            let blind = desired::write(ledger, writer, back_end, turns);
            let (ledger, back_end, turns) = write(SWAP);
            let careful = swap::write(ledger, writer, back_end, turns);
            self.workers.spawn(blind);
            self.workers.spawn(careful);
        }
        let with = |pace| (Arc::clone(&ledger), self.back_end(turn), self.turns(pace));
        let (reads, sends, calls) = (with(READ), with(SEND), with(CALL));
        self.workers.spawn(read::read(reads.0, reads.1, reads.2));
        self.workers.spawn(message::send(sends.0, sends.1, sends.2));
        self.workers.spawn(method::call(calls.0, calls.1, calls.2));
        self.ledgers.push(ledger);
    }

    fn back_end(&self, turn: usize) -> BackEnd {
        BackEnd::new(Arc::clone(&self.nodes), turn)
    }

    fn turns(&self, pace: Duration) -> Turns {
        Turns::every(pace, self.stage.subscribe())
    }

    /// Waits until every device has reported twice more, and there is as much of every other kind.
    ///
    /// # Errors
    /// It does not go on in time.
    pub(super) async fn goes_on(&self, patience: Patience) -> anyhow::Result<()> {
        let wanted: Vec<u64> = self
            .ledgers
            .iter()
            .map(|one| one.reports.acked() + 2)
            .collect();
        let devices = self.ledgers.len() as u64;
        let all = self.acked().map(|acked| acked + 2 * devices);
        until("work of every kind that goes on", patience, async || {
            let reported = self.ledgers.iter().map(|one| one.reports.acked());
            let stuck = reported.zip(&wanted).filter(|(now, wanted)| now < wanted);
            let stuck = stuck.count();
            let now = self.acked();
            match stuck == 0 && now.iter().zip(&all).all(|(now, wanted)| now >= wanted) {
                true => Ok(()),
                false => Err(format!("{stuck} devices wait; {now:?} of {all:?}")),
            }
        })
        .await
    }

    fn acked(&self) -> [u64; 6] {
        let mut sum = [0; 6];
        for ledger in &self.ledgers {
            for (sum, acked) in sum.iter_mut().zip(ledger.acked()) {
                *sum += acked;
            }
        }
        sum
    }

    /// Lets what was begun come to its end, and disconnects the devices. What does not come to its
    /// end is told in `broken`.
    pub(super) async fn finish(&mut self, broken: &mut Vec<String>) {
        self.stage.send_replace(Stage::Rest);
        while self.workers.join_next().await.is_some() {}
        let quiet = until("rest", QUIET, async || {
            for ledger in &self.ledgers {
                self.is_quiet(ledger).await?;
            }
            Ok::<_, String>(())
        });
        if let Err(error) = quiet.await {
            broken.push(format!("{error:#}"));
        }
        self.stage.send_replace(Stage::Over);
        while self.devices.join_next().await.is_some() {}
    }

    /// Nothing is under way for a device, or why not.
    async fn is_quiet(&self, ledger: &Ledger) -> Result<(), String> {
        let (node, device) = (&self.nodes[0], &ledger.device);
        let text = |error: anyhow::Error| format!("{error:#}");
        let waiting = node.waiting_messages(device).await.map_err(text)?;
        if waiting > 0 {
            return Err(format!("{waiting} messages wait for {device}"));
        }
        let twin: Value = node
            .call(reqwest::Method::GET, &twin_path(device), None)
            .await
            .map_err(text)?;
        let newest = twin["properties"]["desired"]["$version"].as_u64();
        let knows = ledger
            .sent
            .lock()
            .connections
            .last()
            .and_then(|last| last.knows());
        if knows != newest {
            return Err(format!(
                "{device} knows desired version {knows:?} of {newest:?}"
            ));
        }
        let untold = untold(&ledger.messages, &self.feedback);
        match untold.first() {
            None => Ok(()),
            Some(first) => Err(format!(
                "no feedback of {} messages, {first} first",
                untold.len()
            )),
        }
    }

    /// Every device's twin as each node tells it.
    pub(super) async fn twins(&self, device: &DeviceId) -> anyhow::Result<Vec<Value>> {
        let mut twins = Vec::new();
        for node in self.nodes.iter() {
            let path = twin_path(device);
            twins.push(node.call(reqwest::Method::GET, &path, None).await?);
        }
        Ok(twins)
    }
}

/// Acknowledged messages of which nothing was told yet.
fn untold(messages: &Journal<String, u64>, feedback: &Feedback) -> Vec<String> {
    let attempts = messages.attempts();
    let acked = attempts.iter().filter(|attempt| attempt.acked().is_some());
    let untold = acked.filter(|attempt| !feedback.tells_of(&attempt.asked));
    untold.map(|attempt| attempt.asked.clone()).collect()
}
