//! What each performative does.

mod attach;
mod begin;
mod close;
mod detach;
mod disposition;
mod end;
mod flow;
mod open;
mod transfer;

use std::time::Instant;

use super::Engine;
use super::event::{Event, Side};
use super::fault::{Fault, Handled, Scope};
use super::phase::Phase;
use crate::codec::performative::{Performative, condition};
use crate::codec::{Decode, Reader};
use crate::frame::Frame;

impl Engine {
    /// Does what a frame says.
    pub(super) fn receive(&mut self, frame: Frame) -> Handled {
        // The client is alive, and says nothing else [2.4.5].
        if frame.body.is_empty() {
            return Ok(());
        }
        let mut reader = Reader::new(&frame.body);
        let performative = match Performative::decode(&mut reader) {
            Ok(performative) => performative,
            Err(_) if matches!(self.phase, Phase::Closing) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let payload = reader.rest();
        match (&self.phase, performative) {
            (Phase::Closing, Performative::Close(_)) => {
                self.phase = Phase::Finished;
                Ok(())
            }
            (Phase::Closing, _) => Ok(()),
            (Phase::Open, Performative::Open(open)) => self.receive_open(*open),
            (Phase::Running, performative) => {
                self.check_channel(frame.channel)?;
                match performative {
                    Performative::Begin(begin) => self.receive_begin(frame.channel, &begin),
                    Performative::Close(close) => self.receive_close(close),
                    Performative::Open(_) => Err(illegal("open")),
                    in_session => self.receive_in_session(frame.channel, in_session, payload),
                }
            }
            (_, performative) => Err(illegal(performative.name())),
        }
    }

    fn check_channel(&self, channel: u16) -> Handled {
        if channel <= self.config.channel_max {
            return Ok(());
        }
        let description = format!("channel {channel} exceeds the channel-max");
        Err(Fault::connection(condition::FRAMING_ERROR, description))
    }

    fn receive_in_session(
        &mut self,
        channel: u16,
        performative: Performative,
        payload: bytes::Bytes,
    ) -> Handled {
        match self.sessions.get_mut(&channel) {
            // Some clients detach their links after they have ended the session. Without a session
            // there is nothing that such a frame could do.
            None => return Ok(()),
            Some(session) if session.ending => {
                if let Performative::End(_) = performative {
                    self.sessions.remove(&channel);
                }
                return Ok(());
            }
            Some(_) => {}
        }
        match performative {
            Performative::Attach(attach) => self.receive_attach(channel, *attach),
            Performative::Flow(flow) => self.receive_flow(channel, &flow),
            Performative::Transfer(transfer) => self.receive_transfer(channel, *transfer, payload),
            Performative::Disposition(disposition) => {
                self.receive_disposition(channel, &disposition);
                Ok(())
            }
            Performative::Detach(detach) => self.receive_detach(channel, detach),
            Performative::End(end) => {
                self.receive_end(channel, end);
                Ok(())
            }
            Performative::Open(_) | Performative::Begin(_) | Performative::Close(_) => Ok(()),
        }
    }

    /// Breaks off what the fault breaks.
    pub(super) fn fail(&mut self, now: Instant, channel: u16, fault: Fault) {
        match fault.scope {
            Scope::Link(handle) => self.fail_link(channel, handle, fault.error),
            Scope::Session => self.fail_session(channel, fault.error),
            // It is being closed already, and the host knows.
            Scope::Connection if matches!(self.phase, Phase::Closing | Phase::Finished) => {
                self.phase = Phase::Finished;
            }
            Scope::Connection => {
                self.write_close(now, Some(fault.error.clone()));
                let (by, error) = (Side::Server, Some(fault.error));
                self.events.push_back(Event::Closed { by, error });
            }
        }
    }
}

fn illegal(name: &str) -> Fault {
    Fault::connection(
        condition::ILLEGAL_STATE,
        format!("{name} is not awaited here"),
    )
}
