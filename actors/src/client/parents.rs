//! The Edge devices that devices name as their parents.
//!
//! A parent may live in another partition, so its existence cannot be part of the log's own rules: it
//! is looked up before, and may be deleted at any time after.

use roost_model::{EdgeScope, ErrorCode, Identity, IdentityRecord};

use super::{BulkOperation, HubClient, HubError, IdentityDraft};

/// Edge devices above each other (IoT Edge: five; a little room costs nothing).
const MAX_LEVELS: usize = 8;

impl HubClient {
    pub(super) async fn check_parent_of(&self, operation: &BulkOperation) -> Result<(), HubError> {
        match operation {
            BulkOperation::Put { draft, .. } => self.check_parent(draft).await,
            _ => Ok(()),
        }
    }

    /// Refuses a parent that is no Edge device of this hub, or a child of the device. A parent that
    /// the device had before may have gone.
    pub(super) async fn check_parent(&self, draft: &IdentityDraft) -> Result<(), HubError> {
        let named = if draft.iot_edge {
            draft.parent_scopes.first()
        } else {
            draft.device_scope.as_ref()
        };
        let Some(parent) = named else {
            return Ok(());
        };
        let Err(refusal) = self.check_ancestors(&draft.identity, parent).await else {
            return Ok(());
        };
        match self.identity(&draft.identity).await {
            Ok(before) if before.record.parent_scopes.first() == Some(parent) => Ok(()),
            _ => Err(refusal),
        }
    }

    async fn check_ancestors(&self, child: &Identity, parent: &str) -> Result<(), HubError> {
        let mut scope = parent.to_owned();
        for _ in 0..MAX_LEVELS {
            let record = self.edge_device(&scope).await?;
            if record.identity == *child {
                return Err(invalid("a device cannot be above its own parent"));
            }
            match record.parent_scopes.into_iter().next() {
                Some(next) => scope = next,
                None => return Ok(()),
            }
        }
        Err(invalid("there are too many edge devices above each other"))
    }

    async fn edge_device(&self, scope: &str) -> Result<IdentityRecord, HubError> {
        let unknown = || invalid("there is no edge device with this scope");
        let parsed = EdgeScope::parse(scope).map_err(|_| unknown())?;
        let record = match self.identity(&Identity::device(parsed.device)).await {
            Ok(view) => view.record,
            Err(error) if error.code() == ErrorCode::DeviceNotFound => return Err(unknown()),
            Err(error) => return Err(error),
        };
        if record.iot_edge && record.device_scope.as_deref() == Some(scope) {
            Ok(record)
        } else {
            Err(unknown())
        }
    }
}

fn invalid(reason: &str) -> HubError {
    HubError::new(ErrorCode::InvalidDeviceScope, reason)
}
