use serde::Deserialize;
use utoipa::ToSchema;

/// A node that is to join the cluster.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = JoinNode)]
pub(crate) struct JoinRequest {
    /// Unique in the cluster, and never used by another node before; at least 1.
    #[schema(minimum = 1)]
    pub(crate) id: Option<u64>,
    /// `host:port` at which the other nodes reach it.
    #[schema(example = "10.0.0.4:7070")]
    pub(crate) address: Option<String>,
}
