//! What each received frame does.

use std::sync::Arc;

use bytes::{Buf as _, Bytes};

use super::acceptor::{Acceptor, Responder};
use super::call::Refused;
use super::connection::Connection;
use super::frame::{Frame, FrameKind};
use super::stream::{Direction, Ending};
use super::violation::Violation;

impl Connection {
    /// Acts on a frame; never waits.
    pub(super) fn dispatch(self: &Arc<Self>, frame: Frame) -> Result<(), Violation> {
        let id = frame.id;
        match frame.kind {
            FrameKind::Ping => Ok(()),
            FrameKind::Hello | FrameKind::Goodbye => Err(Violation::Misplaced(frame.kind)),
            FrameKind::Call => self.on_call(frame),
            FrameKind::Open => self.on_open(frame),
            FrameKind::Reply => self.on_reply(frame),
            FrameKind::Data => match self.stream(id)? {
                Some(stream) => stream.deliver(frame.payload),
                None => Ok(()),
            },
            FrameKind::Credit => self.on_credit(id, frame.payload),
            FrameKind::Finish => self.on_end(id, Ending::Finished),
            FrameKind::Reset => self.on_end(id, Ending::Reset),
            FrameKind::Stop => self.on_stop(id),
        }
    }

    fn acceptor_for(&self, kind: FrameKind) -> Result<&Arc<dyn Acceptor>, Violation> {
        self.acceptor.as_ref().ok_or(Violation::Misplaced(kind))
    }

    fn on_call(self: &Arc<Self>, frame: Frame) -> Result<(), Violation> {
        let acceptor = self.acceptor_for(frame.kind)?;
        match self.slots.enter(frame.payload.len()) {
            Some(slot) => {
                let reply = Responder::to_peer(self.clone(), frame.id, slot);
                acceptor.on_call(self.peer(), frame.detail, frame.payload, reply);
            }
            None => {
                let refused = Refused::new(Refused::OVERLOADED, "too many unanswered calls");
                self.signal(Frame::new(FrameKind::Reply, 1, frame.id, refused.encode()));
            }
        }
        Ok(())
    }

    fn on_open(self: &Arc<Self>, frame: Frame) -> Result<(), Violation> {
        let acceptor = self.acceptor_for(frame.kind)?;
        match self.opened(frame.id)? {
            Some(stream) => {
                acceptor.on_stream(self.peer(), frame.detail, frame.payload, stream);
            }
            None => {
                self.signal(Frame::signal(FrameKind::Reset, frame.id));
                self.signal(Frame::signal(FrameKind::Stop, frame.id));
            }
        }
        Ok(())
    }

    fn on_reply(&self, frame: Frame) -> Result<(), Violation> {
        if self.acceptor.is_some() {
            return Err(Violation::Misplaced(frame.kind));
        }
        let answer = match frame.detail {
            0 => Ok(frame.payload),
            1 => {
                let refused = Refused::decode(frame.payload);
                Err(refused.ok_or(Violation::Payload(frame.kind))?)
            }
            _ => return Err(Violation::Payload(frame.kind)),
        };
        self.answered(frame.id, answer);
        Ok(())
    }

    fn on_credit(&self, id: u64, mut payload: Bytes) -> Result<(), Violation> {
        let bytes = payload
            .try_get_u32_le()
            .map_err(|_| Violation::Payload(FrameKind::Credit))?;
        match self.stream(id)? {
            Some(stream) => stream.give(bytes),
            None => Ok(()),
        }
    }

    fn on_end(&self, id: u64, ending: Ending) -> Result<(), Violation> {
        let Some(stream) = self.stream(id)? else {
            return Ok(());
        };
        if stream.end_by_peer(ending)?.over {
            self.forget(id);
        }
        Ok(())
    }

    fn on_stop(&self, id: u64) -> Result<(), Violation> {
        let Some(stream) = self.stream(id)? else {
            return Ok(());
        };
        if stream.end(Direction::Outgoing, Ending::Stopped).over {
            self.forget(id);
        }
        Ok(())
    }
}
