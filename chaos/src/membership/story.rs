use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;

use anyhow::{Context, ensure};
use roost_model::DeviceId;
use tokio::time::Instant;

use crate::harness::{Event, Fleet, Patience, until};
use crate::load::{Journal, Load, Publisher};

use super::overview::Overview;
use super::phase::Span;
use super::{FOUNDERS, MOST, Plan};

/// For what must happen; a machine that compiles next to it takes longer.
const PATIENCE: Patience = Patience::seconds(60);
/// What a node says that waits for `roost cluster join`.
const WAITS: &str = "waiting for the cluster";
/// Exit status of a node that the cluster refuses.
const REFUSED: Option<i32> = Some(1);
/// Counts the snapshots that a node's replicas took in.
const SNAPSHOTS: &str = "roost_raft_snapshots_installed_total";

/// A cluster under load, and what was done to it so far.
#[derive(Debug)]
pub(super) struct Story {
    fleet: Fleet,
    load: Load,
    members: BTreeSet<u64>,
    spans: Vec<Span>,
}

impl Story {
    /// The third node waits for the others, the first two make the cluster serve, and the last one
    /// finds its place; then devices begin.
    pub(super) async fn start_in_any_order(mut fleet: Fleet, plan: &Plan) -> anyhow::Result<Self> {
        let begin = Instant::now();
        fleet.start(3, 1..=FOUNDERS)?;
        waits(&fleet, 3).await?;
        fleet.start(1, 1..=FOUNDERS)?;
        serves(&fleet, 1).await?;
        serves(&fleet, 3).await?;
        fleet.start(2, 1..=FOUNDERS)?;
        let members: BTreeSet<u64> = (1..=FOUNDERS).collect();
        settled(&fleet, &members).await?;
        let load = Load::start(publishers(&fleet, plan).await?);
        load.goes_on(PATIENCE, |_| true).await?;
        let mut story = Self {
            fleet,
            load,
            members,
            spans: Vec::new(),
        };
        let note = "node 3 first, served from the second one on".to_owned();
        story.note("three nodes start in any order", None, begin, note);
        Ok(story)
    }

    /// Node 4 waits until it is let in. The beginning of every log is gone by then, so its replicas
    /// come as snapshots.
    pub(super) async fn a_fourth_node_joins(&mut self) -> anyhow::Result<()> {
        let beginnings = self.overview().await?.ends_at(1);
        let beginnings = beginnings
            .into_keys()
            .map(|partition| (partition, 1))
            .collect();
        self.until_out_of_reach(&beginnings, 4).await?;
        let begin = Instant::now();
        self.joins(4).await?;
        self.settled().await?;
        let note = self.snapshots_at(4).await?;
        self.ends("a fourth node joins", None, begin, note).await
    }

    /// Node 3 ends by itself, and says why.
    pub(super) async fn a_living_node_is_removed(&mut self) -> anyhow::Result<()> {
        let begin = Instant::now();
        self.removes(3).await?;
        self.is_told(3).await?;
        self.settled().await?;
        let note = "ended by itself with status 1".to_owned();
        self.ends("a living node is removed", Some(3), begin, note)
            .await
    }

    /// It is told so again, whatever it has on its disk, and nobody else notices.
    pub(super) async fn the_removed_node_starts_again(&mut self) -> anyhow::Result<()> {
        let before = self.overview().await?.terms();
        let begin = Instant::now();
        self.fleet.start(3, 1..=FOUNDERS)?;
        self.is_told(3).await?;
        self.fleet.erase(3)?;
        self.fleet.start(3, 1..=FOUNDERS)?;
        self.is_told(3).await?;
        self.settled().await?;
        let after = self.overview().await?.terms();
        ensure!(
            before == after,
            "elections were held: {before:?}, then {after:?}"
        );
        let note = "with old data and with none: status 1".to_owned();
        self.ends("the removed node starts again", Some(3), begin, note)
            .await
    }

    /// Node 2 is killed and its data is gone; node 5 joins, then node 2 is removed.
    pub(super) async fn a_dead_node_is_replaced(&mut self) -> anyhow::Result<()> {
        let begin = Instant::now();
        self.fleet.kill(2)?;
        self.fleet.erase(2)?;
        self.members.remove(&2);
        self.joins(5).await?;
        self.removes(2).await?;
        self.settled().await?;
        let note = self.snapshots_at(5).await?;
        self.ends("a dead node is replaced", Some(2), begin, note)
            .await
    }

    /// Node 4 is killed and comes back on its data when the others have forgotten what it lacks.
    pub(super) async fn a_replica_lags_too_far(&mut self) -> anyhow::Result<()> {
        let ends = self.overview().await?.ends_at(4);
        let begin = Instant::now();
        self.fleet.kill(4)?;
        self.members.remove(&4);
        self.until_out_of_reach(&ends, 4).await?;
        let back = Instant::now();
        self.fleet.start(4, self.members.clone())?;
        self.members.insert(4);
        self.settled().await?;
        let caught_up = back.elapsed().as_secs_f64();
        let snapshots = self.snapshots_at(4).await?;
        let note = format!("{snapshots}; all was as before {caught_up:.1} s after its restart");
        self.ends("a replica lags too far", Some(4), begin, note)
            .await
    }

    /// Stops the devices and reads what is stored.
    pub(super) async fn end(self) -> anyhow::Result<(Vec<Span>, Vec<Journal>, Vec<Event>)> {
        println!("{}", self.fleet.operator(1).status().await?);
        let journals = self.load.finish().await;
        let events = self.fleet.service(1)?.everything().await?;
        Ok((self.spans, journals, events))
    }

