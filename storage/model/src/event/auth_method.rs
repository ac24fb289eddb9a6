//! How the sender of an event proved who it is.

/// Whose credential it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum AuthScope {
    /// A shared access policy of the hub.
    Hub,
    Device,
    Module,
}

/// What kind of credential it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum AuthKind {
    /// A shared access signature.
    Sas,
    /// A client certificate.
    X509,
}

/// `iothub-connection-auth-method`: stamped on every event by the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub struct AuthMethod {
    pub scope: AuthScope,
    pub kind: AuthKind,
}

impl AuthMethod {
    pub const fn new(scope: AuthScope, kind: AuthKind) -> Self {
        Self { scope, kind }
    }

    /// The JSON text that consumers of IoT Hub's events parse.
    ///
    /// Source: IoT Hub developer guide, device-to-cloud messages, "Anti-spoofing properties".
    pub const fn json(self) -> &'static str {
        match (self.scope, self.kind) {
            (AuthScope::Hub, AuthKind::Sas) => {
                r#"{"scope":"hub","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}"#
            }
            (AuthScope::Hub, AuthKind::X509) => {
                r#"{"scope":"hub","type":"x509","issuer":"iothub","acceptingIpFilterRule":null}"#
            }
            (AuthScope::Device, AuthKind::Sas) => {
                r#"{"scope":"device","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}"#
            }
            (AuthScope::Device, AuthKind::X509) => {
                r#"{"scope":"device","type":"x509","issuer":"iothub","acceptingIpFilterRule":null}"#
            }
            (AuthScope::Module, AuthKind::Sas) => {
                r#"{"scope":"module","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}"#
            }
            (AuthScope::Module, AuthKind::X509) => {
                r#"{"scope":"module","type":"x509","issuer":"iothub","acceptingIpFilterRule":null}"#
            }
        }
    }

    /// Scope and kind as the record stores them. Codes are never reused.
    pub(super) const fn codes(self) -> (u8, u8) {
        let scope = match self.scope {
            AuthScope::Hub => 0,
            AuthScope::Device => 1,
            AuthScope::Module => 2,
        };
        let kind = match self.kind {
            AuthKind::Sas => 0,
            AuthKind::X509 => 1,
        };
        (scope, kind)
    }

    pub(super) const fn from_codes(scope: u8, kind: u8) -> Option<Self> {
        let scope = match scope {
            0 => AuthScope::Hub,
            1 => AuthScope::Device,
            2 => AuthScope::Module,
            _ => return None,
        };
        let kind = match kind {
            0 => AuthKind::Sas,
            1 => AuthKind::X509,
            _ => return None,
        };
        Some(Self { scope, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_the_documented_json() {
        for (scope, scope_name) in [
            (AuthScope::Hub, "hub"),
            (AuthScope::Device, "device"),
            (AuthScope::Module, "module"),
        ] {
            for (kind, kind_name) in [(AuthKind::Sas, "sas"), (AuthKind::X509, "x509")] {
                let method = AuthMethod::new(scope, kind);
                let json: serde_json::Value = serde_json::from_str(method.json()).unwrap();
                assert_eq!(json["scope"], scope_name);
                assert_eq!(json["type"], kind_name);
                assert_eq!(json["issuer"], "iothub");
                assert!(json["acceptingIpFilterRule"].is_null());
            }
        }
    }

    #[test]
    fn codes_read_back_and_unknown_ones_do_not() {
        let mut known = 0;
        for scope in 0..=u8::MAX {
            for kind in 0..=u8::MAX {
                if let Some(method) = AuthMethod::from_codes(scope, kind) {
                    assert_eq!(method.codes(), (scope, kind));
                    known += 1;
                }
            }
        }
        assert_eq!(known, 6);
    }
}
