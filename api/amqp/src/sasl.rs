//! The mechanisms that the server knows, and what clients say in them.

#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;

use crate::codec::{Symbol, Symbols};

/// How a client authenticates. What it may do after that is the host's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// Microsoft's name for ANONYMOUS with a token to follow on `$cbs`.
    Mssbcbs,
    Plain,
    Anonymous,
    External,
}

impl Mechanism {
    const ALL: [(Mechanism, &'static str); 4] = [
        (Mechanism::Mssbcbs, "MSSBCBS"),
        (Mechanism::Plain, "PLAIN"),
        (Mechanism::Anonymous, "ANONYMOUS"),
        (Mechanism::External, "EXTERNAL"),
    ];

    pub(crate) fn offered() -> Symbols {
        Symbols(
            Mechanism::ALL
                .iter()
                .map(|(_, name)| Symbol::constant(name))
                .collect(),
        )
    }

    pub(crate) fn named(name: &Symbol) -> Option<Mechanism> {
        Mechanism::ALL
            .iter()
            .find(|(_, known)| *name == *known)
            .map(|(mechanism, _)| *mechanism)
    }

    /// Whether the client has to say something, be it in answer to an empty challenge.
    pub(crate) fn needs_response(self) -> bool {
        matches!(self, Mechanism::Plain | Mechanism::External)
    }

    /// What the client said; `None` when it makes no sense.
    pub(crate) fn credentials(self, response: &Bytes) -> Option<Credentials> {
        match self {
            Mechanism::Mssbcbs | Mechanism::Anonymous => Some(Credentials::Anonymous),
            Mechanism::External => text(response).map(|authzid| Credentials::External { authzid }),
            Mechanism::Plain => {
                let mut parts = response.splitn(3, |byte| *byte == 0).map(text);
                let (authzid, authcid, password) = (parts.next()??, parts.next()??, parts.next()??);
                let password = Password(password);
                Some(Credentials::Plain {
                    authzid,
                    authcid,
                    password,
                })
            }
        }
    }
}

fn text(bytes: impl AsRef<[u8]>) -> Option<String> {
    std::str::from_utf8(bytes.as_ref()).ok().map(str::to_owned)
}

/// What a client says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing: ANONYMOUS and MSSBCBS. A token follows on `$cbs`, if any.
    Anonymous,
    /// PLAIN [RFC 4616].
    Plain {
        /// On whose behalf; empty for its own.
        authzid: String,
        /// Who it is.
        authcid: String,
        /// The secret; a token or a key.
        password: Password,
    },
    /// EXTERNAL: the certificate of the TLS layer says who it is.
    External {
        /// On whose behalf; empty for its own.
        authzid: String,
    },
}

/// A secret that does not get into logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}
