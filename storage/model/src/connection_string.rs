//! Connection strings: a hub's host, a name and a key in one line of text.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::id::{DeviceId, HubName, Identity, InvalidHubName, InvalidId, ModuleId};
use crate::key::{InvalidKey, SymmetricKey};

/// Why a text is not a connection string. Says nothing of the key in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidConnectionString {
    #[error("a connection string is made of name=value pairs joined by ;")]
    NotPairs,
    #[error("connection string lacks {0}")]
    Missing(&'static str),
    #[error("connection string has {0} twice")]
    Duplicate(&'static str),
    #[error("connection string names both a policy and a device")]
    Ambiguous,
    #[error("HostName: {0}")]
    Host(#[from] InvalidHubName),
    #[error("DeviceId or ModuleId: {0}")]
    Id(#[from] InvalidId),
    #[error("SharedAccessKey: {0}")]
    Key(#[from] InvalidKey),
}

/// Whose key a connection string carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionSubject {
    /// A shared access policy, by its name.
    Policy(String),
    /// A device or module.
    Identity(Identity),
}

/// `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…` of a policy, or
/// `HostName=…;DeviceId=…[;ModuleId=…];SharedAccessKey=…` of an identity.
///
/// `Display` writes the key; `Debug` does not. The format has no escape: the text of a device whose id
/// holds a `;` does not read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionString {
    pub host: HubName,
    pub subject: ConnectionSubject,
    pub key: SymmetricKey,
}

impl ConnectionString {
    pub fn policy(host: HubName, name: &str, key: SymmetricKey) -> Self {
        Self {
            host,
            subject: ConnectionSubject::Policy(name.to_owned()),
            key,
        }
    }

    pub fn identity(host: HubName, identity: Identity, key: SymmetricKey) -> Self {
        Self {
            host,
            subject: ConnectionSubject::Identity(identity),
            key,
        }
    }

    /// Names of pairs in any case and order; pairs of other names (`GatewayHostName`) are ignored.
    pub fn parse(text: &str) -> Result<Self, InvalidConnectionString> {
        let pairs = Pairs::read(text)?;
        let missing = InvalidConnectionString::Missing;
        let host = HubName::parse(pairs.host.ok_or(missing("HostName"))?)?;
        let key = SymmetricKey::from_base64(pairs.key.ok_or(missing("SharedAccessKey"))?)?;
        let subject = match (pairs.policy, pairs.device, pairs.module) {
            (Some(""), None, None) => return Err(missing("SharedAccessKeyName")),
            (Some(name), None, None) => ConnectionSubject::Policy(name.to_owned()),
            (None, Some(device), module) => ConnectionSubject::Identity(Identity {
                device: DeviceId::parse(device)?,
                module: module.map(ModuleId::parse).transpose()?,
            }),
            (None, None, Some(_)) => return Err(missing("DeviceId")),
            (None, None, None) => return Err(missing("SharedAccessKeyName or DeviceId")),
            (Some(_), _, _) => return Err(InvalidConnectionString::Ambiguous),
        };
        Ok(Self { host, subject, key })
    }

    /// The same policy at the hub's Event Hubs-compatible endpoint; `None` for a device or module, which
    /// has no access to it.
    pub fn event_hub<'a>(&'a self, entity: &'a str) -> Option<EventHubConnectionString<'a>> {
        match &self.subject {
            ConnectionSubject::Policy(policy) => Some(EventHubConnectionString {
                host: &self.host,
                policy,
                key: &self.key,
                entity,
            }),
            ConnectionSubject::Identity(_) => None,
        }
    }
}

impl fmt::Display for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostName={}", self.host)?;
        match &self.subject {
            ConnectionSubject::Policy(name) => write!(f, ";SharedAccessKeyName={name}")?,
            ConnectionSubject::Identity(identity) => {
                write!(f, ";DeviceId={}", identity.device)?;
                if let Some(module) = &identity.module {
                    write!(f, ";ModuleId={module}")?;
                }
            }
        }
        write!(f, ";SharedAccessKey={}", self.key.to_base64())
    }
}

impl FromStr for ConnectionString {
    type Err = InvalidConnectionString;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Displays as `Endpoint=sb://…/;SharedAccessKeyName=…;SharedAccessKey=…;EntityPath=…`: what Event Hubs
/// clients take.
#[derive(Debug, Clone, Copy)]
pub struct EventHubConnectionString<'a> {
    host: &'a HubName,
    policy: &'a str,
    key: &'a SymmetricKey,
    entity: &'a str,
}

impl fmt::Display for EventHubConnectionString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Endpoint=sb://{}/;SharedAccessKeyName={};SharedAccessKey={};EntityPath={}",
            self.host,
            self.policy,
            self.key.to_base64(),
            self.entity,
        )
    }
}

/// The known pairs.
#[derive(Default)]
struct Pairs<'a> {
    host: Option<&'a str>,
    policy: Option<&'a str>,
    key: Option<&'a str>,
    device: Option<&'a str>,
    module: Option<&'a str>,
}

impl<'a> Pairs<'a> {
    fn read(text: &'a str) -> Result<Self, InvalidConnectionString> {
        let mut pairs = Self::default();
        for pair in text.trim().split(';').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or(InvalidConnectionString::NotPairs)?;
            let Some((slot, name)) = pairs.slot(name) else {
                continue;
            };
            if slot.replace(value).is_some() {
                return Err(InvalidConnectionString::Duplicate(name));
            }
        }
        Ok(pairs)
    }

    fn slot(&mut self, name: &str) -> Option<(&mut Option<&'a str>, &'static str)> {
        [
            (&mut self.host, "HostName"),
            (&mut self.policy, "SharedAccessKeyName"),
            (&mut self.key, "SharedAccessKey"),
            (&mut self.device, "DeviceId"),
            (&mut self.module, "ModuleId"),
        ]
        .into_iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(name.trim()))
    }
}

#[cfg(test)]
mod tests;
