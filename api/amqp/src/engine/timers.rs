//! When the peer is dead, and when it would think so of us.

use std::time::{Duration, Instant};

use crate::limits;

/// Deadlines of a connection. Time comes in from outside.
#[derive(Debug)]
pub(super) struct Timers {
    last_received: Instant,
    last_sent: Instant,
    /// Silence of the peer that we bear.
    idle_timeout: Duration,
    /// Silence of ours after which an empty frame is due: half of what the peer bears [2.4.5].
    heartbeat: Option<Duration>,
    /// End of the handshake, or of waiting for the peer's close.
    limit: Option<Instant>,
}

/// What a deadline asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// An empty frame.
    Heartbeat,
    /// The peer has been silent for too long.
    Idle,
    /// Handshake or close have taken too long.
    Limit,
}

impl Timers {
    pub(super) fn start(now: Instant, idle_timeout: Duration, handshake: Duration) -> Timers {
        Timers {
            last_received: now,
            last_sent: now,
            idle_timeout,
            heartbeat: None,
            limit: Some(now + handshake),
        }
    }

    /// The handshake is over; the peer bears this much silence.
    pub(super) fn opened(&mut self, peer_idle_timeout: Option<Duration>) {
        self.heartbeat = peer_idle_timeout.map(|timeout| timeout / 2);
        self.limit = None;
    }

    /// Our close is written.
    pub(super) fn closing(&mut self, now: Instant) {
        self.limit = Some(now + limits::CLOSE_TIMEOUT);
    }

    pub(super) fn received(&mut self, now: Instant) {
        self.last_received = now;
    }

    pub(super) fn sent(&mut self, now: Instant) {
        self.last_sent = now;
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Instant {
        let idle = self.last_received + self.idle_timeout;
        let heartbeat = self.heartbeat.map(|every| self.last_sent + every);
        [heartbeat, self.limit]
            .into_iter()
            .flatten()
            .fold(idle, Instant::min)
    }

    /// The gravest thing that is due.
    pub(super) fn due(&self, now: Instant) -> Option<Due> {
        if self.limit.is_some_and(|limit| now >= limit) {
            return Some(Due::Limit);
        }
        if now >= self.last_received + self.idle_timeout {
            return Some(Due::Idle);
        }
        self.heartbeat
            .is_some_and(|every| now >= self.last_sent + every)
            .then_some(Due::Heartbeat)
    }
}
