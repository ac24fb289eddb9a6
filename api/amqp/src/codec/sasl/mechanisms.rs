//! What the server offers [5.3.3.1].

use crate::codec::Symbols;
use crate::codec::composite::composite;

composite! {
    /// The mechanisms, as an array even when there is one.
    pub struct SaslMechanisms = SASL_MECHANISMS {
        /// Their names.
        sasl_server_mechanisms: Symbols => required,
    }
}
