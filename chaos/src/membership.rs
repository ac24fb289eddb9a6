//! Nodes come, go and are replaced while devices keep sending.
//!
//! ```text
//! 3, 1, 2 start in this order ─► 4 joins ─► 3 is removed alive, and comes again on its old data
//!      ─► 2 dies with its data, and 5 takes its place ─► 4 is away until it needs a snapshot
//! ```
//!
//! In each phase devices at the other nodes keep their connections and hardly notice, and at its end
//! every partition has three replicas and every node its share of the leaders. At the very end
//! everything that was acknowledged is there, in order.

pub(crate) mod overview;
mod phase;
mod plan;
mod report;
mod story;

pub use phase::Phase;
pub use plan::Plan;
pub use report::Report;

use crate::harness::{Fleet, FleetPlan};
use crate::load::audit;
use story::Story;

/// Founders of the cluster; the nodes after them come later.
const FOUNDERS: u64 = 3;
/// The highest id that takes part.
const MOST: u64 = 5;

/// Runs the whole story on a cluster of its own.
///
/// # Errors
/// A node or a command does not do what it should, or the cluster does not settle in time. What
/// devices should not have noticed stands in the report.
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let fleet = FleetPlan {
        folder: plan.folder.clone(),
        first_address: plan.first_address,
        founders: FOUNDERS,
        most: MOST,
        partitions: plan.partitions,
        events: &[],
        limits: "",
    };
    let fleet = tokio::task::spawn_blocking(move || Fleet::prepare(fleet)).await??;
    let mut story = Story::start_in_any_order(fleet, plan).await?;
    story.a_fourth_node_joins().await?;
    story.a_living_node_is_removed().await?;
    story.the_removed_node_starts_again().await?;
    story.a_dead_node_is_replaced().await?;
    story.a_replica_lags_too_far().await?;
    let (phases, journals, events) = story.end().await?;
    let findings = audit(&journals, &events);
    Ok(Report::new(&phases, &journals, findings))
}
