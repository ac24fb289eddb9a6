//! The cluster that is broken, with those who work on it.

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::Context;
use rustix::process::Signal;
use tokio::time::Instant;

use super::chance::Chance;
use super::ground::Ground;
use crate::harness::{ClusterStatus, Fleet, Patience, Probes, ServiceClient, until};
use crate::membership::overview::Overview;
use crate::mixed::Work;

/// How long the others may take to lead everything and to get on.
const TAKEOVER: Patience = Patience::seconds(30);
/// How long the cluster may take to be as before.
const RECOVERY: Patience = Patience::seconds(90);

/// Everything that a fault works with. A *place* is a network, an address and a disk; nodes come and go
/// there, each with an id of its own.
#[derive(Debug)]
pub(super) struct Scene {
    // Nodes end before what they stand on is taken away.
    pub(super) fleet: Fleet,
    pub(super) ground: Ground,
    pub(super) chance: Chance,
    work: Work,
    /// Which node stands in a place.
    nodes: BTreeMap<u64, u64>,
    next_id: u64,
    hold: Duration,
}

impl Scene {
    /// Nodes 1 to `nodes` run in the places of these numbers.
    pub(super) fn new(
        fleet: Fleet,
        ground: Ground,
        work: Work,
        nodes: u64,
        hold: Duration,
        seed: u64,
    ) -> Self {
        Self {
            fleet,
            ground,
            chance: Chance::new(seed),
            work,
            nodes: (1..=nodes).map(|place| (place, place)).collect(),
            next_id: nodes + 1,
            hold,
        }
    }

    /// Ends the scene: ground and cluster, those who work on it, and the place of somebody to ask.
    pub(super) fn end(self) -> (Ground, Fleet, Work, u64) {
        let teller = self.nodes.values().next().copied().unwrap_or_default();
        (self.ground, self.fleet, self.work, teller)
    }

    pub(super) fn places(&self) -> Vec<u64> {
        self.nodes.keys().copied().collect()
    }

    /// The node in a place.
    pub(super) fn id(&self, place: u64) -> anyhow::Result<u64> {
        let id = self.nodes.get(&place).copied();
        id.with_context(|| format!("nobody is in place {place}"))
    }

    /// Places by how many partitions their nodes lead, the most first.
    pub(super) async fn by_leaders(&mut self) -> anyhow::Result<Vec<(u64, usize)>> {
        let status = self.witness(&[])?.cluster().await?;
        let led: BTreeMap<u64, usize> = status.leaders().into_iter().collect();
        let with = |(place, id): (&u64, &u64)| (*place, led.get(id).copied().unwrap_or(0));
        let mut places: Vec<(u64, usize)> = self.nodes.iter().map(with).collect();
        let turn = self.chance.below(places.len() as u64);
        let count = places.len() as u64;
        // Those that lead equally many take turns by chance.
        places.sort_by_key(|(place, led)| (usize::MAX - led, (place + turn) % count));
        Ok(places)
    }

    /// The place whose node leads the most partitions.
    pub(super) async fn busiest(&mut self) -> anyhow::Result<(u64, usize)> {
        let places = self.by_leaders().await?;
        places.first().copied().context("the roster is empty")
    }

    /// Somebody to ask who is not in one of these places.
    pub(super) fn witness(&self, without: &[u64]) -> anyhow::Result<ServiceClient> {
        let mut others = self.nodes.iter();
        let found = others.find(|(place, _)| !without.contains(place));
        let (_, id) = found.context("nobody is left to ask")?;
        self.fleet.service(*id)
    }

    /// Waits until others lead everything that a node led, and devices elsewhere get on.
    pub(super) async fn goes_on_without(&self, place: u64) -> anyhow::Result<()> {
        let id = self.id(place)?;
        let led_by_others = |status: &ClusterStatus| status.is_led_without(id);
        self.witness(&[place])?
            .until_led("leaders among the others", TAKEOVER, led_by_others)
            .await?;
        self.gets_on(&[place]).await
    }

    /// Waits until devices get on that are not connected to one of these places.
    pub(super) async fn gets_on(&self, without: &[u64]) -> anyhow::Result<()> {
        self.work.goes_on_without(TAKEOVER, without).await
    }

    /// Leaves things as they are for a while.
    pub(super) async fn hold(&self) {
        tokio::time::sleep_until(Instant::now() + self.hold).await;
    }

    /// How long things are left as they are.
    pub(super) fn holds_for(&self) -> Duration {
        self.hold
    }

    /// Ends the node in a place with SIGTERM, and waits for it.
    pub(super) async fn stop(&mut self, place: u64) -> anyhow::Result<()> {
        let id = self.id(place)?;
        self.fleet.signal(id, Signal::TERM)?;
        let fleet = &mut self.fleet;
        let look = || std::future::ready(ended(fleet, id));
        let end = until("the end of a node that was told to stop", TAKEOVER, look).await?;
        end.map(drop)
    }

    /// Waits until the node in a place, which cannot write, ends by itself. Gives how, in words.
    ///
    /// # Errors
    /// It runs on: it would serve what it cannot keep. It is killed then.
    pub(super) async fn gives_up(&mut self, place: u64) -> anyhow::Result<String> {
        let id = self.id(place)?;
        let fleet = &mut self.fleet;
        let look = || std::future::ready(ended(fleet, id));
        let gave_up = until("the end of a node that cannot write", TAKEOVER, look).await;
        if gave_up.is_err() {
            self.fleet.kill(id)?;
        }
        let (status, words) = (gave_up??, self.last_words(id));
        Ok(format!("it ended by itself with {status}: {words}"))
    }

