//! Bugs that are put in on purpose, to see whether those who look for bugs find them.
//!
//! Without the feature `seeded-bugs` there are none, and nothing of this is in the binary. With it
//! the environment variable `ROOST_SEEDED_BUG` names the one that a process has.

/// A promise that is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeededBug {
    /// The log says that entries are durable when it has taken them.
    AckBeforeFsync,
    /// A proposal is not bound to the term in which it was decided.
    UnfencedProposal,
    /// What a session sends that was replaced is stored all the same.
    UnfencedSession,
    /// A leader answers reads without asking whether it still leads.
    StaleRead,
    /// The log is cut off before the state that replaces it is on disk.
    LostPurgeBound,
    /// What is sent again is stored again.
    SkippedDedup,
    /// A message that was completed is delivered once more.
    DoubleDelivery,
}

impl SeededBug {
    /// All of them.
    pub const ALL: [SeededBug; 7] = [
        SeededBug::AckBeforeFsync,
        SeededBug::UnfencedProposal,
        SeededBug::UnfencedSession,
        SeededBug::StaleRead,
        SeededBug::LostPurgeBound,
        SeededBug::SkippedDedup,
        SeededBug::DoubleDelivery,
    ];

    /// What `ROOST_SEEDED_BUG` calls it.
    pub fn name(self) -> &'static str {
        match self {
            SeededBug::AckBeforeFsync => "ack-before-fsync",
            SeededBug::UnfencedProposal => "unfenced-proposal",
            SeededBug::UnfencedSession => "unfenced-session",
            SeededBug::StaleRead => "stale-read",
            SeededBug::LostPurgeBound => "lost-purge-bound",
            SeededBug::SkippedDedup => "skipped-dedup",
            SeededBug::DoubleDelivery => "double-delivery",
        }
    }

    /// Whether this process has it.
    #[cfg(feature = "seeded-bugs")]
    pub fn is_in(self) -> bool {
        static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
        let chosen = CHOSEN.get_or_init(|| std::env::var("ROOST_SEEDED_BUG").ok());
        chosen.as_deref() == Some(self.name())
    }

    /// Whether this process has it.
    #[cfg(not(feature = "seeded-bugs"))]
    pub const fn is_in(self) -> bool {
        false
    }
}
