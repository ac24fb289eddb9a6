//! Randomness, drawn before something is proposed: applying draws none.

use ring::rand::{SecureRandom as _, SystemRandom};
use roost_model::ErrorCode;

use crate::wire::Refused;

/// A random number.
///
/// # Errors
/// 500001 when the system has none to give.
pub(crate) fn draw() -> Result<u64, Refused> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        let reason = "the system has no randomness to give";
        Refused::rejected(ErrorCode::ServerError, reason)
    })?;
    Ok(u64::from_ne_bytes(bytes))
}
