use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::time::Duration;

use roost_model::limits::CONNECT_TIMEOUT_SECONDS;
use serde::{Deserialize, Serialize};

/// Port of MQTT over TLS; every device SDK has it built in.
const TLS_PORT: u16 = 8883;

/// Settings of the MQTT edge of one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MqttConfig {
    /// Addresses of MQTT 3.1.1 over TLS. May be empty where only the tunnel is wanted.
    pub listen: Vec<SocketAddr>,
    /// Unix domain socket on which the HTTPS listener hands over WebSocket byte streams.
    /// None: MQTT over WebSocket is off.
    pub tunnel_socket: Option<PathBuf>,
    /// Threads that serve connections, 1 or more; a connection stays on one thread.
    pub workers: usize,
    /// PUBLISH packets of one connection that may wait for their acknowledgement, 1 or more.
    /// With that many waiting, the socket is not read.
    pub max_receive: u16,
    /// Time for the TLS handshake, and after it for CONNECT and its authentication.
    #[serde(with = "humantime_serde")]
    pub handshake_timeout: Duration,
    /// Connections of one worker; with that many open, new ones wait in the listen backlog.
    pub max_connections: usize,
    /// TLS handshakes that one worker runs at the same time.
    pub max_handshakes: usize,
    /// Time that open connections get to hand over what they have read when the node stops.
    #[serde(with = "humantime_serde")]
    pub shutdown_timeout: Duration,
}

impl Default for MqttConfig {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::V4(SocketAddrV4::new(
                Ipv4Addr::UNSPECIFIED,
                TLS_PORT,
            ))],
            tunnel_socket: None,
            workers: 1,
            max_receive: 128,
            handshake_timeout: Duration::from_secs(CONNECT_TIMEOUT_SECONDS),
            max_connections: 262_144,
            max_handshakes: 4_096,
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_table_gives_the_defaults() {
        let config: MqttConfig = toml::from_str("").unwrap();
        assert_eq!(config, MqttConfig::default());
        let longest = Duration::from_secs(CONNECT_TIMEOUT_SECONDS);
        assert_eq!(config.handshake_timeout, longest);
    }

    #[test]
    fn durations_are_text_and_unknown_keys_are_refused() {
        let config: MqttConfig = toml::from_str("handshake_timeout = \"5s\"").unwrap();
        assert_eq!(config.handshake_timeout, Duration::from_secs(5));
        assert!(toml::from_str::<MqttConfig>("handshake_timeouts = \"5s\"").is_err());
    }

    #[test]
    fn the_defaults_survive_being_printed_and_read_again() {
        let text = toml::to_string(&MqttConfig::default()).unwrap();
        assert_eq!(
            toml::from_str::<MqttConfig>(&text).unwrap(),
            MqttConfig::default()
        );
    }
}
