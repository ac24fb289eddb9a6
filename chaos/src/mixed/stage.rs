use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Everybody works.
    Work,
    /// Nobody begins anything new; what was begun comes to its end.
    Rest,
    /// Devices disconnect.
    Over,
}

/// Waits until `stage` is over.
pub(super) async fn past(stage: &mut watch::Receiver<Stage>, last: Stage) {
    let _ = stage.wait_for(|stage| *stage > last).await;
}

/// When one who works attempts the next thing.
#[derive(Debug)]
pub(super) struct Turns {
    stage: watch::Receiver<Stage>,
    ticks: Interval,
}

impl Turns {
    /// One every `pace`, none to make up for those that were missed.
    pub(super) fn every(pace: Duration, stage: watch::Receiver<Stage>) -> Self {
        let mut ticks = interval(pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { stage, ticks }
    }

    /// Waits for the next turn. False when the time for work, or for `last`, is over.
    pub(super) async fn next_until(&mut self, last: Stage) -> bool {
        tokio::select! {
            biased;
            () = past(&mut self.stage, last) => false,
            _ = self.ticks.tick() => true,
        }
    }

    /// Waits for the next turn while everybody works.
    pub(super) async fn next(&mut self) -> bool {
        self.next_until(Stage::Work).await
    }
}
