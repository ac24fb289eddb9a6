use roost_actors::client::TwinChange;
use roost_model::twin::{Object, SectionChange};
use roost_model::{Limits, Patch, Precondition};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::error::ApiError;

/// What is to become of a twin. Members that only the hub or the device writes are skipped.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TwinUpdate)]
pub(crate) struct TwinRequest {
    /// Absent: they stay as they are. `null`: none are left.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<serde_json::Value>)]
    tags: Option<Option<Object>>,
    #[serde(default)]
    properties: Option<TwinRequestProperties>,
}

/// The properties that a back end may write.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TwinUpdateProperties)]
pub(crate) struct TwinRequestProperties {
    /// Absent: they stay as they are. `null`: none are left.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<serde_json::Value>)]
    desired: Option<Option<Object>>,
}

/// Tells `null` from nothing at all.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Object>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl TwinRequest {
    /// Errors: ArgumentInvalid for a key or value that no twin may hold.
    pub(crate) fn into_change(
        self,
        replace: bool,
        precondition: Precondition,
        limits: &Limits,
    ) -> Result<TwinChange, ApiError> {
        let section = |name, section: Option<Option<Object>>| {
            section
                .map(|section| change(name, section, replace, limits))
                .transpose()
        };
        let desired = self.properties.and_then(|properties| properties.desired);
        Ok(TwinChange {
            precondition,
            replace,
            tags: section("tags", self.tags)?,
            desired: section("properties.desired", desired)?,
        })
    }
}

fn change(
    name: &str,
    section: Option<Object>,
    replace: bool,
    limits: &Limits,
) -> Result<SectionChange, ApiError> {
    let Some(object) = section else {
        // A replacement tells the device all that is left, which is nothing.
        let nothing = || Patch::new(Object::default(), limits).map(SectionChange::Replace);
        return match replace {
            true => nothing().map_err(|error| ApiError::invalid(error.to_string())),
            false => Ok(SectionChange::Clear),
        };
    };
    let patch = Patch::new(object, limits)
        .map_err(|violation| ApiError::invalid(format!("{name}: {violation}")))?;
    Ok(match replace {
        true => SectionChange::Replace(patch),
        false => SectionChange::Merge(patch),
    })
}

#[cfg(test)]
mod tests;
