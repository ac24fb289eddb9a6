//! A link on which a back end hears what became of its messages.

use std::collections::HashMap;

use roost_model::LockToken;

/// The state of such a link.
#[derive(Debug, Default)]
pub(crate) struct FeedbackLink {
    /// Whether a look for a batch is under way.
    pub(crate) looking: bool,
    /// Batches in the client's hands, by the tokens of their deliveries.
    pub(crate) open: HashMap<u64, LockToken>,
    pub(crate) next_token: u64,
}
