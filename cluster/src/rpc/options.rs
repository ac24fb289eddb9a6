//! What a node's mux is told at its start.

use std::time::Duration;

use roost_model::Incarnation;

/// Settings of a [`Network`](super::Network).
#[derive(Debug, Clone)]
pub struct NetworkOptions {
    /// Links between clusters of differing names are refused.
    pub cluster: String,
    /// How often this node has started; a newer incarnation's connections replace an older one's.
    pub incarnation: Incarnation,
    /// How often each side of a connection shows that it lives.
    pub ping_every: Duration,
    /// A connection on which nothing arrives for this long is dead.
    pub dead_after: Duration,
    /// Limit for connecting, TLS and hello together.
    pub dial_timeout: Duration,
    /// Delay before the second attempt to connect; doubles with each further one.
    pub backoff_first: Duration,
    /// Longest delay between two attempts.
    pub backoff_longest: Duration,
    /// Bytes that a peer may send on a stream before they are taken; at least 64 KiB.
    pub stream_window: u32,
    /// Bytes of unanswered calls to one peer; further callers wait. A peer's calls beyond twice
    /// this are refused with [`Refused::OVERLOADED`](super::Refused::OVERLOADED).
    pub call_window: u32,
    /// Bytes that wait for one connection's writer; further senders wait.
    pub queue_bytes: u32,
    /// Open streams per connection.
    pub max_streams: usize,
    /// Handshakes of peers that run at the same time.
    pub max_handshakes: usize,
    /// Makes the jitter of reconnects repeatable; random when absent.
    pub seed: Option<u64>,
}

impl Default for NetworkOptions {
    fn default() -> NetworkOptions {
        NetworkOptions {
            cluster: "roost".into(),
            incarnation: Incarnation(0),
            ping_every: Duration::from_millis(300),
            dead_after: Duration::from_millis(1500),
            dial_timeout: Duration::from_secs(2),
            backoff_first: Duration::from_millis(20),
            backoff_longest: Duration::from_secs(1),
            stream_window: 1 << 20,
            call_window: 16 << 20,
            queue_bytes: 4 << 20,
            max_streams: 4096,
            max_handshakes: 256,
            seed: None,
        }
    }
}
