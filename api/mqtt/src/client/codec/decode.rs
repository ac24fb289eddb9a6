use bytes::{Buf, Bytes, BytesMut};

use super::{DecodeError, Packet, Publish};

/// Takes one packet off the front of `source`; None while it is incomplete.
pub(in crate::client) fn decode(
    source: &mut BytesMut,
    max_packet: usize,
) -> Result<Option<Packet>, DecodeError> {
    let Some((header, remaining)) = fixed_header(source)? else {
        return Ok(None);
    };
    let total = header + remaining;
    if total > max_packet {
        return Err(DecodeError::TooLong(max_packet));
    }
    if source.len() < total {
        return Ok(None);
    }
    let first = source[0];
    let mut packet = source.split_to(total);
    packet.advance(header);
    body(first, packet.freeze()).map(Some)
}

/// Length of the fixed header and the remaining length; None while the header is incomplete.
fn fixed_header(source: &[u8]) -> Result<Option<(usize, usize)>, DecodeError> {
    let mut remaining = 0;
    for index in 0..4 {
        let Some(&byte) = source.get(1 + index) else {
            return Ok(None);
        };
        remaining |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((2 + index, remaining)));
        }
    }
    Err(DecodeError::Malformed)
}

fn body(first: u8, mut body: Bytes) -> Result<Packet, DecodeError> {
    let packet = match first {
        0x20 => {
            let flags = body.try_get_u8().map_err(|_| DecodeError::Malformed)?;
            let code = body.try_get_u8().map_err(|_| DecodeError::Malformed)?;
            Packet::ConnAck {
                session_present: flags & 1 != 0,
                code,
            }
        }
        0x30..=0x3F => return publish(first, body).map(Packet::Publish),
        0x40 => Packet::PubAck(number(&mut body)?),
        0x90 => {
            let id = number(&mut body)?;
            return Ok(Packet::SubAck { id, codes: body });
        }
        0xB0 => Packet::UnsubAck(number(&mut body)?),
        0xD0 => Packet::PingResp,
        _ => return Err(DecodeError::Unexpected),
    };
    if body.is_empty() {
        Ok(packet)
    } else {
        Err(DecodeError::Malformed)
    }
}

fn publish(first: u8, mut body: Bytes) -> Result<Publish, DecodeError> {
    let length = usize::from(number(&mut body)?);
    if body.len() < length {
        return Err(DecodeError::Malformed);
    }
    let topic = body.split_to(length);
    let topic = std::str::from_utf8(&topic)
        .map_err(|_| DecodeError::Malformed)?
        .to_owned();
    let id = match first & 0x06 {
        0x00 => None,
        0x02 => Some(number(&mut body)?),
        // no subscription of this client asks for QoS 2
        _ => return Err(DecodeError::Unexpected),
    };
    Ok(Publish {
        topic,
        payload: body,
        id,
        retain: first & 1 != 0,
        dup: first & 8 != 0,
    })
}

fn number(body: &mut Bytes) -> Result<u16, DecodeError> {
    body.try_get_u16().map_err(|_| DecodeError::Malformed)
}
