//! What a protocol hands to the edge.

use std::fmt;

use roost_actors::Credential;
use roost_model::{Event, Identity};

/// A device wants to be attached.
#[derive(Debug, Clone)]
pub struct ConnectRequest {
    /// Who it says it is.
    pub identity: Identity,
    /// The hub's name as the device wrote it.
    pub host: String,
    /// What it brings to prove it.
    pub credential: Credential,
    /// How it speaks.
    pub protocol: Protocol,
    /// Where it comes from, for logs.
    pub peer: String,
    /// The Plug and Play model that it announces.
    pub model_id: Option<String>,
    /// Whether it wants a fresh session.
    pub clean_session: bool,
    /// What to say for it when its connection is lost.
    pub will: Option<Event>,
}

/// Telemetry of a device that has no session.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// Who it says it is.
    pub identity: Identity,
    /// The hub's name as the device wrote it.
    pub host: String,
    /// What it brings to prove it.
    pub credential: Credential,
    /// Where it comes from, for logs.
    pub peer: String,
    /// Stored all together, or not at all.
    pub events: Vec<Event>,
}

/// How a device speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// MQTT 3.1.1 over TLS.
    Mqtt,
    /// MQTT 3.1.1 over WebSocket.
    MqttWebSocket,
    /// HTTPS requests.
    Https,
    /// AMQP 1.0 over TLS.
    Amqp,
    /// AMQP 1.0 over WebSocket.
    AmqpWebSocket,
}

/// How a connection ended, as seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// The device said goodbye.
    Clean,
    /// It did not: its will is published.
    Lost,
}

// === impl Protocol ===

impl Protocol {
    /// The number under which the session table keeps it; never reused.
    pub(crate) fn code(self) -> u8 {
        match self {
            Protocol::Mqtt => 1,
            Protocol::MqttWebSocket => 2,
            Protocol::Https => 3,
            Protocol::Amqp => 4,
            Protocol::AmqpWebSocket => 5,
        }
    }

    /// The protocol that the session table keeps under a number.
    pub fn from_code(code: u8) -> Option<Self> {
        [
            Protocol::Mqtt,
            Protocol::MqttWebSocket,
            Protocol::Https,
            Protocol::Amqp,
            Protocol::AmqpWebSocket,
        ]
        .into_iter()
        .find(|protocol| protocol.code() == code)
    }

    /// A short name for logs and metric labels.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Mqtt => "mqtt",
            Protocol::MqttWebSocket => "mqtt-ws",
            Protocol::Https => "https",
            Protocol::Amqp => "amqp",
            Protocol::AmqpWebSocket => "amqp-ws",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
