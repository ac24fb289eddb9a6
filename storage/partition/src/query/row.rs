//! A row of the source: a twin, read where its bytes lie, and what is known of its identity.

use std::borrow::Cow;
use std::cell::OnceCell;

use roost_model::query::{Lookup, Number, RootField, SortValue, Value};
use roost_model::twin::{Stamp, ValueRef};
use roost_model::{Authentication, TwinRef, TwinSection};

use super::Scene;
use super::candidates::Candidate;
use super::facts::Facts;
use crate::error::PartitionError;
use crate::table;

pub(super) struct Row<'a> {
    pub(super) key: &'a [u8],
    pub(super) twin: TwinRef<'a>,
    device: &'a str,
    module: Option<&'a str>,
    scene: &'a Scene<'a>,
    identity: Option<&'a [u8]>,
    facts: OnceCell<Option<Facts>>,
}

impl<'a> Row<'a> {
    pub(super) fn new(
        scene: &'a Scene<'a>,
        candidate: &Candidate<'a>,
    ) -> Result<Self, PartitionError> {
        let (device, module) = table::identity::split_key(candidate.key)?;
        let twin = match candidate.twin {
            None => TwinRef::NEW,
            Some(bytes) => {
                TwinRef::parse(bytes).map_err(|error| PartitionError::row("twin", error))?
            }
        };
        Ok(Self {
            key: candidate.key,
            twin,
            device,
            module,
            scene,
            identity: candidate.identity,
            facts: OnceCell::new(),
        })
    }

    pub(super) fn is_module(&self) -> bool {
        self.module.is_some()
    }

    /// Read when first asked for. Trouble is noted at the scene, and reads as absent.
    pub(super) fn facts(&self) -> Option<&Facts> {
        let read = || match self.scene.facts(self.key, self.identity) {
            Ok(facts) => facts,
            Err(error) => {
                self.scene.trouble.borrow_mut().get_or_insert(error);
                None
            }
        };
        self.facts.get_or_init(read).as_ref()
    }

    /// Messages that wait for the identity. Trouble is noted at the scene, and reads as none.
    pub(super) fn waiting_messages(&self) -> u32 {
        match self.scene.waiting_messages(self.key) {
            Ok(count) => count,
            Err(error) => {
                self.scene.trouble.borrow_mut().get_or_insert(error);
                0
            }
        }
    }

    /// The value at a path.
    pub(super) fn value(&self, lookup: &Lookup) -> Value<'_> {
        match lookup {
            Lookup::Tags(names) => self.in_section(TwinSection::Tags, names),
            Lookup::Desired(names) => self.in_section(TwinSection::Desired, names),
            Lookup::Reported(names) => self.in_section(TwinSection::Reported, names),
            Lookup::Field(field) => self.field(*field).unwrap_or(Value::Undefined),
            Lookup::Nothing => Value::Undefined,
        }
    }

    /// Where the value stands in an order.
    pub(super) fn place(&self, lookup: &Lookup) -> SortValue {
        SortValue::of(&self.value(lookup))
    }

    fn in_section(&self, section: TwinSection, names: &[String]) -> Value<'_> {
        if let Some(first) = names.first()
            && first.starts_with('$')
            && section != TwinSection::Tags
        {
            return self.metadata(section, first, &names[1..]);
        }
        self.twin
            .lookup(section, names.iter().map(String::as_str))
            .map_or(Value::Undefined, value)
    }

    /// What the hub adds to a section.
    fn metadata(&self, section: TwinSection, first: &str, names: &[String]) -> Value<'_> {
        match (first, names) {
            ("$version", []) => {
                let version = match section {
                    TwinSection::Desired => self.twin.desired_version,
                    _ => self.twin.reported_version,
                };
                number(version)
            }
            ("$metadata", names) => match names.split_last() {
                Some((last, path)) if last == "$lastUpdated" => self
                    .stamp(section, path)
                    .map_or(Value::Undefined, |stamp| text(stamp.at.to_iso())),
                Some((last, path)) if last == "$lastUpdatedVersion" => self
                    .stamp(section, path)
                    .and_then(|stamp| stamp.version)
                    .map_or(Value::Undefined, number),
                _ => match self.stamp(section, names) {
                    Some(_) => Value::Object,
                    None => Value::Undefined,
                },
            },
            _ => Value::Undefined,
        }
    }

    fn stamp(&self, section: TwinSection, path: &[String]) -> Option<Stamp> {
        self.twin.stamp(section, path.iter().map(String::as_str))
    }

    fn field(&self, field: RootField) -> Option<Value<'_>> {
        match field {
            RootField::DeviceId => return Some(borrowed(self.device)),
            RootField::ModuleId => return self.module.map(borrowed),
            RootField::ETag => return Some(text(self.twin.etag.to_string())),
            RootField::Version => return Some(number(self.twin.version)),
            RootField::Properties => return Some(Value::Object),
            _ => {}
        }
        let facts = self.facts()?;
        let record = &facts.record;
        Some(match field {
            RootField::DeviceETag => text(record.etag.to_string()),
            RootField::Status => borrowed(facts.status.name()),
            RootField::StatusReason => borrowed(record.status_reason.as_deref()?),
            RootField::StatusUpdateTime => text(record.status_updated_at.to_iso()),
            RootField::ConnectionState => borrowed(if facts.connected {
                "Connected"
            } else {
                "Disconnected"
            }),
            RootField::ConnectionStateUpdatedTime => {
                text(record.connection_state_updated_at.to_iso())
            }
            RootField::LastActivityTime => text(record.last_activity_at.to_iso()),
            RootField::CloudToDeviceMessageCount => number(self.waiting_messages().into()),
            RootField::AuthenticationType => borrowed(record.authentication.type_name()),
            RootField::X509Thumbprint | RootField::Capabilities => Value::Object,
            RootField::PrimaryThumbprint => match &record.authentication {
                Authentication::SelfSigned(known) => borrowed(known.primary.as_deref()?),
                _ => Value::Null,
            },
            RootField::SecondaryThumbprint => match &record.authentication {
                Authentication::SelfSigned(known) => borrowed(known.secondary.as_deref()?),
                _ => Value::Null,
            },
            RootField::IotEdge => Value::Bool(record.iot_edge),
            RootField::DeviceScope => borrowed(record.device_scope.as_deref()?),
            RootField::ParentScopes if record.parent_scopes.is_empty() => return None,
            RootField::ParentScopes => Value::Array,
            RootField::ModelId => borrowed(facts.model_id.as_deref().unwrap_or_default()),
            _ => return None,
        })
    }
}

/// A twin's value as queries know it.
pub(crate) fn value(value: ValueRef<'_>) -> Value<'_> {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Bool(value) => Value::Bool(value),
        ValueRef::Integer(value) => Value::Number(Number::Int(value)),
        ValueRef::Double(value) => Value::Number(Number::Float(value)),
        ValueRef::Text(text) => borrowed(text),
        ValueRef::Array(_) => Value::Array,
        ValueRef::Object(_) => Value::Object,
    }
}

fn borrowed(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn text<'v>(text: String) -> Value<'v> {
    Value::Text(Cow::Owned(text))
}

fn number<'v>(value: u64) -> Value<'v> {
    Value::Number(Number::Int(i64::try_from(value).unwrap_or(i64::MAX)))
}
