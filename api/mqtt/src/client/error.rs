use std::io;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::codec::{DecodeError, EncodeError};

/// Why a connection was not made.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// CONNACK with this code, 1 to 5 (MQTT 3.1.1, 3.2.2.3).
    #[error("the broker refused the connection with code {0} ({text})", text = connack(*.0))]
    Refused(u8),
    #[error("no connection within {0:?}")]
    Timeout(Duration),
    #[error("the broker closed the connection before it answered")]
    Closed,
    #[error("connection failed: {0}")]
    Io(#[from] io::Error),
    #[error("the broker's answer can't be read: {0}")]
    Decode(#[from] DecodeError),
    #[error("the connection can't be asked for: {0}")]
    Encode(#[from] EncodeError),
}

fn connack(code: u8) -> &'static str {
    match code {
        1 => "unacceptable protocol version",
        2 => "identifier rejected",
        3 => "server unavailable",
        4 => "bad user name or password",
        5 => "not authorized",
        _ => "unknown",
    }
}

/// Why a packet was not sent or not acknowledged.
#[derive(Debug, Clone, Error)]
pub enum ClientError {
    #[error("the connection has ended: {0}")]
    Ended(Ended),
    #[error("the packet can't be sent: {0}")]
    Encode(#[from] EncodeError),
}

/// Why a connection ended.
#[derive(Debug, Clone, Error)]
pub enum Ended {
    #[error("disconnected")]
    Disconnected,
    #[error("dropped by this side")]
    Dropped,
    #[error("closed by the broker")]
    ClosedByBroker,
    #[error("the broker did not answer a ping")]
    NoPing,
    #[error("{0}")]
    Io(Arc<io::Error>),
    #[error("the broker broke the protocol: {0}")]
    Protocol(DecodeError),
}
