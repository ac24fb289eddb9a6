//! The life of a message, as a table and against a model.

use proptest::prelude::*;

use super::*;
use crate::id::{ConnectionEpoch, Generation, Identity};
use crate::time::Timestamp;

const MAX_DELIVERIES: u8 = 3;
const SESSION: ConnectionEpoch = ConnectionEpoch(7);
const NEWER: ConnectionEpoch = ConnectionEpoch(8);
const NOBODY: ConnectionEpoch = ConnectionEpoch(0);

fn message(expires_at: u64) -> QueuedMessage {
    QueuedMessage {
        generation: Generation(1),
        enqueued_at: Timestamp(0),
        expires_at: Timestamp(expires_at),
        delivery_count: 0,
        acknowledge: Acknowledge::Full,
        message_id: Some("m".into()),
        was_delivered: false,
        lock: None,
    }
}

fn lock(seed: u64, until: u64, receiver: ConnectionEpoch) -> Lock {
    Lock {
        token: LockToken::new(1, 0, seed),
        until: Timestamp(until),
        receiver,
    }
}

fn locked(expires_at: u64, lock: Lock) -> QueuedMessage {
    let mut message = message(expires_at);
    assert!(!message.hand_out(lock));
    message
}

#[test]
fn a_message_is_available_by_the_table() {
    use Availability::{Expired, Held, Ready};
    let (here, gone) = (Some(SESSION), None);
    let table = [
        ("waits", message(100), 99, gone, Ready),
        ("waits at its end", message(100), 100, gone, Expired),
        (
            "held by the session",
            locked(100, lock(1, 50, SESSION)),
            49,
            here,
            Held,
        ),
        (
            "held past its end",
            locked(40, lock(1, 50, SESSION)),
            45,
            here,
            Held,
        ),
        (
            "its lock lapses",
            locked(100, lock(1, 50, SESSION)),
            50,
            here,
            Ready,
        ),
        (
            "lapses past its end",
            locked(40, lock(1, 50, SESSION)),
            50,
            here,
            Expired,
        ),
        (
            "its session is over",
            locked(100, lock(1, 50, SESSION)),
            10,
            gone,
            Ready,
        ),
        (
            "its session is replaced",
            locked(100, lock(1, 50, SESSION)),
            10,
            Some(NEWER),
            Ready,
        ),
        (
            "over, past its end",
            locked(10, lock(1, 50, SESSION)),
            10,
            gone,
            Expired,
        ),
        (
            "held by a request",
            locked(100, lock(1, 50, NOBODY)),
            49,
            gone,
            Held,
        ),
        (
            "held by a request, session",
            locked(100, lock(1, 50, NOBODY)),
            49,
            here,
            Held,
        ),
        (
            "a request's lock lapses",
            locked(100, lock(1, 50, NOBODY)),
            50,
            gone,
            Ready,
        ),
    ];
    for (what, message, at, current, expected) in table {
        assert_eq!(
            message.availability(Timestamp(at), current),
            expected,
            "{what}"
        );
    }
}

#[test]
fn a_settlement_ends_by_the_table() {
    use DeadLetterReason::{DeliveryCountExceeded, Rejected};
    let held = lock(1, 50, SESSION);
    let (right, wrong) = (held.token, LockToken::new(1, 0, 2));
    let table = [
        (
            "complete",
            right,
            Settlement::Complete,
            49,
            0,
            Ok(Fate::Completed),
        ),
        (
            "complete late",
            right,
            Settlement::Complete,
            50,
            0,
            Err(LockLost),
        ),
        (
            "another's",
            wrong,
            Settlement::Complete,
            10,
            0,
            Err(LockLost),
        ),
        (
            "reject",
            right,
            Settlement::Reject,
            49,
            0,
            Ok(Fate::DeadLettered(Rejected)),
        ),
        (
            "reject late",
            right,
            Settlement::Reject,
            50,
            0,
            Err(LockLost),
        ),
        (
            "abandon",
            right,
            Settlement::Abandon,
            49,
            0,
            Ok(Fate::Requeued),
        ),
        (
            "abandon once more",
            right,
            Settlement::Abandon,
            49,
            1,
            Ok(Fate::Requeued),
        ),
        (
            "abandon at the limit",
            right,
            Settlement::Abandon,
            49,
            2,
            Ok(Fate::DeadLettered(DeliveryCountExceeded)),
        ),
        (
            "abandon late",
            right,
            Settlement::Abandon,
            50,
            0,
            Err(LockLost),
        ),
    ];
    for (what, token, how, at, before, expected) in table {
        let mut message = locked(1000, held);
        message.delivery_count = before;
        let was = message.clone();
        let fate = message.settle(token, how, Timestamp(at), MAX_DELIVERIES);
        assert_eq!(fate, expected, "{what}");
        if fate.is_err() {
            assert_eq!(message, was, "{what}");
        }
        let counted = how == Settlement::Abandon && fate.is_ok();
        assert_eq!(message.delivery_count, before + u8::from(counted), "{what}");
    }
}

#[test]
fn a_message_that_nobody_holds_cannot_be_settled() {
    let token = LockToken::new(1, 0, 1);
    for how in [
        Settlement::Complete,
        Settlement::Abandon,
        Settlement::Reject,
    ] {
        let settled = message(100).settle(token, how, Timestamp(1), MAX_DELIVERIES);
        assert_eq!(settled, Err(LockLost));
    }
}

#[test]
fn only_the_first_delivery_is_not_a_repetition() {
    let mut message = message(100);
    assert!(!message.hand_out(lock(1, 10, NOBODY)));
    assert!(message.hand_out(lock(2, 20, NOBODY)));
    let late = message.settle(
        LockToken::new(1, 0, 1),
        Settlement::Complete,
        Timestamp(5),
        9,
    );
    assert_eq!(late, Err(LockLost));
}

