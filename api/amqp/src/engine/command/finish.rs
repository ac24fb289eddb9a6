//! Ends of links, sessions and the connection.

use std::time::Instant;

use super::Gone;
use crate::codec::performative::AmqpError;
use crate::engine::{Engine, LinkId, SessionId};

impl Engine {
    /// Detaches a link for good. With `amqp:link:redirect` the info of the error says where to go.
    ///
    /// # Errors
    ///
    /// It is gone already.
    pub fn detach(&mut self, link: LinkId, error: Option<AmqpError>) -> Result<(), Gone> {
        let session = self.sessions.get_mut(&link.channel).ok_or(Gone)?;
        session.link(link).ok_or(Gone)?;
        self.detach_link(link.channel, link.handle, error)
            .map(drop)
            .ok_or(Gone)
    }

    /// Ends a session with all its links.
    ///
    /// # Errors
    ///
    /// It is gone already.
    pub fn end(&mut self, session: SessionId, error: Option<AmqpError>) -> Result<(), Gone> {
        self.sessions
            .get(&session.channel)
            .filter(|entry| entry.id == session && !entry.ending)
            .ok_or(Gone)?;
        self.end_session(session.channel, error);
        Ok(())
    }

    /// Closes the connection. The host goes on as before until
    /// [`is_finished`](Engine::is_finished).
    pub fn close(&mut self, now: Instant, error: Option<AmqpError>) {
        self.write_close(now, error);
    }
}
