//! Who changes what a simulated cluster is made of, as an operator does from some node.

use std::time::Duration;

use roost_cluster::{MetaCommand, MetaRejection, RemovalError};
use roost_model::NodeId;

use super::node::SimNode;
use super::plan;

/// A new node has this much time to get replicas before the old one is removed.
const OVERLAP: Duration = Duration::from_secs(2);

/// Adds a node, and removes another one a while later, as soon as the others can do without it.
pub(super) fn replace(at: &SimNode, old: NodeId, new: NodeId) {
    let Some(services) = at.services() else {
        return;
    };
    let cluster = services.system.cluster().clone();
    at.spawn(async move {
        // A command that is repeated is refused, which is as good as done.
        while cluster.propose_meta(enter(new)).await.is_err() {}
        tokio::time::sleep(OVERLAP).await;
        let gone = RemovalError::Rejected(MetaRejection::UnknownNode(old));
        loop {
            match cluster.remove_node(old).await {
                Ok(()) => return,
                Err(error) if error == gone => return,
                Err(_) => {}
            }
        }
    });
}

/// Adds a node, unless that was done before.
pub(super) fn join(at: &SimNode, new: NodeId) {
    let Some(services) = at.services() else {
        return;
    };
    let cluster = services.system.cluster().clone();
    at.spawn(async move { while cluster.propose_meta(enter(new)).await.is_err() {} });
}

fn enter(node: NodeId) -> MetaCommand {
    let address = plan::address(node.get()).to_string();
    MetaCommand::Join { node, address }
}
