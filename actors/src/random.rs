//! Randomness, drawn before something is proposed: applying draws none.

use rand::TryRngCore as _;
use rand::rngs::OsRng;
use roost_model::{ErrorCode, SymmetricKey, SymmetricKeys, limits};

use crate::wire::Refused;

/// Random bytes in a verification code.
const CODE_BYTES: usize = 24;

/// A random number.
///
/// # Errors
/// 500001 when the system has none to give.
pub(crate) fn draw() -> Result<u64, Refused> {
    let mut bytes = [0; 8];
    fill(&mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

/// Two new keys.
///
/// # Errors
/// 500001 when the system has no randomness to give.
pub(crate) fn symmetric_keys() -> Result<SymmetricKeys, Refused> {
    Ok(SymmetricKeys {
        primary: symmetric_key()?,
        secondary: symmetric_key()?,
    })
}

/// One new key.
///
/// # Errors
/// 500001 when the system has no randomness to give.
pub(crate) fn symmetric_key() -> Result<SymmetricKey, Refused> {
    let mut bytes = vec![0; limits::GENERATED_KEY_BYTES];
    fill(&mut bytes)?;
    SymmetricKey::from_bytes(bytes).map_err(|_| unavailable())
}

/// A code that nobody can guess, in hexadecimal.
///
/// # Errors
/// 500001 when the system has no randomness to give.
pub(crate) fn verification_code() -> Result<String, Refused> {
    use std::fmt::Write as _;
    let mut bytes = [0; CODE_BYTES];
    fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    }))
}

fn fill(bytes: &mut [u8]) -> Result<(), Refused> {
    OsRng.try_fill_bytes(bytes).map_err(|_| unavailable())
}

fn unavailable() -> Refused {
    let reason = "the system has no randomness to give";
    Refused::rejected(ErrorCode::ServerError, reason)
}
