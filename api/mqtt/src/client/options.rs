use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rustls_pki_types::ServerName;

use super::codec::QoS;

/// How to reach a broker and what to say in CONNECT.
#[derive(Clone)]
pub struct ConnectOptions {
    /// `host:port`.
    pub address: String,
    /// None: plaintext.
    pub tls: Option<Tls>,
    pub client_id: String,
    pub username: Option<String>,
    pub password: Option<String>,
    pub clean_session: bool,
    /// Seconds after which a PINGREQ is sent if nothing else was; 0 turns it off.
    pub keep_alive: u16,
    pub will: Option<Will>,
    /// QoS 1 messages that may wait for their acknowledgement, 1 to 60,000.
    pub window: usize,
    /// Messages from the broker that may wait to be read.
    pub message_queue: usize,
    /// Largest packet that is accepted from the broker, in bytes.
    pub max_packet: usize,
    /// Time for TCP, TLS and CONNACK together.
    pub timeout: Duration,
}

/// Keys and trust of a TLS connection.
#[derive(Debug, Clone)]
pub struct Tls {
    pub config: Arc<rustls::ClientConfig>,
    /// Name or address that the broker's certificate must be for.
    pub server_name: ServerName<'static>,
}

/// What the broker publishes if the connection is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Will {
    pub topic: String,
    pub payload: Bytes,
    pub qos: QoS,
    pub retain: bool,
}

impl ConnectOptions {
    /// Plaintext, clean session, keep-alive 60 s, a window of 128 and 30 s to connect.
    pub fn new(address: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            tls: None,
            client_id: client_id.into(),
            username: None,
            password: None,
            clean_session: true,
            keep_alive: 60,
            will: None,
            window: 128,
            message_queue: 256,
            max_packet: 512 * 1024,
            timeout: Duration::from_secs(30),
        }
    }
}

impl fmt::Debug for ConnectOptions {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("address", &self.address)
            .field("tls", &self.tls.is_some())
            .field("client_id", &self.client_id)
            .field("username", &self.username)
            .field("clean_session", &self.clean_session)
            .field("keep_alive", &self.keep_alive)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
