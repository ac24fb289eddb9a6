//! `roost cluster status`

use std::fmt;

use anyhow::Context;
use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::output::{Paint, Table, say, tell};
use crate::service::{ServiceClient, TargetArgs};

/// Show the nodes and who leads what
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Print what the node answers as JSON
    #[arg(long)]
    json: bool,

    /// Show each partition too
    #[arg(long)]
    partitions: bool,

    #[command(flatten)]
    target: TargetArgs,
}

/// The part of the node's answer that is shown.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    name: String,
    answered_by: u64,
    meta_leader: Option<u64>,
    nodes: Vec<Node>,
    partitions: Vec<Partition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    id: u64,
    address: String,
    /// How often it was started; zero when it never was.
    incarnation: u64,
    reachable: bool,
    leads: usize,
    replicas: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Partition {
    id: u16,
    leader: Option<u64>,
    replicas: Vec<u64>,
    /// Empty when the answering node holds no replica, and so does not know.
    voters: Vec<u64>,
}

impl StatusArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let document: Value = client.get(&["admin", "cluster"], &[]).await?.json().await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&document)?);
            return Ok(());
        }
        let status: Status = serde_json::from_value(document)
            .context("the node's answer cannot be understood; try --json")?;
        tell!(
            "{}",
            Report {
                status: &status,
                partitions: self.partitions
            }
        );
        Ok(())
    }
}

/// The answer, for people.
struct Report<'a> {
    status: &'a Status,
    partitions: bool,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Status {
            name,
            answered_by,
            nodes,
            partitions,
            ..
        } = self.status;
        let paint = Paint::stdout();
        writeln!(f, "{} as node {answered_by} sees it\n", paint.strong(name))?;
        let mut table = Table::new(["node", "address", "state", "leads", "replicas", "starts"]);
        for node in nodes {
            let state = match (node.reachable, node.incarnation) {
                (true, _) => "up",
                (false, 0) => "never started",
                (false, _) => "down",
            };
            let leads_meta = self.status.meta_leader == Some(node.id);
            table.row([
                node.id.to_string(),
                node.address.clone(),
                state.to_owned(),
                format!("{}{}", node.leads, if leads_meta { " + meta" } else { "" }),
                node.replicas.to_string(),
                node.incarnation.to_string(),
            ]);
        }
        write!(f, "{}", table.indented(2))?;
        if self.status.meta_leader.is_none() {
            writeln!(
                f,
                "\n{}",
                paint.bad("the meta group has no leader: too many nodes are down")
            )?;
        }
        // Of a partition elsewhere this node cannot know.
        let leaderless = partitions
            .iter()
            .filter(|p| !p.voters.is_empty() && p.leader.is_none());
        let leaderless = leaderless.count();
        if leaderless > 0 {
            writeln!(
                f,
                "\n{}",
                paint.bad(format!("{leaderless} partitions have no leader"))
            )?;
        }
        if self.partitions {
            let mut table = Table::new(["partition", "leader", "replicas", "voters"]);
            for partition in partitions {
                table.row([
                    partition.id.to_string(),
                    partition
                        .leader
                        .map_or("-".to_owned(), |leader| leader.to_string()),
                    list(&partition.replicas),
                    list(&partition.voters),
                ]);
            }
            write!(f, "\n{}", table.indented(2))?;
        }
        Ok(())
    }
}

fn list(nodes: &[u64]) -> String {
    let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    nodes.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_node_that_is_down_and_a_partition_without_leader_are_seen() {
        let document = json!({
            "name": "roost", "answeredBy": 1, "metaLeader": 1,
            "nodes": [
                {"id": 1, "address": "a:7600", "incarnation": 2, "reachable": true, "leads": 1, "replicas": 2},
                {"id": 2, "address": "b:7600", "incarnation": 1, "reachable": false, "leads": 0, "replicas": 2},
                {"id": 3, "address": "c:7600", "incarnation": 0, "reachable": false, "leads": 0, "replicas": 0},
            ],
            "partitions": [
                {"id": 0, "leader": 1, "replicas": [1, 2], "voters": [1, 2], "term": 1, "lastLogIndex": 1, "appliedIndex": 1},
                {"id": 1, "leader": null, "replicas": [1, 2], "voters": [1, 2], "term": 1, "lastLogIndex": 1, "appliedIndex": 1},
                {"id": 2, "leader": null, "replicas": [2, 3], "voters": [], "term": null, "lastLogIndex": null, "appliedIndex": null},
            ],
        });
        let status = serde_json::from_value(document).unwrap();
        let text = Report {
            status: &status,
            partitions: true,
        }
        .to_string();
        assert!(
            text.contains("  1     a:7600   up             1 + meta  2         2\n"),
            "{text}"
        );
        assert!(text.contains("b:7600   down"), "{text}");
        assert!(text.contains("c:7600   never started"), "{text}");
        assert!(text.contains("1 partitions have no leader"), "{text}");
        assert!(
            text.contains("  1          -       1 2       1 2\n"),
            "{text}"
        );
    }
}
