use roost_actors::PutMode;
use roost_model::Precondition;

use crate::error::ApiError;

/// `importMode`. Source: IoT Hub developer guide, "Import and export device identities in bulk".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ImportMode {
    Create,
    Update,
    UpdateIfMatchETag,
    #[default]
    CreateOrUpdate,
    CreateOrUpdateIfMatchETag,
    Delete,
    DeleteIfMatchETag,
    UpdateTwin,
    UpdateTwinIfMatchETag,
}

impl ImportMode {
    const ALL: [ImportMode; 9] = [
        ImportMode::Create,
        ImportMode::Update,
        ImportMode::UpdateIfMatchETag,
        ImportMode::CreateOrUpdate,
        ImportMode::CreateOrUpdateIfMatchETag,
        ImportMode::Delete,
        ImportMode::DeleteIfMatchETag,
        ImportMode::UpdateTwin,
        ImportMode::UpdateTwinIfMatchETag,
    ];

    /// In any case: SDKs disagree about it. Errors: ArgumentInvalid.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        ImportMode::ALL
            .into_iter()
            .find(|mode| mode.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| ApiError::invalid("importMode is none that there is"))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            ImportMode::Create => "create",
            ImportMode::Update => "update",
            ImportMode::UpdateIfMatchETag => "updateIfMatchETag",
            ImportMode::CreateOrUpdate => "createOrUpdate",
            ImportMode::CreateOrUpdateIfMatchETag => "createOrUpdateIfMatchETag",
            ImportMode::Delete => "delete",
            ImportMode::DeleteIfMatchETag => "deleteIfMatchETag",
            ImportMode::UpdateTwin => "updateTwin",
            ImportMode::UpdateTwinIfMatchETag => "updateTwinIfMatchETag",
        }
    }

    pub(crate) fn asks_for_etag(self) -> bool {
        matches!(
            self,
            ImportMode::UpdateIfMatchETag
                | ImportMode::CreateOrUpdateIfMatchETag
                | ImportMode::DeleteIfMatchETag
                | ImportMode::UpdateTwinIfMatchETag
        )
    }

    /// Whether the identity stays as it is.
    pub(crate) fn is_about_the_twin(self) -> bool {
        matches!(
            self,
            ImportMode::UpdateTwin | ImportMode::UpdateTwinIfMatchETag
        )
    }

    /// What a mode that does not ask for a version asks for.
    pub(crate) fn precondition(self) -> Precondition {
        match self {
            ImportMode::Update | ImportMode::Delete => Precondition::Any,
            _ => Precondition::None,
        }
    }

    /// None: nothing is put; the identity is to go, or stays as it is.
    pub(crate) fn put(self) -> Option<PutMode> {
        match self {
            ImportMode::Create => Some(PutMode::Create),
            ImportMode::Update | ImportMode::UpdateIfMatchETag => Some(PutMode::Update),
            ImportMode::CreateOrUpdate | ImportMode::CreateOrUpdateIfMatchETag => {
                Some(PutMode::CreateOrUpdate)
            }
            ImportMode::Delete
            | ImportMode::DeleteIfMatchETag
            | ImportMode::UpdateTwin
            | ImportMode::UpdateTwinIfMatchETag => None,
        }
    }
}
