use roost_actors::client::TwinDraft;
use roost_model::twin::{Object, SectionChange, StoredSection, TwinUpdate, TwinViolation};
use roost_model::{Limits, Patch, Precondition};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::ApiError;

/// The twin of a line: sections that are absent or null stay as they are.
#[derive(Debug, Default)]
pub(super) struct ImportTwin {
    pub(super) tags: Option<Object>,
    pub(super) properties: ImportProperties,
}

/// The properties of a line's twin.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = ExportImportProperties)]
pub(crate) struct ImportProperties {
    /// With `$metadata` and `$version` as they were exported, or without both.
    #[schema(value_type = Option<serde_json::Value>)]
    desired: Option<Object>,
    /// Likewise. Not looked at by the modes that change a twin alone.
    #[schema(value_type = Option<serde_json::Value>)]
    reported: Option<Object>,
}

impl ImportTwin {
    /// What goes with an identity: the sections become what the line says. Errors: ArgumentInvalid for
    /// a key or value that no twin may hold.
    pub(super) fn draft(
        self,
        precondition: Precondition,
        limits: &Limits,
    ) -> Result<Option<Box<TwinDraft>>, ApiError> {
        let Self { tags, properties } = self;
        let ImportProperties { desired, reported } = properties;
        if tags.is_none() && desired.is_none() && reported.is_none() {
            return Ok(None);
        }
        let whole = |name, section: Option<Object>, read: Read| {
            let section = section.map(|object| read(object, limits));
            section
                .transpose()
                .map_err(|violation| named(name, &violation))
        };
        let update = TwinUpdate {
            tags: whole("tags", tags, replacement)?,
            desired: whole("properties.desired", desired, versioned)?,
            reported: whole("properties.reported", reported, unversioned)?,
        };
        Ok(Some(Box::new(TwinDraft {
            precondition,
            update,
        })))
    }

    /// Tags and desired properties that are merged into a twin. Errors: as [`ImportTwin::draft`].
    pub(super) fn merges(
        self,
        limits: &Limits,
    ) -> Result<(Option<SectionChange>, Option<SectionChange>), ApiError> {
        let merge = |name, section: Option<Object>| {
            let patch = section.map(|object| Patch::new(object, limits));
            let patch = patch.transpose().map_err(|error| named(name, &error))?;
            Ok::<_, ApiError>(patch.map(SectionChange::Merge))
        };
        let tags = merge("tags", self.tags)?;
        Ok((tags, merge("properties.desired", self.properties.desired)?))
    }
}

type Read = fn(Object, &Limits) -> Result<SectionChange, TwinViolation>;

fn replacement(object: Object, limits: &Limits) -> Result<SectionChange, TwinViolation> {
    Patch::new(object, limits).map(SectionChange::Replace)
}

fn versioned(object: Object, limits: &Limits) -> Result<SectionChange, TwinViolation> {
    restored(object, true, limits)
}

fn unversioned(object: Object, limits: &Limits) -> Result<SectionChange, TwinViolation> {
    restored(object, false, limits)
}

/// A section that says when it was changed is put back as it was; another one replaces what is there.
fn restored(
    object: Object,
    versioned: bool,
    limits: &Limits,
) -> Result<SectionChange, TwinViolation> {
    match StoredSection::read(object.clone(), versioned, limits)? {
        Some(section) => Ok(SectionChange::Restore(section)),
        None => replacement(object, limits),
    }
}

fn named(name: &str, violation: &TwinViolation) -> ApiError {
    ApiError::invalid(format!("{name}: {violation}"))
}
