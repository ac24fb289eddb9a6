use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Port of AMQP over TLS; every SDK has it built in.
const TLS_PORT: u16 = 5671;

/// Settings of the AMQP edge of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AmqpConfig {
    /// Addresses of AMQP 1.0 over TLS. May be empty where only the tunnel is wanted.
    pub listen: Vec<SocketAddr>,
    /// Unix domain socket on which the HTTPS listener hands over WebSocket byte streams.
    /// None: AMQP over WebSocket is off.
    pub tunnel_socket: Option<PathBuf>,
    /// Time for the TLS handshake, and after it for SASL and `open`.
    #[serde(with = "humantime_serde")]
    pub handshake_timeout: Duration,
    /// Silence after which a client is given up; half of it is announced.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// Connections; with that many open, new ones wait in the listen backlog.
    pub max_connections: usize,
    /// Links of one connection, over all its sessions. A gateway has about five for each device.
    pub max_links: usize,
    /// Tokens that one connection may have put.
    pub max_tokens: usize,
    /// Time that open connections get to say goodbye when the node stops.
    #[serde(with = "humantime_serde")]
    pub shutdown_timeout: Duration,
}

impl Default for AmqpConfig {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::V4(SocketAddrV4::new(
                Ipv4Addr::UNSPECIFIED,
                TLS_PORT,
            ))],
            tunnel_socket: None,
            handshake_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(240),
            max_connections: 65_536,
            max_links: 65_536,
            max_tokens: 16_384,
            shutdown_timeout: Duration::from_secs(4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_table_gives_the_defaults() {
        let config: AmqpConfig = toml::from_str("").unwrap();
        assert_eq!(config, AmqpConfig::default());
    }

    #[test]
    fn durations_are_text_and_unknown_keys_are_refused() {
        let config: AmqpConfig = toml::from_str("idle_timeout = \"5s\"").unwrap();
        assert_eq!(config.idle_timeout, Duration::from_secs(5));
        assert!(toml::from_str::<AmqpConfig>("idle_timeouts = \"5s\"").is_err());
    }

    #[test]
    fn the_defaults_survive_being_printed_and_read_again() {
        let text = toml::to_string(&AmqpConfig::default()).unwrap();
        assert_eq!(
            toml::from_str::<AmqpConfig>(&text).unwrap(),
            AmqpConfig::default()
        );
    }
}
