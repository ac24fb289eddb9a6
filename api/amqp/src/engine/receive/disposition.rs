//! Disposition [2.7.6].

use std::collections::BTreeMap;

use super::super::event::Event;
use super::super::id::DeliveryId;
use super::super::link::LinkEnd;
use super::super::session::{Events, Session};
use crate::codec::delivery_state::DeliveryState;
use crate::codec::performative::Disposition;
use crate::codec::{Role, SequenceNo};
use crate::engine::Engine;

impl Engine {
    pub(super) fn receive_disposition(&mut self, channel: u16, disposition: &Disposition) {
        let Some(session) = self.sessions.get_mut(&channel) else {
            return;
        };
        match disposition.role {
            Role::Receiver => {
                let known = outcomes(session, disposition, &mut self.events);
                let last = disposition.last.unwrap_or(disposition.first);
                if !known && !disposition.settled && session.outbound.has_sent(last) {
                    // A client that settles second waits for us, whether we keep track or not.
                    let answer = Disposition {
                        role: Role::Sender,
                        settled: true,
                        ..disposition.clone()
                    };
                    let _ = self.output.frame(channel, &answer);
                }
            }
            Role::Sender if disposition.settled => {
                forget(session, disposition, &mut self.events);
            }
            // The sender's state while it waits for us is nothing that the hub could use.
            Role::Sender => {}
        }
    }
}

/// The client says what became of deliveries that it received. False when none of them is known.
fn outcomes(session: &mut Session, disposition: &Disposition, events: &mut Events) -> bool {
    let deliveries = range(&session.outbound.unsettled, disposition);
    let known = !deliveries.is_empty();
    for delivery in deliveries {
        let Some(unsettled) = session.outbound.unsettled.get_mut(&delivery) else {
            continue;
        };
        if unsettled.decided && !disposition.settled {
            continue;
        }
        unsettled.decided = disposition
            .state
            .as_ref()
            .is_some_and(DeliveryState::is_outcome);
        let unsettled = *unsettled;
        let Some(link) = session.links.get_mut(&unsettled.handle) else {
            continue;
        };
        events.push_back(Event::Disposition {
            link: link.id,
            delivery: DeliveryId(delivery),
            token: unsettled.token,
            state: disposition.state.clone(),
            settled: disposition.settled,
        });
        if disposition.settled {
            session.outbound.unsettled.remove(&delivery);
            let id = link.id;
            if let LinkEnd::Sending(sending) = &mut link.end {
                sending.settled();
                if let Some(available) = sending.newly_available() {
                    events.push_back(Event::Credit {
                        link: id,
                        available,
                    });
                }
            }
        }
    }
    known
}

/// The client has forgotten deliveries that it sent.
fn forget(session: &mut Session, disposition: &Disposition, events: &mut Events) {
    for delivery in range(&session.inbound.unsettled, disposition) {
        if let Some(handle) = session.inbound.unsettled.remove(&delivery)
            && let Some(link) = session.links.get(&handle)
        {
            let (link, delivery) = (link.id, DeliveryId(delivery));
            events.push_back(Event::Forgotten { link, delivery });
        }
    }
}

/// The deliveries that are meant and known, in their order. However large the range, no more is
/// looked at than there is.
fn range<T>(known: &BTreeMap<SequenceNo, T>, disposition: &Disposition) -> Vec<SequenceNo> {
    let first = disposition.first;
    let Some(last) = disposition.last.filter(|last| *last != first) else {
        return known
            .contains_key(&first)
            .then_some(first)
            .into_iter()
            .collect();
    };
    if last.since(first) < 0 {
        return Vec::new();
    }
    if first <= last {
        return known
            .range(first..=last)
            .map(|(delivery, _)| *delivery)
            .collect();
    }
    // The numbers wrap around in between.
    let tail = known.range(first..).map(|(delivery, _)| *delivery);
    tail.chain(known.range(..=last).map(|(delivery, _)| *delivery))
        .collect()
}
