//! What the admin routes do, in terms of the cluster.

use futures::FutureExt;
use futures::future::BoxFuture;
use roost_cluster::{Cluster, MetaCommand, MetaOutcome, MetaRejection, RemovalError};
use roost_http::{Admin, AdminError};
use roost_model::NodeId;
use serde_json::Value;
use tokio::runtime::Handle;

/// The cluster behind `/admin/cluster`.
pub(super) struct NodeAdmin {
    cluster: Cluster,
    /// The HTTP threads have runtimes of their own; the cluster's work runs here.
    runtime: Handle,
}

impl NodeAdmin {
    /// Call on the cluster's runtime.
    pub(super) fn new(cluster: Cluster) -> Self {
        Self {
            cluster,
            runtime: Handle::current(),
        }
    }

    async fn propose(&self, command: MetaCommand) -> Result<(), AdminError> {
        let cluster = self.cluster.clone();
        let proposed = self
            .runtime
            .spawn(async move { cluster.propose_meta(command).await });
        let stopping = |_| AdminError::Unavailable("the node is stopping".to_owned());
        match proposed.await.map_err(stopping)? {
            Ok(MetaOutcome::Done | MetaOutcome::Revised(_)) => Ok(()),
            Ok(MetaOutcome::Rejected(rejection)) => Err(refusal(&rejection)),
            Err(unavailable) => Err(AdminError::Unavailable(unavailable.to_string())),
        }
    }

    fn document(&self) -> Result<Value, AdminError> {
        serde_json::to_value(self.cluster.status())
            .map_err(|error| AdminError::Unavailable(error.to_string()))
    }
}

impl Admin for NodeAdmin {
    fn status(&self) -> BoxFuture<'_, Result<Value, AdminError>> {
        async { self.document() }.boxed()
    }

    fn join(&self, node: NodeId, address: String) -> BoxFuture<'_, Result<Value, AdminError>> {
        async move {
            tracing::info!(%node, address, "an operator lets a node join");
            self.propose(MetaCommand::Join { node, address }).await?;
            self.document()
        }
        .boxed()
    }

    fn remove(&self, node: NodeId) -> BoxFuture<'_, Result<(), AdminError>> {
        async move {
            tracing::info!(%node, "an operator removes a node");
            let cluster = self.cluster.clone();
            let removed = self
                .runtime
                .spawn(async move { cluster.remove_node(node).await });
            let stopping = |_| AdminError::Unavailable("the node is stopping".to_owned());
            removed.await.map_err(stopping)?.map_err(|error| {
                tracing::warn!(%node, %error, "the node was not removed");
                match error {
                    RemovalError::Rejected(rejection) => refusal(&rejection),
                    RemovalError::Unavailable(_) => AdminError::Unavailable(error.to_string()),
                    RemovalError::NeedsIt { .. } | RemovalError::NoLeader(_) => {
                        AdminError::Conflict(error.to_string())
                    }
                }
            })
        }
        .boxed()
    }
}

fn refusal(rejection: &MetaRejection) -> AdminError {
    let text = rejection.to_string();
    match rejection {
        MetaRejection::UnknownNode(_) => AdminError::UnknownNode(text),
        MetaRejection::NotFormed => AdminError::Unavailable(text),
        _ => AdminError::Conflict(text),
    }
}
