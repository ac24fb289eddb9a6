//! The progress bars: on standard error, and only when that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::Plan;
use super::stats::Stats;

const INTERVAL: Duration = Duration::from_millis(250);

/// A bar that counts to `total`.
pub(super) fn counting(what: &'static str, total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64).with_message(what);
    bar.with_style(style("{msg} {wide_bar} {pos}/{len}"))
}

/// Follows the counters of a simulation until it is dropped, which clears the bar.
pub(super) async fn follow(stats: &Stats, plan: &Plan) {
    let bar = Cleared(match plan.duration {
        Some(duration) => ProgressBar::new(duration.as_secs().max(1))
            .with_style(style("{msg} {wide_bar} {pos}/{len} s")),
        None => ProgressBar::new_spinner().with_style(style("{spinner} {msg} {elapsed}")),
    });
    let mut tick = tokio::time::interval(INTERVAL);
    let mut before = stats.acknowledged();
    loop {
        tick.tick().await;
        let acknowledged = stats.acknowledged();
        let rate = (acknowledged - before) as f64 / INTERVAL.as_secs_f64();
        before = acknowledged;
        bar.0.set_position(bar.0.elapsed().as_secs());
        bar.0.set_message(format!(
            "{} of {} devices, {acknowledged} acknowledged, {rate:.0}/s",
            stats.connected(),
            plan.devices
        ));
    }
}

struct Cleared(ProgressBar);

impl Drop for Cleared {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
