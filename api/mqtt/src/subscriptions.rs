//! What a client has subscribed to, as its connection sees it.

use std::cell::Cell;

use roost_model::{Channel, Channels};

/// What the hub has noted, and what the client has asked for.
///
/// The leader sends what it has from the moment on that it has noted a subscription. That may come
/// before its answer, and so before SUBACK, which MQTT allows (3.1.1, 3.8.4).
pub(crate) struct Subscriptions {
    noted: Cell<Channels>,
    asked: Cell<Channels>,
}

impl Subscriptions {
    /// Of a client that need not ask again for these.
    pub(crate) fn new(resumed: Channels) -> Self {
        Self {
            noted: Cell::new(resumed),
            asked: Cell::new(resumed),
        }
    }

    /// The client asks for a change.
    pub(crate) fn ask(&self, change: impl FnOnce(Channels) -> Channels) {
        self.asked.set(change(self.asked.get()));
    }

    /// The hub sends what belongs to these.
    pub(crate) fn note(&self, channels: Channels) {
        self.noted.set(channels);
    }

    /// Whether the client expects what belongs to a channel: it has subscribed, is about to, or has
    /// not heard yet that it does no more.
    pub(crate) fn has(&self, channel: Channel) -> bool {
        self.noted.get().contains(channel) || self.asked.get().contains(channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: Channel = Channel::DeviceBound;

    #[test]
    fn what_comes_before_the_hubs_answer_is_expected() {
        let subscriptions = Subscriptions::new(Channels::NONE);
        assert!(!subscriptions.has(MESSAGES));
        subscriptions.ask(|channels| channels.with(MESSAGES));
        assert!(subscriptions.has(MESSAGES));
        // The answer to an earlier packet.
        subscriptions.note(Channels::NONE.with(Channel::Methods));
        assert!(subscriptions.has(MESSAGES) && subscriptions.has(Channel::Methods));
    }

    #[test]
    fn what_comes_after_the_end_of_a_subscription_is_not_expected() {
        let subscriptions = Subscriptions::new(Channels::NONE.with(MESSAGES));
        subscriptions.ask(|channels| channels.without(MESSAGES));
        assert!(subscriptions.has(MESSAGES), "the hub may not know yet");
        subscriptions.note(Channels::NONE);
        assert!(!subscriptions.has(MESSAGES));
    }
}
