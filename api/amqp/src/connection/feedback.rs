//! Feedback about cloud-to-device messages.

use std::time::Duration;

use roost_actors::client::{HubError, ReceivedFeedback};
use roost_model::Settlement;

use super::{Connection, Done};
use crate::engine::{LinkId, Outgoing};
use crate::error;
use crate::link::Kind;
use crate::message;

/// Between looks while there is nothing. Feedback waits up to 15 s for more of its kind anyway.
const PAUSE: Duration = Duration::from_secs(1);

impl Connection {
    /// Looks for a batch if the client takes one.
    pub(super) fn look_for_feedback(&mut self, id: LinkId) {
        let available = self.engine.available(id);
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let Kind::Feedback(feedback) = &mut link.kind else {
            return;
        };
        if feedback.looking || available == 0 || !link.outbox.is_empty() {
            return;
        }
        feedback.looking = true;
        let hub = self.context.hub.clone();
        self.begin(async move {
            let mut result = hub.receive_feedback().await;
            if matches!(result, Ok(None)) || result.as_ref().is_err_and(HubError::is_transient) {
                tokio::time::sleep(PAUSE).await;
                result = hub.receive_feedback().await;
            }
            Done::Feedback { link: id, result }
        });
    }

    pub(super) fn feedback_found(
        &mut self,
        id: LinkId,
        result: Result<Option<ReceivedFeedback>, HubError>,
    ) {
        let Some(link) = self.links.get_mut(&id) else {
            // Its lock lapses, and another receiver gets it.
            return;
        };
        let Kind::Feedback(feedback) = &mut link.kind else {
            return;
        };
        feedback.looking = false;
        match result {
            Ok(Some(received)) => {
                feedback.next_token += 1;
                let token = feedback.next_token;
                feedback.open.insert(token, received.lock);
                let outgoing = Outgoing {
                    tag: Some(*received.lock.as_bytes()),
                    token,
                    ..Outgoing::new(message::feedback(self.context.edge.hub(), &received))
                };
                self.send(id, outgoing);
            }
            Err(refused) if !refused.is_transient() => {
                return self.detach(id, error::error(&refused.into()));
            }
            Ok(None) | Err(_) => {}
        }
        self.look_for_feedback(id);
    }

    pub(super) fn feedback_settled(&mut self, id: LinkId, token: u64, how: Settlement) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let Kind::Feedback(feedback) = &mut link.kind else {
            return;
        };
        let Some(lock) = feedback.open.remove(&token) else {
            return;
        };
        let hub = self.context.hub.clone();
        self.begin(async move {
            if let Err(error) = hub.settle_feedback(lock, how).await {
                tracing::debug!(%error, "a batch of feedback was not settled");
            }
            Done::Nothing
        });
    }
}
