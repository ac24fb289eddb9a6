//! What the engine says about itself and what it bears.

use std::time::Duration;

use crate::codec::Map;
use crate::limits;

/// Settings of an engine; one value is shared by all connections of a listener.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Name of the server.
    pub container_id: String,
    /// Largest frame in bytes that is taken, at least
    /// [`MIN_MAX_FRAME_SIZE`](limits::MIN_MAX_FRAME_SIZE).
    pub max_frame_size: u32,
    /// Highest channel that is taken.
    pub channel_max: u16,
    /// Highest handle that is taken.
    pub handle_max: u32,
    /// Links of all sessions of a connection.
    pub max_links: usize,
    /// Transfer frames that a session may have on the way.
    pub incoming_window: u32,
    /// Largest message in bytes on links whose host names no other.
    pub max_message_size: u64,
    /// Bytes of unfinished deliveries of a connection.
    pub max_assembly_bytes: usize,
    /// Unsettled deliveries to the peer on one link.
    pub max_unsettled: usize,
    /// Silence after which the peer is given up; half of it is announced.
    pub idle_timeout: Duration,
    /// From the first byte to the open frame.
    pub handshake_timeout: Duration,
    /// Properties in the open frame.
    pub properties: Option<Map>,
}

impl EngineConfig {
    /// The bounds of [`limits`] under this name.
    pub fn new(container_id: impl Into<String>) -> EngineConfig {
        EngineConfig {
            container_id: container_id.into(),
            max_frame_size: limits::MAX_FRAME_SIZE,
            channel_max: limits::CHANNEL_MAX,
            handle_max: limits::HANDLE_MAX,
            max_links: limits::MAX_LINKS,
            incoming_window: limits::INCOMING_WINDOW,
            max_message_size: limits::MAX_MESSAGE_SIZE,
            max_assembly_bytes: limits::MAX_ASSEMBLY_BYTES,
            max_unsettled: limits::MAX_UNSETTLED,
            idle_timeout: limits::IDLE_TIMEOUT,
            handshake_timeout: limits::HANDSHAKE_TIMEOUT,
            properties: None,
        }
    }
}
