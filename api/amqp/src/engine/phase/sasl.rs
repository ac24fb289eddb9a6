//! Authentication [5.3].

use bytes::Bytes;

use super::Phase;
use crate::codec::Decode;
use crate::codec::performative::{AmqpError, condition};
use crate::codec::sasl::{SaslChallenge, SaslCode, SaslFrame, SaslInit, SaslOutcome};
use crate::engine::Engine;
use crate::engine::event::{Event, Side};
use crate::engine::fault::{Fault, Handled};
use crate::frame::{Frame, FrameError, FrameKind};
use crate::sasl::Mechanism;

impl Engine {
    pub(super) fn take_sasl(&mut self, frame: Frame) -> Handled {
        if frame.kind != FrameKind::Sasl {
            return Err(FrameError::WrongLayer.into());
        }
        let said = SaslFrame::from_bytes(&frame.body)?;
        match (std::mem::replace(&mut self.phase, Phase::SaslOutcome), said) {
            (Phase::SaslInit, SaslFrame::Init(init)) => self.choose(*init),
            (
                Phase::SaslResponse {
                    mechanism,
                    hostname,
                },
                SaslFrame::Response(response),
            ) => self.ask_host(mechanism, hostname, &response.response),
            _ => Err(Fault::connection(
                condition::ILLEGAL_STATE,
                "this SASL frame is not awaited",
            )),
        }
    }

    fn choose(&mut self, init: SaslInit) -> Handled {
        let SaslInit {
            mechanism,
            initial_response,
            hostname,
        } = init;
        let Some(known) = Mechanism::named(&mechanism) else {
            let description = format!("the mechanism {mechanism} is not offered");
            return Err(Fault::connection(condition::NOT_IMPLEMENTED, description));
        };
        match initial_response {
            None if known.needs_response() => {
                self.output.sasl(&SaslChallenge {
                    challenge: Bytes::new(),
                });
                self.phase = Phase::SaslResponse {
                    mechanism: known,
                    hostname,
                };
                Ok(())
            }
            response => self.ask_host(known, hostname, &response.unwrap_or_default()),
        }
    }

    fn ask_host(
        &mut self,
        mechanism: Mechanism,
        hostname: Option<String>,
        response: &Bytes,
    ) -> Handled {
        let credentials = mechanism.credentials(response).ok_or_else(|| {
            Fault::connection(condition::INVALID_FIELD, "the SASL response makes no sense")
        })?;
        self.phase = Phase::SaslOutcome;
        self.events.push_back(Event::Authenticate {
            credentials,
            hostname,
        });
        Ok(())
    }

    pub(super) fn sasl_failed(&mut self, error: AmqpError) {
        self.output.sasl(&SaslOutcome {
            code: SaslCode::Auth,
            additional_data: None,
        });
        self.finish(Side::Server, Some(error));
    }

    /// Decides on [`Event::Authenticate`]; anything but `Ok` ends the connection.
    pub fn authenticate(&mut self, code: SaslCode) {
        if !matches!(self.phase, Phase::SaslOutcome) {
            return;
        }
        self.output.sasl(&SaslOutcome {
            code,
            additional_data: None,
        });
        self.phase = match code {
            SaslCode::Ok => Phase::Header {
                authenticated: true,
            },
            _ => Phase::Finished,
        };
    }
}
