//! Proposals to the meta group, from any node.

use std::time::Duration;

use bytes::Bytes;
use openraft::errors::{ClientWriteError, RaftError};
use roost_model::codec;
use tokio::time::{Instant, timeout_at};

use crate::cluster::{Cluster, Shared};
use crate::inbound::{NOT_LEADER, NOT_READY, refused};
use crate::kinds;
use crate::meta::{MetaCommand, MetaOutcome, encode_command};
use crate::raft::types::{Proposal, Reply};
use crate::rpc::Refused;

const VERSION: u8 = 1;
const DEADLINE: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(50);

/// The meta group did not answer in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cluster has no leader at the moment: {0}")]
pub struct MetaUnavailable(String);

// === impl Cluster ===

impl Cluster {
    /// Proposes to the meta group, wherever its leader is.
    ///
    /// # Errors
    /// [`MetaUnavailable`] when no leader was reached within ten seconds. The command may have
    /// been written all the same; meta commands can be repeated.
    pub async fn propose_meta(&self, command: MetaCommand) -> Result<MetaOutcome, MetaUnavailable> {
        self.shared().propose_meta(command).await
    }
}

// === impl Shared ===

impl Shared {
    pub(crate) async fn propose_meta(
        &self,
        command: MetaCommand,
    ) -> Result<MetaOutcome, MetaUnavailable> {
        let payload = encode_command(&command);
        let deadline = Instant::now() + DEADLINE;
        loop {
            // A leader that has lost its majority waits for it, and would for ever.
            let proposed = self.propose_meta_once(payload.clone());
            let refusal = match timeout_at(deadline, proposed).await {
                Err(_) => "no majority has confirmed it".to_owned(),
                Ok(Ok(bytes)) => {
                    let decoded = codec::decode::<MetaOutcome>(VERSION, &bytes);
                    return decoded
                        .map(|(_, outcome)| outcome)
                        .map_err(|error| MetaUnavailable(error.to_string()));
                }
                Ok(Err(refusal)) => refusal,
            };
            if Instant::now() >= deadline {
                return Err(MetaUnavailable(refusal));
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn propose_meta_once(&self, payload: Bytes) -> Result<Bytes, String> {
        let leader = self.meta_group().and_then(|group| group.known_leader());
        match leader {
            None => Err("no leader is known".into()),
            Some(leader) if leader == self.me => self
                .propose_meta_here(payload)
                .await
                .map_err(|refused| refused.message),
            Some(leader) => self
                .network
                .call(leader, kinds::META_PROPOSE, payload, Duration::from_secs(3))
                .await
                .map_err(|error| error.to_string()),
        }
    }

    /// Proposes to the local replica, which must lead.
    pub(crate) async fn propose_meta_here(&self, payload: Bytes) -> Result<Bytes, Refused> {
        let group = self
            .meta_group()
            .ok_or_else(|| refused(NOT_READY, "starting"))?;
        match group.raft.client_write(Proposal(payload)).await {
            Ok(response) => match response.data {
                Reply::Meta(outcome) => Ok(codec::encode(VERSION, &outcome).into()),
                _ => Err(refused(NOT_READY, "the entry was not a command")),
            },
            Err(RaftError::APIError(ClientWriteError::ForwardToLeader(_))) => {
                Err(refused(NOT_LEADER, "not the leader of the meta group"))
            }
            Err(error) => Err(refused(NOT_READY, error)),
        }
    }
}
