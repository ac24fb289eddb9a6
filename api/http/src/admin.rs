use futures::future::BoxFuture;
use roost_model::NodeId;
use serde_json::Value;

/// What the admin routes need from the node: the cluster's roster, read and changed.
///
/// The documents are the node's own; this crate passes them on as they are.
pub trait Admin: Send + Sync {
    /// The cluster as this node sees it: nodes, groups, leaders.
    fn status(&self) -> BoxFuture<'_, Result<Value, AdminError>>;

    /// Takes a node into the cluster; ready when the roster with it is durable on a majority.
    fn join(&self, id: NodeId, address: String) -> BoxFuture<'_, Result<Value, AdminError>>;

    /// Takes a node out of the cluster; ready when the roster without it is durable on a majority.
    fn remove(&self, id: NodeId) -> BoxFuture<'_, Result<(), AdminError>>;
}

/// Why a change of the cluster was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdminError {
    /// The request makes no sense (400).
    #[error("{0}")]
    Invalid(String),
    /// There is no such node (404).
    #[error("{0}")]
    UnknownNode(String),
    /// The cluster's present state forbids it, for instance another change is under way (409).
    #[error("{0}")]
    Conflict(String),
    /// No majority answers at the moment; worth another try (503).
    #[error("{0}")]
    Unavailable(String),
}
