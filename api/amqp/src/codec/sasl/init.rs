//! What the client chooses [5.3.3.2].

use bytes::Bytes;

use crate::codec::Symbol;
use crate::codec::composite::composite;

composite! {
    /// The mechanism and the first words in it.
    pub struct SaslInit = SASL_INIT {
        /// Its name.
        mechanism: Symbol => required,
        /// What the mechanism lets the client begin with.
        initial_response: Option<Bytes> => optional,
        /// The host that the client means.
        hostname: Option<String> => optional,
    }
}
