//! Deliveries to the client.

use thiserror::Error;

use crate::engine::link::Outgoing;
use crate::engine::{Engine, LinkId};

/// Why a delivery is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SendError {
    /// The link is gone, or not one on which the client receives.
    #[error("the link is gone")]
    Gone,
    /// The client has given no credit, settles too little, or reads too slowly;
    /// [`Event::Credit`](super::super::Event::Credit) tells when that changes.
    #[error("the client takes no delivery now")]
    NoCredit,
    /// The client has said that it takes no message of this size.
    #[error("the message exceeds what the client takes")]
    TooLarge,
}

impl Engine {
    /// Sends a message. It is written at once, in as many frames as the client wants, or waits
    /// for the client's session window in the order of the link.
    ///
    /// # Errors
    ///
    /// It is not sent, and the client knows nothing of it.
    pub fn send(&mut self, link: LinkId, outgoing: Outgoing) -> Result<(), SendError> {
        let tag = self.next_tag;
        let sending = self.sending(link).map_err(|_| SendError::Gone)?;
        if !sending.takes(outgoing.size()) {
            return Err(SendError::TooLarge);
        }
        if sending.available() == 0 {
            return Err(SendError::NoCredit);
        }
        sending.push(outgoing, u128::from(tag).to_be_bytes());
        self.next_tag = tag.wrapping_add(1);
        if let Some(session) = self.sessions.get_mut(&link.channel)
            && session.write_link(link.handle, &mut self.output, &mut self.events)
        {
            session.line_up(link.handle);
        }
        Ok(())
    }
}
