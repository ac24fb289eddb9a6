//! What the client answers [5.3.3.4].

use bytes::Bytes;

use crate::codec::composite::composite;

composite! {
    /// In the terms of the mechanism.
    pub struct SaslResponse = SASL_RESPONSE {
        /// The answer.
        response: Bytes => required,
    }
}
