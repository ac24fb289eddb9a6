//! The encoded record of one event.
//!
//! ```text
//! offset  0  u32 LE  length of all that follows
//!         4  u8      record version, 1
//!         5  u8      message source
//!         6  u8      authentication scope
//!         7  u8      authentication kind
//!         8  u64 LE  connection epoch
//!        16  u64 LE  sequence in the session
//!        24  u64 LE  generation of the identity
//!        32  u16 LE  length of the identity key
//!        34  …       identity key: device id, or device id, 0, module id
//!            varint  number of system properties
//!                    each: u8 code, varint length, text
//!            varint  number of application properties
//!                    each: varint length, name, varint length of the value + 1 (0: no value), value
//!            …       body, to the end
//! ```

mod encode;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bytes::Bytes;
use thiserror::Error;

pub use encode::{Origin, encode_record};

use super::{AuthMethod, Event, MessageSource, SystemProperty, varint};
use crate::id::{ConnectionEpoch, DeviceId, Generation, Identity, ModuleId};
use crate::limits::MAX_ID_CHARS;

/// The layout described above.
const VERSION: u8 = 1;
/// The length field in front of a record.
const PREFIX: usize = 4;
/// Length field and fixed header.
const FIXED: usize = 34;
/// Two ids and the byte between them.
const MAX_KEY: usize = 2 * MAX_ID_CHARS + 1;
/// Separates device and module id in an identity key; it is in no id.
const KEY_SEPARATOR: u8 = 0;

/// Why bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecordError {
    #[error("record is cut off")]
    Truncated,
    #[error("record version {0} is not known")]
    UnknownVersion(u8),
    #[error("record header holds an unknown code")]
    UnknownCode,
    #[error("record holds an invalid identity")]
    InvalidIdentity,
    #[error("record holds an unknown system property {0}")]
    UnknownProperty(u8),
    #[error("record holds text that is not utf-8")]
    InvalidText,
    #[error("record holds an invalid length")]
    InvalidLength,
    #[error("bytes follow the record")]
    TrailingBytes,
}

/// The form of an identity inside keys and records: the device id; for a module the device id, a zero
/// byte and the module id. All modules of a device sort right behind it.
pub fn identity_key(identity: &Identity) -> Vec<u8> {
    let mut key = Vec::with_capacity(key_len(identity));
    key.extend_from_slice(identity.device.as_str().as_bytes());
    if let Some(module) = &identity.module {
        key.push(KEY_SEPARATOR);
        key.extend_from_slice(module.as_str().as_bytes());
    }
    key
}

fn key_len(identity: &Identity) -> usize {
    let module = identity
        .module
        .as_ref()
        .map_or(0, |module| 1 + module.as_str().len());
    identity.device.as_str().len() + module
}

/// One record: the header is read when it is split off, the event on demand.
///
/// Cloning is cheap; a record keeps the buffer alive that it was split from.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    raw: Bytes,
    epoch: ConnectionEpoch,
    sequence: u64,
    generation: Generation,
    auth: AuthMethod,
    source: MessageSource,
    /// Where the identity key ends and the properties begin; never past the end of `raw`.
    key_end: usize,
}

