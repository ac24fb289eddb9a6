//! Bincode of an event's content, for rows and calls that hold one by itself.

use bincode::de::{Decode, Decoder};
use bincode::enc::{Encode, Encoder};
use bincode::error::{DecodeError, EncodeError};

use super::{Event, SystemProperty};

type Parts = (Vec<(u8, String)>, Vec<(String, Option<String>)>, Vec<u8>);

impl Encode for Event {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.system.len() as u64).encode(encoder)?;
        for (property, value) in &self.system {
            property.code().encode(encoder)?;
            value.encode(encoder)?;
        }
        self.properties.encode(encoder)?;
        self.body[..].encode(encoder)
    }
}

impl<Context> Decode<Context> for Event {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let (codes, properties, body) = <Parts as Decode<Context>>::decode(decoder)?;
        let mut system = Vec::with_capacity(codes.len());
        for (code, value) in codes {
            let property = SystemProperty::from_code(code)
                .ok_or(DecodeError::Other("unknown system property"))?;
            system.push((property, value));
        }
        Ok(Self {
            system,
            properties,
            body: body.into(),
        })
    }
}

bincode::impl_borrow_decode!(Event);

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::codec;

    #[test]
    fn content_is_written_as_ever_and_reads_back() {
        let event = Event {
            system: vec![(SystemProperty::ContentType, "t".into())],
            properties: vec![("k".into(), Some("v".into())), ("n".into(), None)],
            body: Bytes::from_static(b"bye"),
        };
        let bytes = codec::encode(1, &event);
        let golden = [
            1, 1, 4, 1, b't', 2, 1, b'k', 1, 1, b'v', 1, b'n', 0, 3, b'b', b'y', b'e',
        ];
        assert_eq!(bytes, golden);
        assert_eq!(codec::decode(1, &bytes), Ok((1, event)));
    }

    #[test]
    fn an_unknown_property_code_is_refused() {
        let parts: Parts = (vec![(255, "x".into())], vec![], vec![]);
        assert!(codec::decode::<Event>(1, &codec::encode(1, &parts)).is_err());
    }
}
