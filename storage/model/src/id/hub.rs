//! The name of a hub.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;

use super::bincode_as_text;
use crate::limits::MAX_HOST_CHARS;

/// Why a text is not a hub's host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidHubName {
    #[error("a host name must not be empty")]
    Empty,
    #[error("a host name has at most {MAX_HOST_CHARS} characters, this one has {0}")]
    TooLong(usize),
    #[error("character {0:?} is not allowed in a host name")]
    Character(char),
    #[error("a label of a host name must not be empty")]
    EmptyLabel,
}

/// The host name in a hub's connection strings, without a port; also an IPv4 address or `localhost`.
///
/// Host names don't distinguish case (RFC 4343), so it is kept in lower case: two names are equal
/// when they name the same host.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct HubName(Box<str>);

impl HubName {
    /// Letters, digits, `-` and `_` in labels joined by dots; at most 253 characters (RFC 1035).
    pub fn parse(text: &str) -> Result<Self, InvalidHubName> {
        if text.is_empty() {
            return Err(InvalidHubName::Empty);
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if let Some(character) = text.chars().find(|c| !allowed(*c)) {
            return Err(InvalidHubName::Character(character));
        }
        if text.len() > MAX_HOST_CHARS {
            return Err(InvalidHubName::TooLong(text.len()));
        }
        if text.split('.').any(str::is_empty) {
            return Err(InvalidHubName::EmptyLabel);
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// The whole host name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first label: the hub's short name (`hubName` of events, Event Hubs entity).
    pub fn short(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }

    /// The name of the hub's event stream: the Event Hubs entity that connection strings name.
    pub fn event_stream(&self) -> &str {
        match self.0.parse::<IpAddr>() {
            Ok(_) => "roost",
            Err(_) => self.short(),
        }
    }

    /// Whether a host as a client wrote it (any case, optional `:port`) is this hub.
    pub fn matches(&self, host: &str) -> bool {
        let name = match host.split_once(':') {
            None => host,
            Some((name, port)) if port.parse::<u16>().is_ok() => name,
            Some(_) => return false,
        };
        self.0.eq_ignore_ascii_case(name)
    }
}

impl FromStr for HubName {
    type Err = InvalidHubName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for HubName {
    type Error = InvalidHubName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<HubName> for String {
    fn from(name: HubName) -> Self {
        name.0.into()
    }
}

impl fmt::Display for HubName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

bincode_as_text!(HubName);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts_match_in_any_case_with_or_without_a_port() {
        let hub = HubName::parse("MyHub.Example.com").unwrap();
        assert_eq!(hub.as_str(), "myhub.example.com");
        assert_eq!(hub.short(), "myhub");
        assert!(hub.matches("myhub.example.com"));
        assert!(hub.matches("MYHUB.EXAMPLE.COM:8883"));
        for other in [
            "myhub",
            "xmyhub.example.com",
            "myhub.example.com:",
            "",
            ":1",
        ] {
            assert!(!hub.matches(other), "{other:?}");
        }
        assert!(!hub.matches("myhub.example.com:99999"));
        assert!(!hub.matches("myhub.example.com:1:2"));
    }

    #[test]
    fn names_differing_in_case_are_equal() {
        assert_eq!(HubName::parse("A.b"), HubName::parse("a.B"));
    }

    #[test]
    fn what_is_no_host_name_is_refused() {
        assert_eq!(HubName::parse(""), Err(InvalidHubName::Empty));
        assert_eq!(HubName::parse("a..b"), Err(InvalidHubName::EmptyLabel));
        assert_eq!(HubName::parse("a/b"), Err(InvalidHubName::Character('/')));
        assert_eq!(HubName::parse("a:1"), Err(InvalidHubName::Character(':')));
        let longest = format!("{}a", "a.".repeat(126));
        assert_eq!(longest.len(), MAX_HOST_CHARS);
        assert!(HubName::parse(&longest).is_ok());
        let longer = format!("{longest}b");
        assert_eq!(
            HubName::parse(&longer),
            Err(InvalidHubName::TooLong(MAX_HOST_CHARS + 1))
        );
    }

    #[test]
    fn a_name_in_a_configuration_is_checked_too() {
        assert!(serde_json::from_str::<HubName>("\"hub.local\"").is_ok());
        assert!(serde_json::from_str::<HubName>("\"hub local\"").is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,60}", host in "\\PC{0,60}") {
            if let Ok(name) = HubName::parse(&text) {
                prop_assert!(name.matches(&text));
                let _ = name.matches(&host);
            }
        }
    }
}
