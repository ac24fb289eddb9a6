//! How it ends [5.3.3.5].

use bytes::{Bytes, BytesMut};

use crate::codec::composite::composite;
use crate::codec::{Decode, DecodeError, Encode, Reader};

composite! {
    /// The last frame of the layer.
    pub struct SaslOutcome = SASL_OUTCOME {
        /// How it ended.
        code: SaslCode => required,
        /// In the terms of the mechanism.
        additional_data: Option<Bytes> => optional,
    }
}

/// How authentication ended [5.3.3.6].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaslCode {
    /// The client is who it says.
    Ok,
    /// The credentials are wrong.
    Auth,
    /// Something failed.
    Sys,
    /// Something failed and will again.
    SysPerm,
    /// Something failed and may work later.
    SysTemp,
}

impl Encode for SaslCode {
    fn encode(&self, out: &mut BytesMut) {
        (*self as u8).encode(out);
    }
}

impl Decode for SaslCode {
    fn decode(reader: &mut Reader<'_>) -> Result<SaslCode, DecodeError> {
        Ok(match u8::decode(reader)? {
            0 => SaslCode::Ok,
            1 => SaslCode::Auth,
            2 => SaslCode::Sys,
            3 => SaslCode::SysPerm,
            4 => SaslCode::SysTemp,
            _ => return Err(DecodeError::InvalidValue("sasl-code")),
        })
    }
}
