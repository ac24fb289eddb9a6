//! What the registry does at a partition's leader besides the life of one identity: many changes at
//! once, new keys, and who is connected. None of it passes through device actors: the log decides.

mod bulk;
mod connection;
mod export;
mod regenerate;

pub(crate) use export::{
    Pages as ExportPages, Row as ExportRow, is_asked_for as export_is_asked_for,
    open as open_export, serve as serve_export,
};

use std::sync::Arc;

use bincode::{Decode, Encode};
use roost_model::{Identity, SymmetricKeys};
use roost_partition::{EndedSession, WhichKey};

use crate::client::{BulkOperation, ConnectionView};
use crate::device::cut;
use crate::leadership::Leadership;
use crate::wire::{Answer, Refused};

/// Asked of a partition's leader.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum RegistryRequest {
    /// In this order, in one log entry; each succeeds or fails by itself.
    Bulk(Arc<Vec<BulkOperation>>),
    RegenerateKeys(Vec<Identity>, WhichKey),
    Connection(Identity),
}

/// What it answers.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) enum RegistryAnswer {
    /// Those operations that failed, by their place.
    Bulk(Vec<(u32, Failure)>),
    /// One for each identity, in their order.
    Keys(Vec<Result<SymmetricKeys, Failure>>),
    Connection(ConnectionView),
}

/// Why one of many things was not done.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Failure {
    pub(crate) code: u32,
    pub(crate) reason: String,
}

pub(crate) async fn serve(
    leadership: &Leadership,
    request: RegistryRequest,
) -> Result<Answer, Refused> {
    let answer = match request {
        RegistryRequest::Bulk(operations) => {
            bulk::run(leadership, Arc::unwrap_or_clone(operations)).await?
        }
        RegistryRequest::RegenerateKeys(identities, which) => {
            regenerate::run(leadership, identities, which).await?
        }
        RegistryRequest::Connection(identity) => connection::read(leadership, &identity).await?,
    };
    Ok(Answer::Registry(answer))
}

/// Cuts sessions, each with the reason that its device is told.
async fn cut_all(leadership: &Leadership, ended: Vec<(EndedSession, roost_model::ErrorCode)>) {
    let cutting = ended
        .into_iter()
        .map(|(session, code)| cut(leadership, vec![session], code));
    futures::future::join_all(cutting).await;
}

// === impl RegistryRequest ===

impl RegistryRequest {
    /// Whether doing it twice comes to the same as doing it once.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            RegistryRequest::Bulk(operations) => {
                operations.iter().all(BulkOperation::is_repeatable)
            }
            RegistryRequest::RegenerateKeys(..) => false,
            RegistryRequest::Connection(_) => true,
        }
    }
}

// === impl Failure ===

impl From<roost_partition::Rejection> for Failure {
    fn from(rejection: roost_partition::Rejection) -> Failure {
        Failure {
            code: rejection.code().number(),
            reason: rejection.to_string(),
        }
    }
}
