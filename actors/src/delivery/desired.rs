//! Notifications of desired properties at the device's edge: in the order of their versions, none
//! twice, none left out.
//!
//! ```text
//!  leader ── change n ──►┐                              ┌─► inbox ─► device
//!  leader ── change n+2 ─►  feed: waits for n+1 ────────┤
//!                        │     still missing after a while, no room in the inbox, another leader:
//!  leader ◄── changed since n? ── n+1, n+2 ─────────────┘
//! ```
//!
//! A leader that dies may take a notification with it. Whoever leads next is asked about all
//! subscribed sessions at once, and sends again what they have missed. What a leader no longer knows
//! by itself it sends as a whole: a device then has every property, but is not told which are gone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::Delivery;
use crate::client::ask;
use crate::context::Context;
use crate::metrics;
use crate::session::SessionSlot;
use crate::wire::{Answer, Missed, Request, TwinAnswer, TwinRequest};

/// Calls overtake each other: a change that is missing may be about to come.
const PATIENCE: Duration = Duration::from_millis(150);
/// Between questions that found no answer, and while the device does not read its socket.
const RETRY: Duration = Duration::from_millis(500);
const DEADLINE: Duration = Duration::from_secs(8);
/// Changes that may wait for those before them; one more and the leader is asked for them.
const EARLY: usize = 32;
/// Sessions that are asked about in one call.
const CHUNK: usize = 256;

/// Which notification a session gets next.
#[derive(Debug, Default)]
pub(crate) struct DesiredFeed {
    /// The version that the device is at; none while it is not subscribed.
    at: Option<u64>,
    /// Changes that are to be handed on, those before them first.
    early: BTreeMap<u64, Bytes>,
    /// What was missed and sent again; to be handed on before the changes, and instead of those up to
    /// the last of it. Versions rise, and need not do so by one.
    missed: VecDeque<(u64, Bytes)>,
    /// Something was dropped.
    lost: bool,
    /// Somebody is asking what was missed already.
    asking: bool,
}

impl DesiredFeed {
    /// Of a session that is subscribed from its start and at this version, or is not.
    pub(crate) fn new(at: Option<u64>) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// The device is subscribed, and what it can read is at least at `version`.
    pub(crate) fn subscribed(&mut self, version: u64) {
        // What came while the answer was on its way is not older than the subscription.
        let first = self
            .early
            .keys()
            .next()
            .map(|first| first.saturating_sub(1));
        self.at = Some(first.map_or(version, |first| first.min(version)));
    }

    /// The device is no longer subscribed.
    pub(crate) fn unsubscribed(&mut self) {
        self.at = None;
        self.early.clear();
        self.missed.clear();
        self.lost = false;
    }

    /// The version that a subscribed device is at.
    pub(crate) fn version(&self) -> Option<u64> {
        self.at
    }

    /// A change has come.
    fn change(&mut self, version: u64, patch: Bytes) {
        if self.at.is_some_and(|at| version <= at) {
            return;
        }
        self.early.insert(version, patch);
        if self.early.len() > EARLY {
            self.early.pop_last();
            self.lost = true;
        }
    }

    /// The leader has said what was missed; `more` when that is not all.
    fn missed(&mut self, notices: Vec<(u64, Bytes)>, more: bool) {
        self.lost = more;
        let last = |notices: Option<&(u64, Bytes)>| notices.map(|(version, _)| *version);
        let (newest, known) = (last(notices.last()), last(self.missed.back()));
        if let Some(newest) = newest.filter(|newest| self.at.max(known) < Some(*newest))
            && self.at.is_some()
        {
            // Whatever was before it is part of it.
            self.early.retain(|early, _| *early > newest);
            self.missed = notices.into();
        }
    }

    /// Hands on what is due, as long as `push` takes it. What it does not take stays due.
    fn advance(&mut self, mut push: impl FnMut(u64, Bytes) -> bool) {
        while let Some(at) = self.at
            && let Some((version, body)) = self.missed.front()
        {
            if *version > at {
                if !push(*version, body.clone()) {
                    return;
                }
                self.at = Some(*version);
            }
            self.missed.pop_front();
        }
        self.early.retain(|early, _| Some(*early) > self.at);
        while let Some(next) = self.at.map(|at| at.saturating_add(1))
            && let Some(patch) = self.early.remove(&next)
        {
            if !push(next, patch.clone()) {
                self.early.insert(next, patch);
                return;
            }
            self.at = Some(next);
        }
    }

