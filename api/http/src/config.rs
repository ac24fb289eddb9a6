use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the HTTPS side listens and what it allows one client to use up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Addresses of the HTTPS listener. The SDKs have port 443 built in.
    pub listen: Vec<SocketAddr>,
    /// Address of the plain listener with `/metrics`, `/healthz` and `/readyz`; none by default.
    pub probes: Option<SocketAddr>,
    /// Threads that serve requests, at least 1.
    pub workers: usize,
    /// Open connections per worker; more of them wait in the accept queue.
    pub max_connections: usize,
    /// Largest request body in bytes. A full batch of events in base64 needs 4/3 of 256 KiB.
    pub body_limit: usize,
    /// How long an idle connection is kept for the next request.
    #[serde(with = "humantime_serde")]
    pub keep_alive: Duration,
    /// How long a client may take to send the head of a request, and again to send its body.
    #[serde(with = "humantime_serde")]
    pub request_timeout: Duration,
    /// How long a TLS handshake may take.
    #[serde(with = "humantime_serde")]
    pub handshake_timeout: Duration,
    /// How long requests under way may go on after shutdown begins. Whole seconds.
    #[serde(with = "humantime_serde")]
    pub drain: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        HttpConfig {
            listen: vec![SocketAddr::from(([0, 0, 0, 0], 443))],
            probes: None,
            workers: 1,
            max_connections: 25_000,
            body_limit: 1024 * 1024,
            keep_alive: Duration::from_secs(120),
            request_timeout: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(10),
            drain: Duration::from_secs(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HttpConfig;

    #[test]
    fn an_empty_document_gives_the_defaults() {
        let config: HttpConfig = serde_json::from_str("{}").unwrap();
        assert_eq!(config, HttpConfig::default());
        assert_eq!(config.workers, 1);
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let error = serde_json::from_str::<HttpConfig>(r#"{"worker": 2}"#).unwrap_err();
        assert!(error.to_string().contains("worker"), "{error}");
    }

    #[test]
    fn durations_are_written_with_their_unit() {
        let config: HttpConfig = serde_json::from_str(r#"{"keep_alive": "5m"}"#).unwrap();
        assert_eq!(config.keep_alive.as_secs(), 300);
    }
}
