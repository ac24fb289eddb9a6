//! Sections as they stood in another hub, or at another time.

use bincode::de::{BorrowDecoder, Decode, Decoder};
use bincode::enc::{Encode, Encoder};
use bincode::error::{DecodeError, EncodeError};

use super::check::{self, Place};
use super::encoding::{Cursor, Malformed, OBJECT, put_block, put_head, put_key, put_value_stamped};
use super::patch::{HUB_KEYS, Patch};
use super::rules::{self, TwinViolation};
use super::value::{Object, Value};
use super::view::{ObjectRef, Stamp};
use crate::limits::Limits;
use crate::time::Timestamp;

/// A section with the moments at which it was changed, from an exported twin.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSection {
    /// An object node with stamps.
    bytes: Box<[u8]>,
    /// `$version`.
    version: u64,
}

impl StoredSection {
    /// Reads an exported section. None when it does not say when it was changed: then it is to replace
    /// what is there like any other. Properties that lack a moment of their own have that of what they
    /// are in.
    ///
    /// # Errors
    /// The first offence against a limit or rule.
    pub fn read(
        mut object: Object,
        versioned: bool,
        limits: &Limits,
    ) -> Result<Option<Self>, TwinViolation> {
        let [version, metadata] = HUB_KEYS.map(|key| object.0.remove(key));
        let (Some(Value::Integer(version)), Some(Value::Object(metadata))) = (version, metadata)
        else {
            return Ok(None);
        };
        let (Ok(version), Some(stamp)) = (u64::try_from(version), moment(&metadata, versioned))
        else {
            return Ok(None);
        };
        rules::check(&object, limits)?;
        let mut bytes = Vec::with_capacity(64);
        let whole = (!stamp.at.is_never()).then_some(stamp);
        put_head(&mut bytes, OBJECT, whole);
        put_entries(&mut bytes, &object, Some(&metadata), stamp, versioned);
        Ok(Some(Self {
            bytes: bytes.into(),
            version: version.max(1),
        }))
    }

    /// Its properties.
    pub fn view(&self) -> ObjectRef<'_> {
        match Cursor(&self.bytes).node() {
            Ok(node) => ObjectRef {
                body: node.payload,
                stamp: node.stamp,
            },
            Err(Malformed) => ObjectRef::EMPTY,
        }
    }

    /// `$version` when it was exported.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The size of its encoded form, in bytes.
    pub fn encoded_len(&self) -> usize {
        self.bytes.len()
    }

    /// What those who watch are told: all of it.
    pub(super) fn notice(&self) -> Result<Patch, Malformed> {
        Patch::whole(self.view())
    }
}

impl std::fmt::Debug for StoredSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredSection")
            .field("version", &self.version)
            .field("object", &Object::from(self.view()))
            .finish()
    }
}

/// `$lastUpdated` and `$lastUpdatedVersion`, if they are there.
fn moment(metadata: &Object, versioned: bool) -> Option<Stamp> {
    let Some(Value::Text(at)) = metadata.0.get("$lastUpdated") else {
        return None;
    };
    let at = Timestamp::parse_iso(at).ok()?;
    let version = match metadata.0.get("$lastUpdatedVersion") {
        Some(Value::Integer(version)) => u64::try_from(*version).ok(),
        _ => None,
    };
    Some(Stamp {
        at,
        version: versioned.then_some(version.unwrap_or(1)),
    })
}

fn put_entries(
    out: &mut Vec<u8>,
    object: &Object,
    metadata: Option<&Object>,
    around: Stamp,
    versioned: bool,
) {
    let Ok(()) = put_block(out, |out| {
        for (key, value) in &object.0 {
            let own = match metadata.and_then(|metadata| metadata.0.get(key)) {
                Some(Value::Object(own)) => Some(own),
                _ => None,
            };
            let stamp = own.and_then(|own| moment(own, versioned)).unwrap_or(around);
            match value {
                // A section holds none.
                Value::Null => {}
                Value::Object(inner) => {
                    put_key(out, key.as_bytes());
                    put_head(out, OBJECT, Some(stamp));
                    put_entries(out, inner, own, stamp, versioned);
                }
                value => {
                    put_key(out, key.as_bytes());
                    put_value_stamped(out, value, stamp);
                }
            }
        }
        Ok::<_, std::convert::Infallible>(())
    });
}

impl Encode for StoredSection {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.version.encode(encoder)?;
        self.bytes[..].encode(encoder)
    }
}

impl<Context> Decode<Context> for StoredSection {
    /// Checks the bytes all the way down; the limits were checked when it was read.
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let version = <u64 as Decode<Context>>::decode(decoder)?;
        let bytes = <Vec<u8> as Decode<Context>>::decode(decoder)?.into_boxed_slice();
        let mut cursor = Cursor(&bytes);
        let node = cursor.node().map_err(malformed)?;
        if !cursor.0.is_empty() || node.kind != OBJECT {
            return Err(malformed(Malformed));
        }
        check::object(node.payload, Place::Section).map_err(malformed)?;
        Ok(Self { bytes, version })
    }
}

impl<'de, Context> bincode::BorrowDecode<'de, Context> for StoredSection {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}

fn malformed(Malformed: Malformed) -> DecodeError {
    DecodeError::Other("malformed twin section")
}