    /// Starts the node in a place on the data that it has.
    pub(super) fn start(&mut self, place: u64) -> anyhow::Result<()> {
        let id = self.id(place)?;
        let peers: Vec<u64> = self.nodes.values().copied().collect();
        self.fleet.start(id, peers)
    }

    /// Starts the node in a place, whose data is not as it was. It serves, or it ends and is replaced.
    /// Gives what it did, in words.
    pub(super) async fn revive(&mut self, place: u64) -> anyhow::Result<String> {
        let id = self.id(place)?;
        self.start(place)?;
        let probes = self.fleet.probes(id)?;
        let fleet = &mut self.fleet;
        let look = || {
            let (ended, probes) = (ended(fleet, id), probes.clone());
            async move { serves(ended, &probes).await }
        };
        let serves = until("a node that serves or ends", RECOVERY, look);
        let what = match serves.await {
            Ok(Ok(true)) => return Ok("it serves again".to_owned()),
            Ok(Ok(false)) => format!("it refused: {}", self.last_words(id)),
            Ok(Err(error)) => return Err(error),
            Err(error) => {
                self.fleet.kill(id)?;
                format!("it did not serve: {error:#}")
            }
        };
        let new = self.replace(place).await?;
        Ok(format!("{what}; node {new} replaced it"))
    }

    /// Has the node in a place work for a while, and replaces it then. Gives what happened, in words.
    pub(super) async fn retire(&mut self, place: u64) -> anyhow::Result<String> {
        self.gets_on(&[place]).await?;
        self.hold().await;
        let id = self.id(place)?;
        let what = match self.fleet.ended(id)? {
            Some(status) => format!("it ended with {status}: {}", self.last_words(id)),
            None => {
                self.fleet.kill(id)?;
                "it worked on".to_owned()
            }
        };
        self.goes_on_without(place).await?;
        let new = self.replace(place).await?;
        Ok(format!("{what}; node {new} replaced it"))
    }

    /// A new node, with a new id and no data, takes the place of one that does not run.
    pub(super) async fn replace(&mut self, place: u64) -> anyhow::Result<u64> {
        let (old, new) = (self.id(place)?, self.next_id);
        self.next_id += 1;
        self.fleet.erase(old)?;
        self.fleet.place(new, self.ground.place(place, new));
        let others: Vec<u64> = self
            .nodes
            .values()
            .copied()
            .filter(|id| *id != old)
            .collect();
        let via = *others.first().context("nobody is left")?;
        self.fleet.start(new, others)?;
        let (operator, address) = (self.fleet.operator(via), self.fleet.peer_address(new));
        let join = async || operator.join(new, address).await;
        until("a node that joins", RECOVERY, async || {
            join().await.map_err(|error| format!("{error:#}"))
        })
        .await?;
        let remove = async || operator.remove(old).await;
        until("a node that may go", RECOVERY, async || {
            remove().await.map_err(|error| format!("{error:#}"))
        })
        .await?;
        self.nodes.insert(place, new);
        Ok(new)
    }

    /// Waits until everything is as before: every partition has its replicas, leaders are even, every
    /// node serves, and everybody gets on.
    pub(super) async fn settled(&self) -> anyhow::Result<()> {
        for id in self.nodes.values() {
            let ready = self.fleet.probes(*id)?.until_ready(RECOVERY).await;
            ready.with_context(|| format!("node {id}"))?;
        }
        until(
            "three replicas and even leaders",
            RECOVERY,
            async || match self.overview().await {
                Ok(overview) => overview.settled(),
                Err(error) => Err(format!("{error:#}")),
            },
        )
        .await?;
        self.work.goes_on(RECOVERY).await
    }

    async fn overview(&self) -> anyhow::Result<Overview> {
        let mut views = BTreeMap::new();
        for id in self.nodes.values() {
            views.insert(*id, self.fleet.service(*id)?.cluster().await?);
        }
        Ok(Overview::new(views))
    }

    /// What a node has logged last.
    fn last_words(&self, id: u64) -> String {
        let log = self.fleet.log(id);
        let last = log.lines().rev().find(|line| !line.trim().is_empty());
        last.unwrap_or("it says nothing").to_owned()
    }
}

/// Whether a node serves, or has ended; `Err` while it does neither.
async fn serves(
    ended: Result<anyhow::Result<ExitStatus>, &'static str>,
    probes: &Probes,
) -> Result<anyhow::Result<bool>, String> {
    if let Ok(ended) = ended {
        return Ok(ended.map(|_| false));
    }
    match probes.readiness().await {
        Ok(told) if told.ready => Ok(Ok(true)),
        Ok(told) => Err(format!("{:?}", told.reasons)),
        Err(error) => Err(error.to_string()),
    }
}

/// How a node has ended; `Err` while it runs.
fn ended(fleet: &mut Fleet, id: u64) -> Result<anyhow::Result<ExitStatus>, &'static str> {
    match fleet.ended(id) {
        Ok(Some(status)) => Ok(Ok(status)),
        Ok(None) => Err("it runs on"),
        Err(error) => Ok(Err(error)),
    }
}
