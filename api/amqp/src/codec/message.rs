//! Messages and their sections [3.2].
//!
//! ```text
//!  header │ delivery-annotations │ message-annotations │ properties │ application-properties │ body │ footer
//!  └──────────────────────────── unfolded ────────────────────────────────────────────────┘  raw   unfolded
//! ```
//!
//! Sections are taken in any order, since the C device SDK has one of its own, and written in the
//! standard's.

mod body;
mod header;
mod properties;
#[cfg(test)]
mod tests;

pub use self::body::Body;
pub use self::header::Header;
pub use self::properties::{MessageId, Properties};

use bytes::{Bytes, BytesMut};

use super::composite::Composite;
use super::walk::walk;
use super::{Decode, DecodeError, Descriptor, Encode, Map, Reader, encode};

/// A message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// How it is to be transported [3.2.1].
    pub header: Option<Header>,
    /// For the next hop [3.2.2].
    pub delivery_annotations: Option<Map>,
    /// For the way [3.2.3].
    pub message_annotations: Option<Map>,
    /// Of the standard [3.2.4].
    pub properties: Option<Properties>,
    /// Of the application [3.2.5].
    pub application_properties: Option<Map>,
    /// What it is about.
    pub body: Body,
    /// Behind the body, as for signatures [3.2.9].
    pub footer: Option<Map>,
}

impl Message {
    /// A message of one data section.
    pub fn data(data: impl Into<Bytes>) -> Message {
        Message {
            body: Body::Data(vec![data.into()]),
            ..Message::default()
        }
    }

    /// Reads the sections of a delivery. The body shares `payload`.
    ///
    /// # Errors
    ///
    /// A section cannot be read, comes twice or is not one of the standard, or the body mixes kinds
    /// or is nested too deeply.
    pub fn decode(payload: &Bytes) -> Result<Message, DecodeError> {
        let mut message = Message::default();
        let mut rest = payload.clone();
        while !rest.is_empty() {
            // A reader for each section, since each has bounds of its own.
            let mut reader = Reader::new(&rest);
            message.section(&mut reader)?;
            let position = reader.position();
            rest = rest.split_off(position);
        }
        Ok(message)
    }

    fn section(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        match reader.descriptor()? {
            Descriptor::HEADER => once(&mut self.header, Header::decode_list(reader)?),
            Descriptor::DELIVERY_ANNOTATIONS => {
                once(&mut self.delivery_annotations, Map::decode(reader)?)
            }
            Descriptor::MESSAGE_ANNOTATIONS => {
                once(&mut self.message_annotations, Map::decode(reader)?)
            }
            Descriptor::PROPERTIES => once(&mut self.properties, Properties::decode_list(reader)?),
            Descriptor::APPLICATION_PROPERTIES => {
                once(&mut self.application_properties, Map::decode(reader)?)
            }
            Descriptor::DATA => self.body.push_data(Bytes::decode(reader)?),
            Descriptor::AMQP_SEQUENCE => self.body.push_sequence(raw(reader)?),
            Descriptor::AMQP_VALUE => self.body.set_value(raw(reader)?),
            Descriptor::FOOTER => once(&mut self.footer, Map::decode(reader)?),
            other => Err(DecodeError::UnexpectedDescriptor(other)),
        }
    }
}

fn once<T>(section: &mut Option<T>, value: T) -> Result<(), DecodeError> {
    match section.replace(value) {
        None => Ok(()),
        Some(_) => Err(DecodeError::InvalidValue("message with each section once")),
    }
}

/// One value as it is.
fn raw(reader: &mut Reader<'_>) -> Result<Bytes, DecodeError> {
    let start = reader.position();
    walk(reader)?;
    Ok(reader.since(start))
}

impl Encode for Message {
    fn encode(&self, out: &mut BytesMut) {
        if let Some(header) = &self.header {
            header.encode(out);
        }
        section(
            out,
            Descriptor::DELIVERY_ANNOTATIONS,
            self.delivery_annotations.as_ref(),
        );
        section(
            out,
            Descriptor::MESSAGE_ANNOTATIONS,
            self.message_annotations.as_ref(),
        );
        if let Some(properties) = &self.properties {
            properties.encode(out);
        }
        section(
            out,
            Descriptor::APPLICATION_PROPERTIES,
            self.application_properties.as_ref(),
        );
        self.body.encode(out);
        section(out, Descriptor::FOOTER, self.footer.as_ref());
    }
}

fn section(out: &mut BytesMut, descriptor: Descriptor, map: Option<&Map>) {
    if let Some(map) = map {
        encode::descriptor(out, descriptor);
        map.encode(out);
    }
}