    /// The device lacks something that is not about to be handed on.
    fn is_behind(&self) -> bool {
        self.at.is_some() && (self.lost || !self.missed.is_empty() || !self.early.is_empty())
    }
}

/// Takes in a change for a session of this node.
pub(super) fn accept(context: &Arc<Context>, slot: &Arc<SessionSlot>, version: u64, patch: Bytes) {
    slot.desired.lock().change(version, patch);
    hand_on(context, slot);
}

/// Hands on what is due, and sees to it that what is missing comes.
pub(crate) fn hand_on(context: &Arc<Context>, slot: &Arc<SessionSlot>) {
    let mut feed = slot.desired.lock();
    push_due(&mut feed, slot);
    if feed.is_behind() && !feed.asking {
        feed.asking = true;
        let task = catch_up(Arc::clone(context), Arc::clone(slot));
        context.runtime.spawn(task);
    }
}

fn push_due(feed: &mut DesiredFeed, slot: &SessionSlot) {
    feed.advance(|version, patch| {
        let delivery = Delivery::Desired { version, patch };
        slot.inbox.push(delivery).is_ok()
    });
}

/// Runs until nothing is missing any more, or the session is over.
async fn catch_up(context: Arc<Context>, slot: Arc<SessionSlot>) {
    let mut pause = PATIENCE;
    loop {
        tokio::select! {
            _ = slot.closed() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = RETRY;
        let version = {
            let mut feed = slot.desired.lock();
            push_due(&mut feed, &slot);
            if !feed.is_behind() {
                feed.asking = false;
                return;
            }
            feed.at
        };
        if let Some(version) = version {
            let known = vec![(Arc::clone(&slot), version)];
            changed(&context, slot.partition, &known).await;
        }
    }
}

/// Asks a partition's leader about all subscribed sessions of this node, until all are up to date.
pub(crate) async fn catch_up_all(context: Arc<Context>, slots: Vec<Arc<SessionSlot>>) {
    let subscribed = slots.into_iter().filter_map(|slot| {
        let version = slot.desired.lock().version()?;
        Some((slot, version))
    });
    let mut waiting: Vec<_> = subscribed.collect();
    while let Some((first, _)) = waiting.first() {
        let partition = first.partition;
        let rest = waiting.split_off(waiting.len().min(CHUNK));
        let answered = changed(&context, partition, &waiting).await;
        if answered == 0 {
            tokio::time::sleep(RETRY).await;
        }
        waiting.drain(..answered);
        waiting.extend(rest);
        waiting.retain(|(slot, _)| slot.close_reason().is_none());
    }
}

/// Asks once; gives how many of the sessions are answered for.
async fn changed(
    context: &Arc<Context>,
    partition: roost_model::PartitionId,
    sessions: &[(Arc<SessionSlot>, u64)],
) -> usize {
    let known = sessions
        .iter()
        .map(|(slot, version)| (slot.identity.clone(), slot.epoch, *version));
    let request = Request::Twin(TwinRequest::Changed(known.collect()));
    let answer = ask(context, partition, request, DEADLINE).await;
    let Ok(Answer::Twin(TwinAnswer::Changed(answers))) = answer else {
        return 0;
    };
    for ((slot, _), answer) in sessions.iter().zip(&answers) {
        let mut feed = slot.desired.lock();
        if !answer.notices.is_empty() {
            metrics::desired_caught_up();
        }
        feed.missed(take(answer), answer.more);
        push_due(&mut feed, slot);
        let behind = feed.is_behind();
        drop(feed);
        if behind {
            hand_on(context, slot);
        }
    }
    answers.len()
}

fn take(answer: &Missed) -> Vec<(u64, Bytes)> {
    let notices = answer.notices.iter();
    let notices = notices.map(|(version, body)| (*version, Bytes::copy_from_slice(body)));
    notices.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn feed(at: u64) -> DesiredFeed {
        let mut feed = DesiredFeed::default();
        feed.subscribed(at);
        feed
    }

    fn body(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    fn due(feed: &mut DesiredFeed) -> Vec<u64> {
        let mut handed = Vec::new();
        feed.advance(|version, _| {
            handed.push(version);
            true
        });
        handed
    }

    #[test]
    fn changes_are_handed_on_in_the_order_of_versions_and_once() {
        let mut feed = feed(4);
        for version in [6, 5, 6, 4, 8] {
            feed.change(version, body("x"));
        }
        assert_eq!(due(&mut feed), [5, 6]);
        assert!(feed.is_behind());
        feed.change(7, body("x"));
        assert_eq!(due(&mut feed), [7, 8]);
        assert!(!feed.is_behind());
    }

    /// The leader sends all properties, at this version.
    fn whole(feed: &mut DesiredFeed, version: u64) {
        feed.missed(vec![(version, body("all"))], false);
    }

    #[test]
    fn what_was_missed_is_handed_on_one_by_one_and_what_came_meanwhile_is_not_handed_on_twice() {
        let mut feed = feed(4);
        for version in [5, 7, 9] {
            feed.change(version, body("x"));
        }
        assert_eq!(due(&mut feed), [5]);
        let again = |version| (version, body("again"));
        feed.missed([5, 6, 7].map(again).into(), true);
        assert_eq!(due(&mut feed), [6, 7]);
        assert!(feed.is_behind(), "there is more");
        // A restored section may have gone further than by one.
        feed.missed([8, 12].map(again).into(), false);
        assert_eq!(due(&mut feed), [8, 12]);
        assert!(!feed.is_behind());
    }

    #[test]
    fn the_whole_stands_for_everything_before_it() {
        let mut feed = feed(4);
        for version in [6, 9] {
            feed.change(version, body("x"));
        }
        whole(&mut feed, 8);
        assert_eq!(due(&mut feed), [8, 9]);
        whole(&mut feed, 9);
        assert!(due(&mut feed).is_empty());
        assert!(!feed.is_behind());
    }

    #[test]
    fn what_comes_before_the_subscriptions_answer_is_not_lost() {
        let mut feed = DesiredFeed::default();
        feed.change(6, body("x"));
        feed.change(7, body("x"));
        assert!(due(&mut feed).is_empty());
        feed.subscribed(7);
        assert_eq!(due(&mut feed), [6, 7]);
        feed.unsubscribed();
        feed.change(8, body("x"));
        assert!(due(&mut feed).is_empty());
        assert!(!feed.is_behind());
    }

    #[test]
    fn what_the_inbox_does_not_take_is_asked_for() {
        let mut feed = feed(1);
        feed.change(2, body("x"));
        feed.advance(|_, _| false);
        assert_eq!(feed.version(), Some(1));
        assert!(feed.is_behind());
        whole(&mut feed, 2);
        assert_eq!(due(&mut feed), [2]);
        assert!(!feed.is_behind());
    }

    #[test]
    fn a_whole_that_the_inbox_does_not_take_is_not_replaced_by_the_last_of_its_changes() {
        let mut feed = feed(0);
        whole(&mut feed, 2);
        feed.advance(|_, _| false);
        assert_eq!(feed.version(), Some(0));
        feed.change(2, body("x"));
        let mut handed = Vec::new();
        feed.advance(|version, body| {
            handed.push((version, body));
            true
        });
        assert_eq!(handed, [(2, body("all"))]);
        assert!(!feed.is_behind());
    }

    #[test]
    fn too_many_early_ones_are_dropped_and_noticed() {
        let mut feed = feed(0);
        for version in 2..100 {
            feed.change(version, body("x"));
        }
        assert_eq!(feed.early.len(), EARLY);
        assert!(feed.is_behind());
    }

    proptest! {
        #[test]
        fn versions_never_go_back_whatever_comes(
            steps in prop::collection::vec((0u8..3, 1u64..20, any::<bool>()), 1..60)
        ) {
            let mut feed = feed(0);
            let mut last = 0;
            for (kind, version, room) in steps {
                match kind {
                    0 | 1 => feed.change(version, body("x")),
                    _ => whole(&mut feed, version),
                }
                let mut rising = true;
                feed.advance(|version, _| {
                    if room {
                        rising &= version > last;
                        last = version;
                    }
                    room
                });
                prop_assert!(rising);
                prop_assert_eq!(feed.version(), Some(last));
            }
        }
    }
}