impl Record {
    /// Takes the first record off `bytes`; `None` when they are used up.
    ///
    /// Checks every length and code of the header; what follows the identity key is checked by
    /// [`Self::event`]. On an error `bytes` are unchanged.
    pub fn split(bytes: &mut Bytes) -> Result<Option<Self>, RecordError> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let end = frame_len(bytes)?;
        let record = Self::read_header(bytes.slice(..end))?;
        // The header was valid, so the slice's end is within `bytes`.
        let _ = bytes.split_to(end);
        Ok(Some(record))
    }

    fn read_header(raw: Bytes) -> Result<Self, RecordError> {
        let mut rest = raw.get(PREFIX..).ok_or(RecordError::Truncated)?;
        let [version] = take(&mut rest)?;
        if version != VERSION {
            return Err(RecordError::UnknownVersion(version));
        }
        let [source, scope, kind] = take(&mut rest)?;
        let source = MessageSource::from_code(source).ok_or(RecordError::UnknownCode)?;
        let auth = AuthMethod::from_codes(scope, kind).ok_or(RecordError::UnknownCode)?;
        let epoch = ConnectionEpoch(u64::from_le_bytes(take(&mut rest)?));
        let sequence = u64::from_le_bytes(take(&mut rest)?);
        let generation = Generation(u64::from_le_bytes(take(&mut rest)?));
        let key_len = usize::from(u16::from_le_bytes(take(&mut rest)?));
        if key_len == 0 || key_len > MAX_KEY {
            return Err(RecordError::InvalidIdentity);
        }
        if rest.len() < key_len {
            return Err(RecordError::Truncated);
        }
        Ok(Self {
            epoch,
            sequence,
            generation,
            auth,
            source,
            key_end: FIXED + key_len,
            raw,
        })
    }

    /// The record's bytes, the length in front included: what [`encode_record`] wrote.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Who sent it, as in [`identity_key`]. Not yet checked to be an identity.
    pub fn identity_key(&self) -> &[u8] {
        self.raw.get(FIXED..self.key_end).unwrap_or_default()
    }

    /// Who sent it. Fails with [`RecordError::InvalidIdentity`].
    pub fn identity(&self) -> Result<Identity, RecordError> {
        let invalid = RecordError::InvalidIdentity;
        let key = std::str::from_utf8(self.identity_key()).map_err(|_| invalid)?;
        let (device, module) = match key.split_once(char::from(KEY_SEPARATOR)) {
            None => (key, None),
            Some((device, module)) => (device, Some(module)),
        };
        let device = DeviceId::parse(device).map_err(|_| invalid)?;
        let module = module
            .map(ModuleId::parse)
            .transpose()
            .map_err(|_| invalid)?;
        Ok(Identity { device, module })
    }

    /// The sender's session; 0 if there was none.
    pub fn epoch(&self) -> ConnectionEpoch {
        self.epoch
    }

    /// The number of the event in the sender's session.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    pub fn generation(&self) -> Generation {
        self.generation
    }

    pub fn auth(&self) -> AuthMethod {
        self.auth
    }

    pub fn source(&self) -> MessageSource {
        self.source
    }

    /// What the device said. The body shares the record's buffer.
    pub fn event(&self) -> Result<Event, RecordError> {
        let mut rest = self.raw.get(self.key_end..).ok_or(RecordError::Truncated)?;
        let count = take_count(&mut rest)?;
        let mut system = Vec::with_capacity(count);
        for _ in 0..count {
            let [code] = take(&mut rest)?;
            let property =
                SystemProperty::from_code(code).ok_or(RecordError::UnknownProperty(code))?;
            let length = take_varint(&mut rest)?;
            system.push((property, take_text(&mut rest, length)?));
        }
        let count = take_count(&mut rest)?;
        let mut properties = Vec::with_capacity(count);
        for _ in 0..count {
            let length = take_varint(&mut rest)?;
            let name = take_text(&mut rest, length)?;
            let value = match take_varint(&mut rest)? {
                0 => None,
                more => Some(take_text(&mut rest, more - 1)?),
            };
            properties.push((name, value));
        }
        let body = self.raw.slice(self.raw.len() - rest.len()..);
        Ok(Event {
            system,
            properties,
            body,
        })
    }
}

/// How long the first record of `bytes` is, its length field included, if all of it is there.
pub(super) fn frame_len(bytes: &[u8]) -> Result<usize, RecordError> {
    let mut rest = bytes;
    let length = u32::from_le_bytes(take(&mut rest)?) as usize;
    if rest.len() < length {
        Err(RecordError::Truncated)
    } else {
        Ok(PREFIX + length)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], RecordError> {
    let (head, tail) = rest.split_first_chunk().ok_or(RecordError::Truncated)?;
    *rest = tail;
    Ok(*head)
}

fn take_varint(rest: &mut &[u8]) -> Result<u64, RecordError> {
    let (value, used) = varint::get(rest).ok_or(RecordError::InvalidLength)?;
    *rest = rest.get(used..).ok_or(RecordError::Truncated)?;
    Ok(value)
}

/// A number of properties. Each takes two bytes at least, so a count that can't be true is refused
/// before memory is set aside for it.
fn take_count(rest: &mut &[u8]) -> Result<usize, RecordError> {
    let count = usize::try_from(take_varint(rest)?).map_err(|_| RecordError::InvalidLength)?;
    if count > rest.len() / 2 {
        Err(RecordError::InvalidLength)
    } else {
        Ok(count)
    }
}

fn take_text(rest: &mut &[u8], length: u64) -> Result<String, RecordError> {
    let length = usize::try_from(length).map_err(|_| RecordError::InvalidLength)?;
    let (head, tail) = rest
        .split_at_checked(length)
        .ok_or(RecordError::Truncated)?;
    *rest = tail;
    let text = std::str::from_utf8(head).map_err(|_| RecordError::InvalidText)?;
    Ok(text.to_owned())
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("identity", &self.identity_key().escape_ascii().to_string())
            .field("epoch", &self.epoch)
            .field("sequence", &self.sequence)
            .field("generation", &self.generation)
            .field("source", &self.source)
            .field("bytes", &self.raw.len())
            .finish()
    }
}

impl TryFrom<Bytes> for Record {
    type Error = RecordError;

    /// Exactly one record.
    fn try_from(mut bytes: Bytes) -> Result<Self, Self::Error> {
        let record = Self::split(&mut bytes)?.ok_or(RecordError::Truncated)?;
        if bytes.is_empty() {
            Ok(record)
        } else {
            Err(RecordError::TrailingBytes)
        }
    }
}

impl bincode::Encode for Record {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.raw[..].encode(encoder)
    }
}

impl<Context> bincode::Decode<Context> for Record {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let raw = <Vec<u8> as bincode::Decode<Context>>::decode(decoder)?;
        Self::try_from(Bytes::from(raw))
            .map_err(|error| DecodeError::OtherString(error.to_string()))
    }
}

bincode::impl_borrow_decode!(Record);

#[cfg(test)]
mod tests;
