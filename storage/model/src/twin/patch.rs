//! What is to change in a section.

use std::fmt;

use bincode::de::{BorrowDecoder, Decode, Decoder};
use bincode::enc::{Encode, Encoder};
use bincode::error::{DecodeError, EncodeError};

use super::check::{self, Place};
use super::encoding::{Cursor, Malformed, NULL, OBJECT, put_block, put_head, put_key, put_object};
use super::merge;
use super::rules::{self, TwinViolation};
use super::value::Object;
use super::view::ObjectRef;
use crate::limits::Limits;

/// What the hub itself writes into the root of a section; ignored when a client sends it.
pub(super) const HUB_KEYS: [&str; 2] = ["$version", "$metadata"];

/// A JSON merge patch of a section (RFC 7396), encoded and checked: objects merge, other values
/// replace, null removes.
#[derive(Clone, PartialEq, Eq)]
pub struct Patch {
    /// An object node without stamps.
    bytes: Box<[u8]>,
}

impl Patch {
    /// Checks an object against the rules for keys and values, and encodes it. `$version` and
    /// `$metadata` in the root are ignored: clients send documents back as they got them.
    ///
    /// # Errors
    /// The first offence against a limit or rule.
    pub fn new(mut object: Object, limits: &Limits) -> Result<Self, TwinViolation> {
        HUB_KEYS.iter().for_each(|key| {
            object.0.remove(*key);
        });
        rules::check(&object, limits)?;
        let mut bytes = Vec::with_capacity(64);
        put_object(&mut bytes, &object);
        Ok(bytes.into())
    }

    /// The patch that removes every property of an object.
    pub(super) fn removing(object: ObjectRef<'_>) -> Self {
        let mut bytes = Vec::new();
        put_head(&mut bytes, OBJECT, None);
        let Ok(()) = put_block(&mut bytes, |out| {
            for entry in object.iter() {
                put_key(out, entry.key.as_bytes());
                out.push(NULL);
            }
            Ok::<_, std::convert::Infallible>(())
        });
        bytes.into()
    }

    /// The patch that makes an empty section this object.
    pub(super) fn whole(object: ObjectRef<'_>) -> Result<Self, Malformed> {
        let mut bytes = Vec::with_capacity(object.body.len());
        merge::object(&mut bytes, &[], object.body, None)?;
        Ok(bytes.into())
    }

    /// The same without nulls: what a section is when it is replaced by this.
    pub(super) fn stripped(&self) -> Result<Self, Malformed> {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        merge::object(&mut bytes, &[], self.body()?, None)?;
        Ok(bytes.into())
    }

    /// What it says, to be read where it lies.
    pub fn view(&self) -> ObjectRef<'_> {
        let body = self.body().unwrap_or_default();
        ObjectRef { body, stamp: None }
    }

    /// Nothing is to change.
    pub fn is_empty(&self) -> bool {
        self.view().is_empty()
    }

    /// The size of its encoded form, in bytes.
    pub fn encoded_len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn body(&self) -> Result<&[u8], Malformed> {
        let mut cursor = Cursor(&self.bytes);
        let node = cursor.node()?;
        let whole = cursor.0.is_empty() && node.kind == OBJECT && node.stamp.is_none();
        if whole {
            Ok(node.payload)
        } else {
            Err(Malformed)
        }
    }
}

impl From<Vec<u8>> for Patch {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes: bytes.into(),
        }
    }
}

impl fmt::Debug for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Object::from(self.view()).fmt(f)
    }
}

impl Encode for Patch {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.bytes[..].encode(encoder)
    }
}

impl<Context> Decode<Context> for Patch {
    /// Checks the bytes all the way down; the limits were checked when the patch was made.
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let patch = Self::from(<Vec<u8> as Decode<Context>>::decode(decoder)?);
        patch
            .body()
            .and_then(|body| check::object(body, Place::Patch))
            .map_err(|Malformed| DecodeError::Other("malformed twin patch"))?;
        Ok(patch)
    }
}

impl<'de, Context> bincode::BorrowDecode<'de, Context> for Patch {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}
