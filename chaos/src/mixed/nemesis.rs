use std::time::Duration;

use anyhow::Context;
use tokio::time::Instant;

use super::NODES;
use super::report::Excuse;
use super::work::Work;
use crate::harness::{ClusterStatus, Fleet, Patience};

/// How long the survivors may take to have a leader for every partition.
const ELECTIONS: Patience = Patience::seconds(30);
/// How long a restarted node may take to serve, to catch up and to get its share of leaders back.
const RETURN: Patience = Patience::seconds(60);
/// A connection may break a moment after the node at its other end was killed.
const GRACE: Duration = Duration::from_secs(2);

/// What was done in one round.
#[derive(Debug, Clone)]
pub struct Hit {
    pub victim: u64,
    /// Partitions that the victim led.
    pub led: usize,
    pub(super) killed: Instant,
    /// Every partition had a leader among the survivors.
    pub(super) elected: Instant,
    pub(super) restarted: Instant,
    /// Everything went on with all nodes.
    pub(super) end: Instant,
}

impl Hit {
    pub(super) fn excuse(&self) -> Excuse {
        Excuse {
            node: self.victim,
            from: self.killed,
            to: self.restarted + GRACE,
        }
    }
}

/// Kills nodes and starts them again.
#[derive(Debug)]
pub(super) struct Nemesis {
    pub(super) fleet: Fleet,
    /// The next one is killed before leaders are even again.
    hasty: bool,
    /// Victims so far, the last one at the end.
    victims: Vec<u64>,
}

impl Nemesis {
    pub(super) fn new(fleet: Fleet, hasty: bool) -> Self {
        Self {
            fleet,
            hasty,
            victims: Vec::new(),
        }
    }

    /// Kills the node that leads the most partitions; among equals, the one that was spared for the
    /// longest time. Waits until work of every kind goes on without it, starts it again, and waits
    /// until leaders are even, unless it is hasty, and work goes on.
    pub(super) async fn round(&mut self, work: &Work) -> anyhow::Result<Hit> {
        let status = self.fleet.service(1)?;
        let status = status
            .until_led("even leaders", RETURN, |status| self.settled(status))
            .await?;
        let (victim, led) = self.choose(&status).context("the roster is empty")?;
        let survivor = if victim == 1 { 2 } else { 1 };
        let witness = self.fleet.service(survivor)?;

        let killed = Instant::now();
        self.fleet.kill(victim)?;
        self.victims.push(victim);
        let led_by_others = |status: &ClusterStatus| status.is_led_without(victim);
        let what = "leaders among the survivors";
        witness.until_led(what, ELECTIONS, led_by_others).await?;
        let elected = Instant::now();
        work.crew.goes_on(RETURN).await?;

        self.fleet.start(victim, 1..=NODES)?;
        let restarted = Instant::now();
        let what = "even leaders after the restart";
        witness
            .until_led(what, RETURN, |status| self.settled(status))
            .await?;
        self.fleet.probes(victim)?.until_ready(RETURN).await?;
        work.goes_on(RETURN).await?;
        let end = Instant::now();
        Ok(Hit {
            victim,
            led,
            killed,
            elected,
            restarted,
            end,
        })
    }

    fn settled(&self, status: &ClusterStatus) -> bool {
        let led = status.partitions.iter().all(|one| one.leader.is_some());
        led && (self.hasty || status.is_even())
    }

    fn choose(&self, status: &ClusterStatus) -> Option<(u64, usize)> {
        let last = |id: u64| self.victims.iter().rposition(|victim| *victim == id);
        let leaders = status.leaders().into_iter();
        leaders.min_by_key(|(id, led)| (usize::MAX - led, last(*id), *id))
    }
}
