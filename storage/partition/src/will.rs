//! What a device left to be said when its connection is lost.

use bincode::de::{BorrowDecoder, Decode, Decoder};
use bincode::enc::{Encode, Encoder};
use bincode::error::{DecodeError, EncodeError};
use roost_model::{Event, SystemProperty};

const TYPE_PROPERTY: &str = "iothub-MessageType";
const TYPE_VALUE: &str = "Will";

/// An MQTT will: an event that is stored as telemetry when the connection goes without a goodbye.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Will(pub Event);

impl Will {
    /// The event to store: marked as a will, whatever the device called it.
    ///
    /// Source: IoT Hub developer guide, "Communicate with an IoT hub using the MQTT protocol", will.
    pub(crate) fn telemetry(&self) -> Event {
        let mut event = self.0.clone();
        event.properties.retain(|(name, _)| name != TYPE_PROPERTY);
        event
            .properties
            .push((TYPE_PROPERTY.to_owned(), Some(TYPE_VALUE.to_owned())));
        event
    }
}

impl From<Event> for Will {
    fn from(event: Event) -> Self {
        Self(event)
    }
}

type Parts = (Vec<(u8, String)>, Vec<(String, Option<String>)>, Vec<u8>);

impl Encode for Will {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let Event {
            system,
            properties,
            body,
        } = &self.0;
        let system: Vec<(u8, &str)> = system
            .iter()
            .map(|(name, value)| (name.code(), value.as_str()))
            .collect();
        system.encode(encoder)?;
        properties.encode(encoder)?;
        body[..].encode(encoder)
    }
}

impl<Context> Decode<Context> for Will {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let (codes, properties, body) = <Parts as Decode<Context>>::decode(decoder)?;
        let mut system = Vec::with_capacity(codes.len());
        for (code, value) in codes {
            let property = SystemProperty::from_code(code)
                .ok_or(DecodeError::Other("unknown system property"))?;
            system.push((property, value));
        }
        Ok(Self(Event {
            system,
            properties,
            body: body.into(),
        }))
    }
}

impl<'de, Context> bincode::BorrowDecode<'de, Context> for Will {
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}

#[cfg(test)]
mod tests {
    use roost_model::codec;

    use super::*;

    fn will() -> Will {
        Will(Event {
            system: vec![(SystemProperty::ContentType, "text/plain".into())],
            properties: vec![("a".into(), Some("b".into())), ("flag".into(), None)],
            body: b"gone".as_slice().into(),
        })
    }

    #[test]
    fn a_will_reads_back() {
        let bytes = codec::encode(1, &will());
        assert_eq!(codec::decode::<Will>(1, &bytes).unwrap().1, will());
    }

    #[test]
    fn a_will_with_an_unknown_property_code_is_refused() {
        let parts: Parts = (vec![(255, "x".into())], vec![], vec![]);
        assert!(codec::decode::<Will>(1, &codec::encode(1, &parts)).is_err());
    }

    #[test]
    fn the_telemetry_of_a_will_is_marked_once() {
        let mut will = will();
        will.0
            .properties
            .push((TYPE_PROPERTY.into(), Some("Telemetry".into())));
        let marks: Vec<_> = will
            .telemetry()
            .properties
            .into_iter()
            .filter(|(name, _)| name == TYPE_PROPERTY)
            .collect();
        assert_eq!(
            marks,
            [(TYPE_PROPERTY.to_owned(), Some(TYPE_VALUE.to_owned()))]
        );
    }
}
