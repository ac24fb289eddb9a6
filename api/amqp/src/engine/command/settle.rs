//! Outcomes.

use super::Gone;
use crate::codec::Role;
use crate::codec::delivery_state::DeliveryState;
use crate::engine::link::LinkEnd;
use crate::engine::{DeliveryId, Engine, Event, LinkId};

impl Engine {
    /// Settles a delivery in either direction: one from the client with its outcome, or one to the
    /// client with the outcome that the client has asked for. Neighbours with the same outcome go
    /// into one frame. Nothing happens to a delivery that is settled.
    ///
    /// # Errors
    ///
    /// The link is gone.
    pub fn settle(
        &mut self,
        link: LinkId,
        delivery: DeliveryId,
        state: DeliveryState,
    ) -> Result<(), Gone> {
        let session = self.sessions.get_mut(&link.channel).ok_or(Gone)?;
        let role = session.link(link).ok_or(Gone)?.role();
        let known = match role {
            Role::Receiver => session.inbound.unsettled.remove(&delivery.0).is_some(),
            Role::Sender => session.outbound.unsettled.remove(&delivery.0).is_some(),
        };
        if !known {
            return Ok(());
        }
        self.output
            .dispose(link.channel, role, delivery.0, true, Some(state));
        if let Some(entry) = session.link(link)
            && let LinkEnd::Sending(sending) = &mut entry.end
        {
            sending.settled();
            if let Some(available) = sending.newly_available() {
                self.events.push_back(Event::Credit { link, available });
            }
        }
        Ok(())
    }
}