    async fn joins(&mut self, id: u64) -> anyhow::Result<()> {
        // A node that joins is told the members; a founder that left is not among them.
        self.fleet.start(id, self.members.clone())?;
        waits(&self.fleet, id).await?;
        let address = self.fleet.peer_address(id);
        self.fleet.operator(1).join(id, address).await?;
        self.members.insert(id);
        Ok(())
    }

    async fn removes(&mut self, id: u64) -> anyhow::Result<()> {
        self.fleet.operator(1).remove(id).await?;
        self.members.remove(&id);
        Ok(())
    }

    /// Waits until a removed node has ended, as it should.
    async fn is_told(&mut self, id: u64) -> anyhow::Result<()> {
        let fleet = &mut self.fleet;
        let look = || {
            ready(match fleet.ended(id) {
                Ok(Some(status)) => Ok(Ok(status)),
                Ok(None) => Err("it runs on"),
                Err(error) => Ok(Err(error)),
            })
        };
        let status = until("the end of the removed node", PATIENCE, look).await??;
        let log = self.fleet.log(id);
        ensure!(
            status.code() == REFUSED,
            "node {id} ended with {status}:\n{log}"
        );
        let reason = format!("node {id} was removed from the cluster");
        ensure!(
            log.contains(&reason),
            "node {id} does not say why it ended:\n{log}"
        );
        Ok(())
    }

    async fn overview(&self) -> anyhow::Result<Overview> {
        overview(&self.fleet, &self.members).await
    }

    async fn settled(&self) -> anyhow::Result<()> {
        settled(&self.fleet, &self.members).await
    }

    /// Waits until the members have purged their logs past `ends`.
    async fn until_out_of_reach(
        &self,
        ends: &BTreeMap<u16, u64>,
        without: u64,
    ) -> anyhow::Result<()> {
        ensure!(!ends.is_empty(), "node {without} holds nothing");
        until("logs without what is missing", PATIENCE, async || {
            let overview = self
                .overview()
                .await
                .map_err(|error| format!("{error:#}"))?;
            match overview.out_of_reach(ends, without) {
                gone if gone == ends.len() => Ok(()),
                gone => Err(format!("{gone} of {} are purged", ends.len())),
            }
        })
        .await
    }

    /// How many snapshots came to a node, which must be some.
    async fn snapshots_at(&self, id: u64) -> anyhow::Result<String> {
        let count = self.fleet.probes(id)?.metric(SNAPSHOTS).await?;
        ensure!(count >= 1.0, "no snapshot came to node {id}");
        Ok(format!("{count} snapshots came to node {id}"))
    }

    /// Waits until every device is served, and notes the phase.
    async fn ends(
        &mut self,
        name: &'static str,
        victim: Option<u64>,
        begin: Instant,
        note: String,
    ) -> anyhow::Result<()> {
        self.load.goes_on(PATIENCE, |_| true).await.context(name)?;
        self.note(name, victim, begin, note);
        Ok(())
    }

    fn note(&mut self, name: &'static str, victim: Option<u64>, begin: Instant, note: String) {
        println!("{name}: {note}");
        let end = Instant::now();
        self.spans.push(Span {
            name,
            victim,
            begin,
            end,
            note,
        });
    }
}

/// Devices at home at the founders in turn. One that loses its node goes on at the next one.
async fn publishers(fleet: &Fleet, plan: &Plan) -> anyhow::Result<Vec<Publisher>> {
    let (owner, trust) = (fleet.service(1)?, fleet.trust()?);
    let mut publishers = Vec::with_capacity(plan.devices);
    for (number, home) in (0..plan.devices).zip((1..=FOUNDERS).cycle()) {
        let device: DeviceId = format!("member-{number:03}").parse()?;
        let credential = owner.create_device(&device).await?;
        let nodes = (home..=MOST).chain(1..home);
        let nodes = nodes.map(|id| (id, fleet.mqtt_address(id)));
        publishers.push(Publisher::new(
            &credential,
            &trust,
            nodes,
            plan.window,
            plan.rate,
        ));
    }
    Ok(publishers)
}

async fn overview(fleet: &Fleet, members: &BTreeSet<u64>) -> anyhow::Result<Overview> {
    let mut views = BTreeMap::new();
    for id in members {
        views.insert(*id, fleet.service(*id)?.cluster().await?);
    }
    Ok(Overview::new(views))
}

async fn settled(fleet: &Fleet, members: &BTreeSet<u64>) -> anyhow::Result<()> {
    until(
        "three replicas and even leaders",
        PATIENCE,
        async || match overview(fleet, members).await {
            Ok(overview) => overview.settled(),
            Err(error) => Err(format!("{error:#}")),
        },
    )
    .await
}

/// Waits until a node waits for others.
async fn waits(fleet: &Fleet, id: u64) -> anyhow::Result<()> {
    until("a node that waits for others", PATIENCE, async || {
        let told = fleet.probes(id).map_err(|error| error.to_string())?;
        let told = told.readiness().await.map_err(|error| error.to_string())?;
        match told.reasons.iter().any(|reason| reason.contains(WAITS)) {
            true => Ok(()),
            false => Err(format!("{told:?}")),
        }
    })
    .await
}

async fn serves(fleet: &Fleet, id: u64) -> anyhow::Result<()> {
    fleet.probes(id)?.until_ready(PATIENCE).await
}
