//! Everybody who works on a hub, from their beginning to what their work shows in the end.

use std::collections::BTreeMap;

use roost_model::DeviceId;
use tokio::time::Instant;

use super::crew::Crew;
use super::history::History;
use super::invariant::Facts;
use super::nemesis::Hit;
use super::operation::Operation;
use super::report::{Excuse, Report};
use crate::harness::{Event, Fleet, Patience};
use crate::load::{Journal, Load, Publisher, audit};

/// How long work may take to begin.
const PATIENCE: Patience = Patience::seconds(60);
/// Unacknowledged messages that one who only sends telemetry may have.
const WINDOW: usize = 16;

/// How many work, and how hard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hands {
    /// Nodes 1 to this are asked.
    pub(crate) nodes: u64,
    /// Devices with back ends of their own.
    pub(crate) devices: usize,
    /// Further devices that only send telemetry.
    pub(crate) publishers: usize,
    /// Messages per second of each of these.
    pub(crate) rate: u32,
}

/// Work that goes on.
#[derive(Debug)]
pub(crate) struct Work {
    pub(super) crew: Crew,
    pub(super) load: Load,
    begin: Instant,
}

/// What is left of finished work.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) report: Report,
    /// Of those who only send telemetry.
    pub(crate) journals: Vec<Journal>,
    /// Everything else that was attempted, in the order in which it was begun.
    pub(crate) operations: Vec<Operation>,
}

impl Work {
    /// Creates the devices, lets everybody loose and waits until all work.
    ///
    /// # Errors
    /// The registry cannot be used, or work does not begin in time.
    pub(crate) async fn start(fleet: &Fleet, hands: Hands) -> anyhow::Result<Self> {
        let load = Load::start(publishers(fleet, hands).await?);
        let crew = Crew::start(fleet, hands.nodes, hands.devices).await?;
        let begin = Instant::now();
        crew.goes_on(PATIENCE).await?;
        Ok(Self { crew, load, begin })
    }

    /// Waits until everybody gets on.
    ///
    /// # Errors
    /// They do not in time.
    pub(crate) async fn goes_on(&self, patience: Patience) -> anyhow::Result<()> {
        self.crew.goes_on(patience).await?;
        self.load.goes_on(patience, |_| true).await
    }

    /// Waits until telemetry gets on from every device that is connected to a node other than `nodes`.
    ///
    /// # Errors
    /// It does not in time.
    pub(crate) async fn goes_on_without(
        &self,
        patience: Patience,
        nodes: &[u64],
    ) -> anyhow::Result<()> {
        self.load.goes_on_without(patience, nodes).await
    }

    /// Lets everything that was begun come to its end, and holds every promise against it. All nodes
    /// must be there. Connections may have broken for the reasons in `excuses`.
    ///
    /// # Errors
    /// What is stored cannot be read.
    pub(crate) async fn finish(
        mut self,
        fleet: &Fleet,
        teller: u64,
        hits: Vec<Hit>,
        excuses: Vec<Excuse>,
    ) -> anyhow::Result<Done> {
        let duration = self.begin.elapsed();
        let mut broken = Vec::new();
        self.crew.finish(&mut broken).await;
        let journals = self.load.finish().await;

        let mut twins = BTreeMap::new();
        for ledger in &self.crew.ledgers {
            let told = self.crew.twins(&ledger.device).await?;
            twins.insert(ledger.device.to_string(), told);
        }
        let (told, telemetry): (Vec<Event>, Vec<Event>) = fleet
            .service(teller)?
            .everything()
            .await?
            .into_iter()
            .partition(|event| !event.is_telemetry());
        let findings = audit(&journals, &telemetry);
        broken.extend(findings.broken.iter().cloned());

        let mut report = Report::new(duration, hits, excuses, findings, broken);
        let batches = self.crew.feedback.batches();
        for ledger in &self.crew.ledgers {
            let history = History::of(ledger.device.as_str(), &told);
            let twins = twins.remove(ledger.device.as_str()).unwrap_or_default();
            report.add(&Facts {
                ledger,
                history: &history,
                twins: &twins,
                batches: &batches,
            });
        }
        let ledgers = self.crew.ledgers.iter();
        let mut operations: Vec<Operation> =
            ledgers.flat_map(|ledger| ledger.operations()).collect();
        operations.sort_by_key(|operation| operation.begun);
        Ok(Done {
            report,
            journals,
            operations,
        })
    }
}

/// Devices that only send telemetry, at home at the nodes in turn.
async fn publishers(fleet: &Fleet, hands: Hands) -> anyhow::Result<Vec<Publisher>> {
    let (owner, trust) = (fleet.service(1)?, fleet.trust()?);
    let mut publishers = Vec::with_capacity(hands.publishers);
    for (number, home) in (0..hands.publishers).zip((1..=hands.nodes).cycle()) {
        let device: DeviceId = format!("telemetry-{number:02}").parse()?;
        let credential = owner.create_device(&device).await?;
        let nodes = (home..=hands.nodes).chain(1..home);
        let nodes = nodes.map(|id| (id, fleet.mqtt_address(id)));
        let publisher = Publisher::new(&credential, &trust, nodes, WINDOW, hands.rate);
        publishers.push(publisher);
    }
    Ok(publishers)
}
