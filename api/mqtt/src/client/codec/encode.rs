use bytes::{BufMut, BytesMut};

use super::{EncodeError, QoS};
use crate::client::options::ConnectOptions;

/// Largest remaining length (MQTT 3.1.1, 2.2.3).
const MAX_REMAINING: usize = 268_435_455;

const PROTOCOL_LEVEL: u8 = 4;

pub(in crate::client) fn connect(
    out: &mut BytesMut,
    options: &ConnectOptions,
) -> Result<(), EncodeError> {
    let mut flags = u8::from(options.clean_session) << 1;
    let mut length = 10 + 2 + options.client_id.len();
    if let Some(will) = &options.will {
        flags |= 0x04 | will.qos.bits() << 3 | u8::from(will.retain) << 5;
        length += 4 + will.topic.len() + will.payload.len();
    }
    if let Some(username) = &options.username {
        flags |= 0x80;
        length += 2 + username.len();
    }
    if let Some(password) = &options.password {
        flags |= 0x40;
        length += 2 + password.len();
    }
    header(out, 0x10, length)?;
    text(out, b"MQTT")?;
    out.put_u8(PROTOCOL_LEVEL);
    out.put_u8(flags);
    out.put_u16(options.keep_alive);
    text(out, options.client_id.as_bytes())?;
    if let Some(will) = &options.will {
        text(out, will.topic.as_bytes())?;
        text(out, &will.payload)?;
    }
    for field in [&options.username, &options.password].into_iter().flatten() {
        text(out, field.as_bytes())?;
    }
    Ok(())
}

/// A PUBLISH; QoS 1 exactly if there is an id. Nothing is written on an error.
pub(in crate::client) fn publish(
    out: &mut BytesMut,
    topic: &str,
    payload: &[u8],
    id: Option<u16>,
) -> Result<(), EncodeError> {
    check(topic.as_bytes())?;
    let id_length = if id.is_some() { 2 } else { 0 };
    header(
        out,
        0x30 | u8::from(id.is_some()) << 1,
        2 + topic.len() + id_length + payload.len(),
    )?;
    text(out, topic.as_bytes())?;
    if let Some(id) = id {
        out.put_u16(id);
    }
    out.put_slice(payload);
    Ok(())
}

pub(in crate::client) fn puback(out: &mut BytesMut, id: u16) {
    out.put_slice(&[0x40, 2]);
    out.put_u16(id);
}

/// Nothing is written on an error.
pub(in crate::client) fn subscribe(
    out: &mut BytesMut,
    id: u16,
    filters: &[(&str, QoS)],
) -> Result<(), EncodeError> {
    filters
        .iter()
        .try_for_each(|(filter, _)| check(filter.as_bytes()).map(drop))?;
    let length = filters
        .iter()
        .map(|(filter, _)| 3 + filter.len())
        .sum::<usize>();
    header(out, 0x82, 2 + length)?;
    out.put_u16(id);
    for (filter, qos) in filters {
        text(out, filter.as_bytes())?;
        out.put_u8(qos.bits());
    }
    Ok(())
}

/// Nothing is written on an error.
pub(in crate::client) fn unsubscribe(
    out: &mut BytesMut,
    id: u16,
    filters: &[&str],
) -> Result<(), EncodeError> {
    filters
        .iter()
        .try_for_each(|filter| check(filter.as_bytes()).map(drop))?;
    let length = filters.iter().map(|filter| 2 + filter.len()).sum::<usize>();
    header(out, 0xA2, 2 + length)?;
    out.put_u16(id);
    filters
        .iter()
        .try_for_each(|filter| text(out, filter.as_bytes()))
}

pub(in crate::client) fn pingreq(out: &mut BytesMut) {
    out.put_slice(&[0xC0, 0]);
}

pub(in crate::client) fn disconnect(out: &mut BytesMut) {
    out.put_slice(&[0xE0, 0]);
}

fn header(out: &mut BytesMut, first: u8, remaining: usize) -> Result<(), EncodeError> {
    if remaining > MAX_REMAINING {
        return Err(EncodeError::PacketTooLong);
    }
    out.reserve(5 + remaining);
    out.put_u8(first);
    let mut rest = remaining;
    loop {
        let byte = (rest % 128) as u8;
        rest /= 128;
        out.put_u8(if rest > 0 { byte | 0x80 } else { byte });
        if rest == 0 {
            return Ok(());
        }
    }
}

fn check(text: &[u8]) -> Result<u16, EncodeError> {
    u16::try_from(text.len()).map_err(|_| EncodeError::TextTooLong)
}

fn text(out: &mut BytesMut, text: &[u8]) -> Result<(), EncodeError> {
    out.put_u16(check(text)?);
    out.put_slice(text);
    Ok(())
}
