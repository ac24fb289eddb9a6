//! Several messages in one.

use bytes::Bytes;
use roost_model::Event;

use super::content::{InvalidContent, content};
use crate::codec::message::{Body, Message};

/// `message-format` of a delivery whose data sections are messages of their own.
pub(crate) const BATCH_FORMAT: u32 = 0x8001_3700;

/// The events of a delivery: one, or as many as its data sections, of which there are `most` at most.
///
/// # Errors
/// [`InvalidContent`] of the first that cannot be read; then none counts.
pub(crate) fn unfold(
    message_format: u32,
    payload: &Bytes,
    most: usize,
) -> Result<Vec<Event>, InvalidContent> {
    let message = Message::decode(payload)?;
    if message_format != BATCH_FORMAT {
        return Ok(vec![content(&message)?]);
    }
    let Body::Data(messages) = &message.body else {
        return Err(InvalidContent::Body);
    };
    // Before they are read: an empty one has five bytes here and a hundred in memory.
    if messages.len() > most {
        return Err(InvalidContent::TooMany(most));
    }
    messages
        .iter()
        .map(|one| content(&Message::decode(one)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Encode as _;

    #[test]
    fn a_batch_is_as_many_events_as_it_has_sections() {
        let one = |text: &'static str| Message::data(text.as_bytes()).to_bytes();
        let batch = Message {
            body: Body::Data(vec![one("a"), one("b")]),
            ..Message::default()
        };
        let events = unfold(BATCH_FORMAT, &batch.to_bytes(), 2).unwrap();
        let bodies: Vec<_> = events.iter().map(|event| &event.body[..]).collect();
        assert_eq!(bodies, [b"a", b"b"]);
        let refused = unfold(BATCH_FORMAT, &batch.to_bytes(), 1).unwrap_err();
        assert_eq!(refused, InvalidContent::TooMany(1));
        // Without the format the sections are the body.
        let event = unfold(0, &Message::data(&b"a"[..]).to_bytes(), 2).unwrap();
        assert_eq!(event.len(), 1);
    }

    #[test]
    fn a_batch_of_something_else_is_refused() {
        let batch = Message::data(&b"no message"[..]);
        assert!(unfold(BATCH_FORMAT, &batch.to_bytes(), 2).is_err());
    }
}