#[test]
fn feedback_tells_the_senders_name_for_the_message_and_its_outcome() {
    let identity: Identity = "d".parse().unwrap();
    for status in FeedbackStatus::ALL {
        let record = message(1)
            .feedback(&identity, status, Timestamp(5))
            .unwrap();
        assert_eq!(record.original_message_id.as_deref(), Some("m"));
        assert_eq!((record.status, record.at), (status, Timestamp(5)));
        let mut silent = message(1);
        silent.acknowledge = Acknowledge::None;
        assert_eq!(silent.feedback(&identity, status, Timestamp(5)), None);
    }
    assert!(
        DeadLetterReason::ALL
            .iter()
            .all(|reason| reason.status() != FeedbackStatus::Success)
    );
}

#[test]
fn a_batch_of_feedback_is_given_up_when_it_was_abandoned_too_often() {
    let held = lock(1, 50, NOBODY);
    let mut batch = FeedbackBatch {
        at: Timestamp(0),
        expires_at: Timestamp(100),
        delivery_count: 0,
        lock: None,
        records: Vec::new(),
    };
    assert!(batch.is_available(Timestamp(99)) && !batch.is_available(Timestamp(100)));
    for last in [false, false, true] {
        batch.lock = Some(held);
        assert!(!batch.is_available(Timestamp(49)) && batch.is_available(Timestamp(50)));
        let fate = batch.settle(
            held.token,
            Settlement::Abandon,
            Timestamp(1),
            MAX_DELIVERIES,
        );
        let expected = if last {
            BatchFate::Dropped
        } else {
            BatchFate::Kept
        };
        assert_eq!(fate, Ok(expected));
    }
    batch.lock = Some(held);
    let late = batch.settle(
        held.token,
        Settlement::Complete,
        Timestamp(50),
        MAX_DELIVERIES,
    );
    assert_eq!(late, Err(LockLost));
    let done = batch.settle(
        held.token,
        Settlement::Complete,
        Timestamp(49),
        MAX_DELIVERIES,
    );
    assert_eq!(done, Ok(BatchFate::Dropped));
}

/// What may happen to a message.
#[derive(Debug, Clone, Copy)]
enum Step {
    Wait(u8),
    Receive { by_session: bool, seconds: u8 },
    Settle { how: Settlement, stale: bool },
    Reconnect,
    Disconnect,
}

fn step() -> impl Strategy<Value = Step> {
    let how = prop_oneof![
        Just(Settlement::Complete),
        Just(Settlement::Abandon),
        Just(Settlement::Reject)
    ];
    prop_oneof![
        (0u8..40).prop_map(Step::Wait),
        (any::<bool>(), 1u8..60).prop_map(|(by_session, seconds)| Step::Receive {
            by_session,
            seconds
        }),
        (how, prop::bool::weighted(0.2)).prop_map(|(how, stale)| Step::Settle { how, stale }),
        Just(Step::Reconnect),
        Just(Step::Disconnect),
    ]
}

/// The rules in other words: who was promised the message, until when, by whom it is still there.
#[derive(Debug, Default)]
struct Model {
    promised: Option<(u64, u64)>,
    by: Option<u64>,
    abandoned: u8,
}

proptest! {
    #[test]
    fn a_message_behaves_as_its_model(expires in 1u64..200, steps in prop::collection::vec(step(), 0..40)) {
        let (mut message, mut model) = (message(expires), Model::default());
        let (mut at, mut session, mut seed) = (0u64, Some(1u64), 0u64);
        for step in steps {
            let current = session.map(ConnectionEpoch);
            match step {
                Step::Wait(time) => at += u64::from(time),
                Step::Reconnect => session = Some(session.unwrap_or(1) + 1 + seed),
                Step::Disconnect => session = None,
                Step::Receive { by_session, seconds } => {
                    let held = model.promised.is_some_and(|(_, until)| at < until)
                        && (model.by.is_none() || model.by == session);
                    let expected = if held {
                        Availability::Held
                    } else if at >= expires {
                        Availability::Expired
                    } else {
                        Availability::Ready
                    };
                    prop_assert_eq!(message.availability(Timestamp(at), current), expected);
                    let receiver = if by_session { session } else { None };
                    if expected == Availability::Ready && (!by_session || session.is_some()) {
                        seed += 1;
                        let until = at + u64::from(seconds);
                        let epoch = ConnectionEpoch(receiver.unwrap_or(0));
                        prop_assert_eq!(message.hand_out(lock(seed, until, epoch)), seed > 1);
                        (model.promised, model.by) = (Some((seed, until)), receiver);
                    }
                }
                Step::Settle { how, stale } => {
                    let token = LockToken::new(1, 0, if stale { seed + 100 } else { seed });
                    let allowed = !stale && model.promised.is_some_and(|(_, until)| at < until);
                    let fate = message.settle(token, how, Timestamp(at), MAX_DELIVERIES);
                    prop_assert_eq!(fate.is_ok(), allowed);
                    let Ok(fate) = fate else { continue };
                    if how == Settlement::Abandon {
                        model.promised = None;
                        model.abandoned += 1;
                    }
                    prop_assert_eq!(message.delivery_count, model.abandoned);
                    let again = how == Settlement::Abandon && model.abandoned < MAX_DELIVERIES;
                    prop_assert_eq!(fate == Fate::Requeued, again);
                    if !again {
                        return Ok(());
                    }
                }
            }
        }
    }
}
