//! Writing a record; the layout is drawn in [`super`].

use bytes::{BufMut as _, BytesMut};

use super::{FIXED, KEY_SEPARATOR, PREFIX, VERSION, key_len};
use crate::event::{AuthMethod, Event, MessageSource, varint};
use crate::id::{ConnectionEpoch, Generation, Identity};

/// What the hub knows about an event's sender. Kept apart from the [`Event`], so that nothing a device
/// sends can take its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    pub identity: &'a Identity,
    pub generation: Generation,
    pub auth: AuthMethod,
    pub source: MessageSource,
    /// 0 means no session (a one-shot HTTPS request).
    pub epoch: ConnectionEpoch,
    /// The number of the event in its session, which makes a re-send recognisable. 0 without a session.
    pub sequence: u64,
}

/// Appends the record of an event to `out`, with its length in front.
///
/// # Panics
///
/// If the record were longer than `u32::MAX` bytes. The message limit that every edge enforces
/// ([`crate::limits::Limits::max_message_bytes`]) is far below that.
pub fn encode_record(out: &mut BytesMut, origin: &Origin<'_>, event: &Event) {
    let length = encoded_len(origin.identity, event);
    let length_field = u32::try_from(length - PREFIX).expect("a record is shorter than 4 GiB");
    out.reserve(length);
    let start = out.len();
    let (scope, kind) = origin.auth.codes();
    out.put_u32_le(length_field);
    out.put_slice(&[VERSION, origin.source.code(), scope, kind]);
    out.put_u64_le(origin.epoch.get());
    out.put_u64_le(origin.sequence);
    out.put_u64_le(origin.generation.get());
    // Two ids of at most 128 bytes each.
    out.put_u16_le(key_len(origin.identity) as u16);
    out.put_slice(origin.identity.device.as_str().as_bytes());
    if let Some(module) = &origin.identity.module {
        out.put_u8(KEY_SEPARATOR);
        out.put_slice(module.as_str().as_bytes());
    }
    varint::put(out, event.system.len() as u64);
    for (property, value) in &event.system {
        out.put_u8(property.code());
        varint::put(out, value.len() as u64);
        out.put_slice(value.as_bytes());
    }
    varint::put(out, event.properties.len() as u64);
    for (name, value) in &event.properties {
        varint::put(out, name.len() as u64);
        out.put_slice(name.as_bytes());
        match value {
            None => varint::put(out, 0),
            Some(value) => {
                varint::put(out, value.len() as u64 + 1);
                out.put_slice(value.as_bytes());
            }
        }
    }
    out.put_slice(&event.body);
    debug_assert_eq!(out.len() - start, length);
}

/// The bytes that [`encode_record`] appends.
fn encoded_len(identity: &Identity, event: &Event) -> usize {
    let text = |length: usize| varint::len(length as u64) + length;
    let system: usize = event
        .system
        .iter()
        .map(|(_, value)| 1 + text(value.len()))
        .sum();
    let properties: usize = event
        .properties
        .iter()
        .map(|(name, value)| {
            let value = value
                .as_ref()
                .map_or(1, |value| varint::len(value.len() as u64 + 1) + value.len());
            text(name.len()) + value
        })
        .sum();
    FIXED
        + key_len(identity)
        + varint::len(event.system.len() as u64)
        + system
        + varint::len(event.properties.len() as u64)
        + properties
        + event.body.len()
}
