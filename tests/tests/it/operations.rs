//! What an operator looks at.

use std::time::Duration;

use crate::fixture::{file, node, owner};

async fn probe(index: usize, path: &str) -> (u16, String) {
    let node = node(index);
    let url = format!("http://{}:{}{path}", node.address, node.metrics);
    // Building a client needs a provider, which every service client installs.
    let _ = owner(index);
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build();
    let answer = http.unwrap().get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn every_node_is_healthy_ready_and_measured() {
    for index in 0..3 {
        assert_eq!(probe(index, "/healthz").await.0, 200);
        assert_eq!(probe(index, "/readyz").await.0, 200);
        let (status, metrics) = probe(index, "/metrics").await;
        assert_eq!(status, 200);
        let metric = |line: &&str| line.starts_with("roost_");
        assert!(metrics.lines().filter(metric).count() > 10, "{metrics}");
    }
}

#[tokio::test]
async fn every_node_knows_the_roster_and_a_leader_for_every_partition() {
    for index in 0..3 {
        let status = owner(index).cluster().await.unwrap();
        assert_eq!(status.nodes.len(), file().nodes.len());
        assert_eq!(status.partitions.len(), 16);
        assert!(
            status
                .partitions
                .iter()
                .all(|partition| partition.leader.is_some())
        );
    }
}
