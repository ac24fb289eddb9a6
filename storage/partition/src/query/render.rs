//! Rows as JSON.

use roost_model::TwinSection;
use roost_model::query::{Column, Lookup, Program, RootField, Slot, SortValue};
use roost_model::twin::{SectionJson, TwinDocument};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};

use super::row::Row;
use crate::error::PartitionError;

/// The whole twin; `None` when the identity is gone.
pub(super) fn twin(row: &Row<'_>) -> Result<Option<Vec<u8>>, PartitionError> {
    let Some(facts) = row.facts() else {
        return Ok(None);
    };
    json(&TwinDocument {
        twin: row.twin,
        record: &facts.record,
        status: facts.status,
        connected: facts.connected,
        model_id: facts.model_id.as_deref(),
        cloud_to_device_messages: row.waiting_messages(),
    })
    .map(Some)
}

/// Columns whose values are defined.
pub(super) fn columns(
    row: &Row<'_>,
    program: &Program,
    columns: &[Column<Slot>],
) -> Result<Vec<u8>, PartitionError> {
    json(&Columns {
        row,
        program,
        columns,
    })
}

/// The value at a path; `None` for what is undefined.
pub(super) fn value(row: &Row<'_>, lookup: &Lookup) -> Result<Option<Vec<u8>>, PartitionError> {
    if !row.value(lookup).is_defined() {
        return Ok(None);
    }
    json(&At { row, lookup }).map(Some)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, PartitionError> {
    serde_json::to_vec(value).map_err(|error| PartitionError::row("twin", error))
}

struct Columns<'r> {
    row: &'r Row<'r>,
    program: &'r Program,
    columns: &'r [Column<Slot>],
}

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for Column { name, value } in self.columns {
            let lookup = self.program.lookup(*value);
            if self.row.value(lookup).is_defined() {
                let row = self.row;
                map.serialize_entry(name, &At { row, lookup })?;
            }
        }
        map.end()
    }
}

/// A defined value.
struct At<'r> {
    row: &'r Row<'r>,
    lookup: &'r Lookup,
}

impl Serialize for At<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.row;
        let section = match self.lookup {
            Lookup::Tags(_) => TwinSection::Tags,
            Lookup::Desired(_) => TwinSection::Desired,
            _ => TwinSection::Reported,
        };
        match self.lookup {
            Lookup::Desired(names) | Lookup::Reported(names) if names.is_empty() => {
                section_json(row, section).serialize(serializer)
            }
            Lookup::Tags(names) | Lookup::Desired(names) | Lookup::Reported(names) => {
                match row.twin.lookup(section, names.iter().map(String::as_str)) {
                    Some(value) => value.serialize(serializer),
                    // What the hub adds is no part of the section.
                    None => row.place(self.lookup).serialize(serializer),
                }
            }
            Lookup::Field(RootField::Properties) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("desired", &section_json(row, TwinSection::Desired))?;
                map.serialize_entry("reported", &section_json(row, TwinSection::Reported))?;
                map.end()
            }
            Lookup::Field(field) => object(row, *field, serializer),
            Lookup::Nothing => serializer.serialize_unit(),
        }
    }
}

fn section_json<'a>(row: &Row<'a>, section: TwinSection) -> SectionJson<'a> {
    SectionJson {
        object: row.twin.section(section),
        version: match section {
            TwinSection::Desired => row.twin.desired_version,
            _ => row.twin.reported_version,
        },
        metadata: true,
    }
}

/// Fields of the root; objects and lists are put together here.
fn object<S: Serializer>(
    row: &Row<'_>,
    field: RootField,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let inner: &[(&str, RootField)] = match field {
        RootField::Capabilities => &[("iotEdge", RootField::IotEdge)],
        RootField::X509Thumbprint => &[
            ("primaryThumbprint", RootField::PrimaryThumbprint),
            ("secondaryThumbprint", RootField::SecondaryThumbprint),
        ],
        RootField::ParentScopes => {
            let facts = row
                .facts()
                .ok_or_else(|| S::Error::custom("an identity is gone"))?;
            return facts.record.parent_scopes.serialize(serializer);
        }
        _ => return SortValue::whole(&row.value(&Lookup::Field(field))).serialize(serializer),
    };
    let mut map = serializer.serialize_map(Some(inner.len()))?;
    for (name, field) in inner {
        map.serialize_entry(name, &SortValue::whole(&row.value(&Lookup::Field(*field))))?;
    }
    map.end()
}
