use std::fmt;

use bincode::{Decode, Encode};
use roost_model::CertificateChain;

/// How a device proves who it is. What is brought here is checked where the identity lives.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum Credential {
    /// A shared access signature.
    Sas(String),
    /// A client certificate, whose key TLS has seen at work, with what the device sent beside it.
    Certificate(CertificateChain),
    /// Nothing.
    None,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credential::Sas(_) => "Sas(..)",
            Credential::Certificate(_) => "Certificate(..)",
            Credential::None => "None",
        })
    }
}
