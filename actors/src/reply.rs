//! The port on which a request is answered, whoever ends up answering it.

use crate::wire::{Answer, Refused};

/// Answers exactly once: dropped unanswered, it says that the outcome is unknown.
pub(crate) struct ReplyPort {
    send: Option<Box<dyn FnOnce(Answer) + Send>>,
}

impl std::fmt::Debug for ReplyPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplyPort")
            .field("open", &self.send.is_some())
            .finish()
    }
}

// === impl ReplyPort ===

impl ReplyPort {
    pub(crate) fn new(send: impl FnOnce(Answer) + Send + 'static) -> ReplyPort {
        ReplyPort {
            send: Some(Box::new(send)),
        }
    }

    pub(crate) fn send(mut self, answer: Answer) {
        if let Some(send) = self.send.take() {
            send(answer);
        }
    }

    /// Answers with what a piece of work came to.
    pub(crate) fn settle(self, outcome: Result<Answer, Refused>) {
        self.send(outcome.unwrap_or_else(Answer::Refused));
    }

    pub(crate) fn refuse(self, refused: Refused) {
        self.send(Answer::Refused(refused));
    }
}

impl Drop for ReplyPort {
    fn drop(&mut self) {
        if let Some(send) = self.send.take() {
            send(Answer::Refused(Refused::Unknown));
        }
    }
}
