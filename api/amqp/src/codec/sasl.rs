//! Frames of the SASL layer [5.3.3].

mod challenge;
mod init;
mod mechanisms;
mod outcome;
mod response;

pub use self::challenge::SaslChallenge;
pub use self::init::SaslInit;
pub use self::mechanisms::SaslMechanisms;
pub use self::outcome::{SaslCode, SaslOutcome};
pub use self::response::SaslResponse;

use super::composite::Composite;
use super::{Decode, DecodeError, Descriptor, Reader};

/// What a client may send.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SaslFrame {
    /// It has chosen a mechanism.
    Init(Box<SaslInit>),
    /// It answers a challenge.
    Response(SaslResponse),
}

impl Decode for SaslFrame {
    fn decode(reader: &mut Reader<'_>) -> Result<SaslFrame, DecodeError> {
        Ok(match reader.descriptor()? {
            Descriptor::SASL_INIT => SaslFrame::Init(Box::new(SaslInit::decode_list(reader)?)),
            Descriptor::SASL_RESPONSE => SaslFrame::Response(SaslResponse::decode_list(reader)?),
            other => return Err(DecodeError::UnexpectedDescriptor(other)),
        })
    }
}
