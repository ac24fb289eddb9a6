//! What the server asks [5.3.3.3].

use bytes::Bytes;

use crate::codec::composite::composite;

composite! {
    /// In the terms of the mechanism.
    pub struct SaslChallenge = SASL_CHALLENGE {
        /// The question.
        challenge: Bytes => required,
    }
}
