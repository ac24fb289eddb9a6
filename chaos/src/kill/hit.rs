use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// What the nemesis did in one round.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) victim: u64,
    /// Partitions that the victim led.
    pub(super) led: usize,
    pub(super) killed: Instant,
    /// Every partition was known to have a leader among the survivors.
    pub(super) elected: Instant,
    pub(super) restarted: Instant,
    /// Leaders were even again and the victim's devices were served.
    pub(super) end: Instant,
}

impl Hit {
    /// How long the cluster took to be as before once the victim was started again.
    pub(super) fn recovery(&self) -> Duration {
        self.end - self.restarted
    }
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { victim, led, .. } = self;
        let elected = (self.elected - self.killed).as_millis();
        let recovery = self.recovery().as_secs_f64();
        write!(
            f,
            "killed node {victim}, which led {led} partitions; new leaders were known after "
        )?;
        write!(
            f,
            "{elected} ms, and all was as before {recovery:.1} s after its restart"
        )
    }
}
