//! Who changes what a simulated cluster is made of, as an operator does from some node.

use std::time::Duration;

use roost_cluster::MetaCommand;
use roost_model::NodeId;

use super::node::SimNode;
use super::plan;

/// A new node has this much time to get replicas before the old one is removed.
const OVERLAP: Duration = Duration::from_secs(2);

/// Adds a node, and removes another one a while later.
pub(super) fn replace(at: &SimNode, old: NodeId, new: NodeId) {
    propose(at, vec![enter(new), MetaCommand::Remove { node: old }]);
}

/// Adds a node, unless that was done before.
pub(super) fn join(at: &SimNode, new: NodeId) {
    propose(at, vec![enter(new)]);
}

fn enter(node: NodeId) -> MetaCommand {
    let address = plan::address(node.get()).to_string();
    MetaCommand::Join { node, address }
}

/// A command that is repeated is refused, which is as good as done.
fn propose(at: &SimNode, commands: Vec<MetaCommand>) {
    let Some(services) = at.services() else {
        return;
    };
    let cluster = services.system.cluster().clone();
    at.spawn(async move {
        for command in commands {
            while cluster.propose_meta(command.clone()).await.is_err() {}
            tokio::time::sleep(OVERLAP).await;
        }
    });
}
