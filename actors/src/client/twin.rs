//! Twins, for back ends.

use roost_model::twin::TwinDocument;
use roost_model::{ETag, Identity, IdentityRecord, Status, Twin};

use super::{HubClient, HubError, unexpected};
use crate::wire::{Answer, Document, Request, TwinAnswer, TwinChange, TwinRequest};

/// A twin, and what the registry adds to it.
#[derive(Debug, Clone, PartialEq)]
pub struct TwinView {
    /// Whose it is.
    pub record: IdentityRecord,
    /// Of the device, also when the twin is a module's.
    pub status: Status,
    /// Whether it has a session.
    pub connected: bool,
    /// The Plug and Play model that its session named.
    pub model_id: Option<String>,
    /// Messages that wait in its queue.
    pub waiting: u32,
    /// The twin itself.
    pub twin: Twin,
}

impl TwinView {
    /// What back ends read, ready to be written as JSON.
    pub fn document(&self) -> TwinDocument<'_> {
        TwinDocument {
            twin: self.twin.view(),
            record: &self.record,
            status: self.status,
            connected: self.connected,
            model_id: self.model_id.as_deref(),
            cloud_to_device_messages: self.waiting,
        }
    }

    /// The twin's entity tag.
    pub fn etag(&self) -> ETag {
        self.twin.view().etag
    }
}

impl HubClient {
    /// Reads a twin, linearizably.
    ///
    /// # Errors
    /// 404001 or 404010 when there is no such identity.
    pub async fn twin(&self, identity: &Identity) -> Result<TwinView, HubError> {
        self.about_twin(identity, TwinRequest::Read(identity.clone()))
            .await
    }

    /// Changes tags and desired properties, both or neither. A connected device that is subscribed is
    /// told.
    ///
    /// # Errors
    /// 404001 or 404010 when there is no such identity, 412001 when the precondition fails, 413001
    /// when a section would be larger than it may.
    pub async fn update_twin(
        &self,
        identity: &Identity,
        change: TwinChange,
    ) -> Result<TwinView, HubError> {
        let request = TwinRequest::Update(identity.clone(), Box::new(change));
        self.about_twin(identity, request).await
    }

    async fn about_twin(
        &self,
        identity: &Identity,
        request: TwinRequest,
    ) -> Result<TwinView, HubError> {
        let home = self.home(identity)?;
        match self.ask(home, Request::Twin(request)).await? {
            Answer::Twin(TwinAnswer::Document(document)) => view(*document),
            _ => Err(unexpected()),
        }
    }
}

fn view(document: Document) -> Result<TwinView, HubError> {
    Ok(TwinView {
        twin: twin(document.twin)?,
        record: document.record,
        status: document.status,
        connected: document.connected,
        model_id: document.model_id,
        waiting: document.waiting,
    })
}

/// A twin from its bytes, none for one that was never changed.
pub(crate) fn twin(bytes: Option<Vec<u8>>) -> Result<Twin, HubError> {
    let stored = bytes.map(|bytes| Twin::new(bytes.into())).transpose();
    Ok(stored.map_err(|_| unexpected())?.unwrap_or_default())
}
