//! Who may send how much.

use super::Gone;
use crate::engine::link::{Link, LinkEnd, Receiving, Sending};
use crate::engine::{Engine, LinkId};

impl Engine {
    /// Raises the credit of the client to so many deliveries. It cannot be lowered, only
    /// [drained](Engine::drain).
    ///
    /// # Errors
    ///
    /// The link is gone, or not one on which the client sends.
    pub fn grant(&mut self, link: LinkId, credit: u32) -> Result<(), Gone> {
        self.receiving(link)?.grant(credit);
        self.tell(link)
    }

    /// Deliveries that the client may still send.
    pub fn credit(&mut self, link: LinkId) -> u32 {
        self.receiving(link)
            .map_or(0, |receiving| receiving.credit())
    }

    /// Asks the client to use its credit now or to give it back; answered with
    /// [`Event::Drained`](super::super::Event::Drained), unless there is no credit.
    ///
    /// # Errors
    ///
    /// The link is gone, or not one on which the client sends.
    pub fn drain(&mut self, link: LinkId) -> Result<(), Gone> {
        if self.receiving(link)?.drain() {
            self.tell(link)?;
        }
        Ok(())
    }

    /// Answers [`Event::Drain`](super::super::Event::Drain) when there is no more to send: what
    /// waits goes out, and the rest of the credit goes back.
    ///
    /// # Errors
    ///
    /// The link is gone, or not one on which the client receives.
    pub fn drained(&mut self, link: LinkId) -> Result<(), Gone> {
        self.sending(link)?.drained();
        if let Some(session) = self.sessions.get_mut(&link.channel) {
            session.write_link(link.handle, &mut self.output, &mut self.events);
        }
        Ok(())
    }

    /// Deliveries that the client takes now.
    pub fn available(&mut self, link: LinkId) -> u32 {
        self.sending(link).map_or(0, |sending| sending.available())
    }

    fn tell(&mut self, link: LinkId) -> Result<(), Gone> {
        let session = self.sessions.get(&link.channel).ok_or(Gone)?;
        session.send_flow(Some(link.handle), &mut self.output);
        Ok(())
    }

    /// The receiving end of an attached link.
    fn receiving(&mut self, link: LinkId) -> Result<&mut Receiving, Gone> {
        match &mut self.attached(link)?.end {
            LinkEnd::Receiving(receiving) => Ok(receiving),
            LinkEnd::Sending(_) => Err(Gone),
        }
    }

    /// The sending end of an attached link.
    pub(super) fn sending(&mut self, link: LinkId) -> Result<&mut Sending, Gone> {
        match &mut self.attached(link)?.end {
            LinkEnd::Sending(sending) => Ok(sending),
            LinkEnd::Receiving(_) => Err(Gone),
        }
    }

    fn attached(&mut self, link: LinkId) -> Result<&mut Link, Gone> {
        self.sessions
            .get_mut(&link.channel)
            .and_then(|session| session.link(link))
            .filter(|entry| entry.is_attached())
            .ok_or(Gone)
    }
}
