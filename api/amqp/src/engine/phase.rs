//! From the first byte to the open frame, and from the first close to the second [2.2] [2.4].

mod sasl;

use std::time::Instant;

use bytes::BytesMut;

use super::event::{Event, Side};
use super::{Engine, Output};
use crate::codec::performative::{AmqpError, Close, condition};
use crate::codec::sasl::SaslMechanisms;
use crate::frame::{self, Frame, FrameError, FrameKind, ProtocolHeader};
use crate::limits;
use crate::sasl::Mechanism;

/// What is awaited from the client.
#[derive(Debug)]
pub(super) enum Phase {
    /// A protocol header. Clients without SASL begin with the one of AMQP.
    Header { authenticated: bool },
    /// The choice of a mechanism.
    SaslInit,
    /// The answer to an empty challenge.
    SaslResponse {
        mechanism: Mechanism,
        hostname: Option<String>,
    },
    /// Nothing: the host decides.
    SaslOutcome,
    /// The open frame.
    Open,
    /// Anything.
    Running,
    /// The close frame; everything else is passed over.
    Closing,
    /// Nothing any more.
    Finished,
}

impl Phase {
    pub(super) const START: Phase = Phase::Header {
        authenticated: false,
    };

    fn max_frame_size(&self, configured: u32) -> u32 {
        match self {
            Phase::SaslInit | Phase::SaslResponse { .. } => limits::MAX_SASL_FRAME_SIZE,
            _ => configured.max(limits::MIN_MAX_FRAME_SIZE),
        }
    }
}

impl Engine {
    /// Takes one header or frame from the input; false when that cannot be.
    pub(super) fn step(&mut self, now: Instant, input: &mut BytesMut) -> bool {
        match self.phase {
            Phase::Header { authenticated } => self.take_header(authenticated, now, input),
            Phase::SaslOutcome => false,
            Phase::Finished => {
                input.clear();
                false
            }
            _ => match frame::take(input, self.phase.max_frame_size(self.config.max_frame_size)) {
                Ok(None) => false,
                Ok(Some(frame)) => {
                    self.timers.received(now);
                    self.take_frame(now, frame);
                    true
                }
                Err(error) => {
                    // Where the next frame would begin is not known.
                    self.fail(now, 0, error.into());
                    self.phase = Phase::Finished;
                    true
                }
            },
        }
    }

    fn take_header(&mut self, authenticated: bool, now: Instant, input: &mut BytesMut) -> bool {
        let Some(bytes) = input.first_chunk::<{ ProtocolHeader::LENGTH }>() else {
            return false;
        };
        let header = ProtocolHeader::parse(bytes);
        let _ = input.split_to(ProtocolHeader::LENGTH);
        self.timers.received(now);
        match header {
            Some(ProtocolHeader::Amqp) => {
                self.output.protocol_header(ProtocolHeader::Amqp);
                self.phase = Phase::Open;
            }
            Some(ProtocolHeader::Sasl) if !authenticated => {
                self.output.protocol_header(ProtocolHeader::Sasl);
                let sasl_server_mechanisms = Mechanism::offered();
                self.output.sasl(&SaslMechanisms {
                    sasl_server_mechanisms,
                });
                self.phase = Phase::SaslInit;
            }
            _ => {
                // The header that would have been right [2.2].
                self.output.protocol_header(ProtocolHeader::Amqp);
                self.finish(Side::Server, framing("another protocol header"));
            }
        }
        true
    }

    fn take_frame(&mut self, now: Instant, frame: Frame) {
        let in_sasl = matches!(self.phase, Phase::SaslInit | Phase::SaslResponse { .. });
        if in_sasl {
            if let Err(fault) = self.take_sasl(frame) {
                self.sasl_failed(fault.error);
            }
            return;
        }
        let channel = frame.channel;
        let handled = match frame.kind {
            FrameKind::Amqp => self.receive(frame),
            FrameKind::Sasl => Err(FrameError::WrongLayer.into()),
        };
        if let Err(fault) = handled {
            self.fail(now, channel, fault);
        }
    }

    /// The connection is over; nothing more is read.
    pub(super) fn finish(&mut self, by: Side, error: Option<AmqpError>) {
        self.phase = Phase::Finished;
        self.forget_everything();
        self.events.push_back(Event::Closed { by, error });
    }

    /// Writes our close, and our open if it was not yet, as a close may not come first [2.4.1].
    pub(super) fn write_close(&mut self, now: Instant, error: Option<AmqpError>) {
        match self.phase {
            Phase::Running => {}
            Phase::Open => self.write_open(),
            // No frame of ours can stand here.
            _ => {
                self.phase = Phase::Finished;
                return;
            }
        }
        farewell(&mut self.output, error);
        self.timers.closing(now);
        self.phase = Phase::Closing;
        self.forget_everything();
    }

    pub(super) fn give_up_on_silent_client(&mut self, now: Instant) {
        let error = AmqpError::new(
            condition::RESOURCE_LIMIT_EXCEEDED,
            "nothing was received for the time of the idle-time-out",
        );
        self.write_close(now, Some(error.clone()));
        // A silent client will not answer.
        self.finish(Side::Server, Some(error));
    }

    pub(super) fn give_up_on_slow_client(&mut self) {
        if matches!(self.phase, Phase::Closing) {
            // The host knows why.
            self.phase = Phase::Finished;
            return;
        }
        let description = "there was no open frame in time";
        let error = AmqpError::new(condition::RESOURCE_LIMIT_EXCEEDED, description);
        self.finish(Side::Server, Some(error));
    }

    fn forget_everything(&mut self) {
        self.sessions.clear();
        self.low_windows = Vec::new();
        (self.links, self.assembled) = (0, 0);
    }
}

pub(super) fn farewell(output: &mut Output, error: Option<AmqpError>) {
    output.farewell(0, error, |error| Close { error });
}

fn framing(description: &str) -> Option<AmqpError> {
    Some(AmqpError::new(condition::FRAMING_ERROR, description))
}
