//! Cloud-to-device messages.

use std::time::Duration;

use bytes::Bytes;
use roost_model::queue::Fate;
use roost_model::{
    Acknowledge, DeadLetterReason, ErrorCode, Event, FeedbackStatus, Precondition, Settlement,
    Timestamp,
};

use super::support::queues::{HOLD, NOBODY, hold, limits, message, token};
use super::support::{Replica, id};
use crate::{
    DeleteDeadLetters, DeleteIdentity, DetachReason, EnqueueMessage, QueueLimits, QueueOutcome,
    QueueStatistics, Rejection, ResubmitDeadLetter,
};

fn with_device() -> Replica {
    let mut replica = Replica::new();
    replica.create("dev");
    replica
}

#[test]
fn messages_are_received_in_the_order_in_which_they_were_sent() {
    let mut replica = with_device();
    for body in ["a", "b", "c"] {
        replica.enqueue("dev", body);
    }
    let first = replica.lock("dev", NOBODY, 2);
    assert_eq!(first.messages.len(), 2);
    assert!(first.more);
    assert!(first.messages[0].0 < first.messages[1].0);
    let second = replica.lock("dev", NOBODY, 2);
    assert_eq!(second.messages.len(), 1);
    assert!(!second.more);
    assert_eq!(replica.lock("dev", NOBODY, 2).messages, []);
    assert_eq!(replica.waiting("dev"), ["a", "b", "c"]);
    assert_eq!(replica.reader().queue_depth(&id("dev")).unwrap(), 3);
    replica.assert_sound();
}

#[test]
fn a_completed_message_is_gone_and_its_sender_hears_of_it() {
    let mut replica = with_device();
    replica.enqueue("dev", "a");
    let token = replica.receive("dev");
    let fate = replica.settle("dev", token, Settlement::Complete);
    assert_eq!(fate, Ok(Fate::Completed));
    let again = replica.settle("dev", token, Settlement::Complete);
    assert_eq!(again, Err(Rejection::LockLost));
    assert_eq!(Rejection::LockLost.code().number(), 412_002);
    assert_eq!(replica.waiting("dev"), [] as [&str; 0]);
    assert_eq!(replica.told(), [("a".to_owned(), FeedbackStatus::Success)]);
    assert_eq!(
        replica.reader().queue_statistics(),
        QueueStatistics::default()
    );
    replica.assert_sound();
}

#[test]
fn as_many_messages_wait_as_may_and_one_more_is_refused() {
    let mut replica = with_device();
    for body in ["a", "b", "c", "d"] {
        replica.enqueue("dev", body);
    }
    assert_eq!(replica.reject(message("dev", "e")), Rejection::QueueFull);
    assert_eq!(
        Rejection::QueueFull.code(),
        ErrorCode::DeviceMaximumQueueDepthExceeded
    );
    // What the device holds counts until it is settled.
    let token = replica.receive("dev");
    assert_eq!(replica.reject(message("dev", "e")), Rejection::QueueFull);
    replica.settle("dev", token, Settlement::Complete).unwrap();
    assert_eq!(replica.enqueue("dev", "e").depth, 4);
    replica.assert_sound();
}

#[test]
fn a_message_is_as_large_and_waits_as_long_as_it_may_and_no_more() {
    let mut replica = with_device();
    let limits = QueueLimits::default();
    let sized = |bytes: usize| {
        let content = Event {
            properties: vec![("name".into(), Some("value".into()))],
            body: Bytes::from(vec![b'x'; bytes - 9]),
            ..Event::default()
        };
        EnqueueMessage::new(id("dev"), &content, Acknowledge::None, None, limits)
    };
    replica.enqueue_with(sized(65_536));
    assert_eq!(replica.reject(sized(65_537)), Rejection::MessageTooLarge);
    let waiting = |replica: &Replica, past: u64| {
        let mut command = message("dev", "m");
        // The entry's time will be one later.
        let latest = Timestamp(replica.now.0 + 1).saturating_add(limits.max_ttl);
        command.expires_at = Some(Timestamp(latest.0 + past));
        command
    };
    let longest = waiting(&replica, 0);
    replica.enqueue_with(longest);
    let too_long = waiting(&replica, 1);
    assert_eq!(replica.reject(too_long), Rejection::InvalidExpiry);
    assert_eq!(Rejection::InvalidExpiry.code().number(), 403_009);
    let by_default = replica.enqueue("dev", "default");
    let expected = replica.now.saturating_add(Duration::from_secs(3600));
    assert_eq!(by_default.message.expires_at, expected);
    replica.assert_sound();
}

#[test]
fn a_message_to_nobody_is_refused() {
    let mut replica = with_device();
    assert_eq!(
        replica.reject(message("nobody", "a")),
        Rejection::DeviceNotFound
    );
    assert_eq!(
        replica.reject(message("dev/mod", "a")),
        Rejection::ModuleNotFound
    );
}

#[test]
fn a_lock_lapses_without_counting_and_the_message_is_delivered_again() {
    let mut replica = with_device();
    replica.enqueue("dev", "a");
    let late = replica.receive("dev");
    replica.now.0 += HOLD - 2;
    assert_eq!(replica.lock("dev", NOBODY, 1).messages, []);
    let again = replica.lock("dev", NOBODY, 1);
    let (_, message) = &again.messages[0];
    assert!(message.was_delivered);
    assert_eq!(message.delivery_count, 0);
    let refused = replica.settle("dev", late, Settlement::Complete);
    assert_eq!(refused, Err(Rejection::LockLost));
    let fate = replica.settle("dev", token(&again, 0), Settlement::Complete);
    assert_eq!(fate, Ok(Fate::Completed));
}

#[test]
fn a_message_that_is_abandoned_too_often_becomes_a_dead_letter() {
    let mut replica = with_device();
    replica.enqueue("dev", "a");
    for count in 0..3 {
        let locked = replica.lock("dev", NOBODY, 1);
        assert_eq!(locked.messages[0].1.delivery_count, count);
        let fate = replica.settle("dev", token(&locked, 0), Settlement::Abandon);
        let expected = if count < 2 {
            Fate::Requeued
        } else {
            Fate::DeadLettered(DeadLetterReason::DeliveryCountExceeded)
        };
        assert_eq!(fate, Ok(expected));
    }
    assert_eq!(replica.lock("dev", NOBODY, 1).messages, []);
    let told = [("a".to_owned(), FeedbackStatus::DeliveryCountExceeded)];
    assert_eq!(replica.letters("dev"), told);
    assert_eq!(replica.told(), told);
    replica.assert_sound();
}

#[test]
fn a_rejected_message_becomes_a_dead_letter_and_can_be_sent_again() {
    let mut replica = with_device();
    let sequence = replica.enqueue("dev", "a").sequence;
    let token = replica.receive("dev");
    replica.settle("dev", token, Settlement::Reject).unwrap();
    let rejected = [("a".to_owned(), FeedbackStatus::Rejected)];
    assert_eq!(replica.letters("dev"), rejected);
    let resubmit = |sequence| ResubmitDeadLetter {
        identity: id("dev"),
        sequence,
        limits: limits(),
    };
    let nothing = replica.queue_outcome(resubmit(sequence + 1));
    assert_eq!(nothing, QueueOutcome::DeadLetters(0));
    let one = replica.queue_outcome(resubmit(sequence));
    assert_eq!(one, QueueOutcome::DeadLetters(1));
    replica.assert_sound();
    assert_eq!(replica.waiting("dev"), ["a"]);
    assert_eq!(replica.letters("dev"), []);
    let token = replica.receive("dev");
    replica.settle("dev", token, Settlement::Complete).unwrap();
    replica.assert_sound();
}

#[test]
fn the_oldest_dead_letter_makes_room_for_the_newest() {
    let mut replica = with_device();
    for body in ["a", "b", "c"] {
        replica.enqueue("dev", body);
        let token = replica.receive("dev");
        replica.settle("dev", token, Settlement::Reject).unwrap();
    }
    let letters = replica.letters("dev");
    let bodies: Vec<_> = letters.iter().map(|(body, _)| body.as_str()).collect();
    assert_eq!(bodies, ["b", "c"]);
    replica.assert_sound();
    let first = replica
        .reader()
        .dead_letters(&id("dev"), None, 1, 1)
        .unwrap();
    let forget = |sequence| DeleteDeadLetters {
        identity: id("dev"),
        sequence,
    };
    let one = replica.queue_outcome(forget(Some(first[0].sequence)));
    assert_eq!(one, QueueOutcome::DeadLetters(1));
    let rest = replica.queue_outcome(forget(None));
    assert_eq!(rest, QueueOutcome::DeadLetters(1));
    assert_eq!(
        replica.queue_outcome(forget(None)),
        QueueOutcome::DeadLetters(0)
    );
    assert_eq!(replica.reader().queue_statistics().dead_letters, 0);
    replica.assert_sound();
}

#[test]
fn what_has_expired_is_not_delivered_but_told() {
    let mut replica = with_device();
    let mut soon = message("dev", "soon");
    soon.expires_at = Some(Timestamp(replica.now.0 + 10));
    replica.enqueue_with(soon);
    replica.enqueue("dev", "later");
    replica.now.0 += 6;
    assert_eq!(replica.sweep().messages, 0);
    assert!(
        !replica
            .reader()
            .has_expired(Timestamp::NEVER, replica.now)
            .unwrap()
    );
    // Not swept yet, and still nobody gets it.
    let locked = replica.lock("dev", NOBODY, 2);
    let expected = [("soon".to_owned(), FeedbackStatus::Expired)];
    assert_eq!(locked.messages.len(), 1);
    assert_eq!(replica.letters("dev"), expected);
    assert_eq!(replica.told(), expected);
    assert_eq!(replica.sweep().messages, 0);
    replica.assert_sound();
}

#[test]
fn a_sweep_gives_up_what_is_due_and_not_what_is_held() {
    let mut replica = with_device();
    replica.create("other");
    let until = replica.now.0 + 100;
    for (name, body) in [("dev", "held"), ("dev", "a"), ("other", "b")] {
        let mut command = message(name, body);
        command.expires_at = Some(Timestamp(until));
        replica.enqueue_with(command);
    }
    let token = replica.receive("dev");
    replica.now.0 = until;
    assert!(
        replica
            .reader()
            .has_expired(Timestamp::NEVER, replica.now)
            .unwrap()
    );
    let swept = replica.sweep_some(1);
    assert_eq!((swept.messages, swept.more), (1, true));
    assert_eq!(replica.sweep_some(5).messages, 1);
    assert_eq!(
        replica.letters("dev").len() + replica.letters("other").len(),
        2
    );
    replica.assert_sound();
    // Who holds it in time has processed it.
    let fate = replica.settle("dev", token, Settlement::Complete);
    assert_eq!(fate, Ok(Fate::Completed));
    replica.assert_sound();
}

#[test]
fn a_message_that_has_expired_when_it_comes_is_given_up_at_once() {
    let mut replica = with_device();
    let epoch = replica.attach("dev").epoch;
    let mut late = message("dev", "late");
    late.expires_at = Some(Timestamp(1));
    late.hold = Some(hold(epoch, 1));
    let message = replica.enqueue_with(late).message;
    assert_eq!((message.lock, message.expires_at), (None, replica.now));
    assert_eq!(replica.lock("dev", epoch, 1).messages, []);
    assert_eq!(
        replica.told(),
        [("late".to_owned(), FeedbackStatus::Expired)]
    );
}

#[test]
fn a_purge_takes_what_waits_and_leaves_what_is_held() {
    let mut replica = with_device();
    for body in ["a", "b", "c", "d"] {
        replica.enqueue("dev", body);
    }
    let token = replica.receive("dev");
    let purged = replica.purge("dev", 2);
    assert_eq!((purged.count, purged.more), (2, true));
    let purged = replica.purge("dev", 2);
    assert_eq!((purged.count, purged.more), (1, false));
    assert_eq!(replica.purge("dev", 2).count, 0);
    assert_eq!(replica.waiting("dev"), ["a"]);
    replica.settle("dev", token, Settlement::Complete).unwrap();
    assert_eq!(replica.purge("dev", 2).count, 0);
    let told = replica.told();
    let purged = told
        .iter()
        .filter(|(_, status)| *status == FeedbackStatus::Purged);
    assert_eq!((purged.count(), told.len()), (3, 4));
    assert_eq!(replica.letters("dev"), []);
    replica.assert_sound();
}

#[test]
fn a_message_is_locked_for_the_waiting_session_in_the_write_that_stores_it() {
    let mut replica = with_device();
    let epoch = replica.attach("dev").epoch;
    let mut command = message("dev", "a");
    command.hold = Some(hold(epoch, 9));
    let enqueued = replica.enqueue_with(command.clone());
    let lock = enqueued.message.lock.unwrap();
    assert_eq!(lock.token.sequence(), enqueued.sequence);
    let held = replica
        .reader()
        .held_by(&id("dev"), epoch, replica.now, 10)
        .unwrap();
    assert_eq!(held, [(enqueued.sequence, enqueued.message)]);
    // The session is another one now: nobody holds what comes.
    replica.attach("dev");
    assert_eq!(replica.enqueue_with(command).message.lock, None);
    replica.assert_sound();
}

#[test]
fn what_a_lost_session_held_goes_to_the_next_one_at_once() {
    let mut replica = with_device();
    let first = replica.attach("dev").epoch;
    replica.enqueue("dev", "a");
    let locked = replica.lock("dev", first, 8);
    replica.detach("dev", DetachReason::Lost);
    assert_eq!(replica.lock("dev", first, 8).messages, []);
    let second = replica.attach("dev").epoch;
    let again = replica.lock("dev", second, 8);
    assert!(again.messages[0].1.was_delivered);
    let stale = replica.settle("dev", token(&locked, 0), Settlement::Complete);
    assert_eq!(stale, Err(Rejection::LockLost));
    let fate = replica.settle("dev", token(&again, 0), Settlement::Complete);
    assert_eq!(fate, Ok(Fate::Completed));
}

#[test]
fn what_a_lost_session_acknowledged_late_is_completed_if_nobody_else_has_it() {
    let mut replica = with_device();
    let epoch = replica.attach("dev").epoch;
    replica.enqueue("dev", "a");
    let locked = replica.lock("dev", epoch, 8);
    replica.detach("dev", DetachReason::Clean);
    let fate = replica.settle("dev", token(&locked, 0), Settlement::Complete);
    assert_eq!(fate, Ok(Fate::Completed));
}

#[test]
fn a_deleted_device_takes_its_queue_with_it_and_a_new_one_sees_nothing_of_it() {
    let mut replica = with_device();
    replica.create("dev/mod");
    replica.enqueue("dev", "rejected");
    let token = replica.receive("dev");
    replica.settle("dev", token, Settlement::Reject).unwrap();
    replica.enqueue("dev", "held");
    let token = replica.receive("dev");
    replica.enqueue("dev", "waits");
    replica.enqueue("dev/mod", "waits");
    // In one entry, so that what is written and not stored yet is found, too.
    let delete = DeleteIdentity {
        identity: id("dev"),
        precondition: Precondition::None,
    };
    replica.propose(vec![
        message("dev", "newest").into(),
        delete.into(),
        super::support::create("dev").into(),
    ]);
    assert_eq!(replica.waiting("dev"), [] as [&str; 0]);
    assert_eq!(replica.letters("dev"), []);
    assert_eq!(replica.told(), []);
    let stale = replica.settle("dev", token, Settlement::Complete);
    assert_eq!(stale, Err(Rejection::LockLost));
    assert_eq!(replica.reader().queue_statistics().queued, 0);
    replica.assert_sound();
}

#[test]
fn a_page_of_a_queue_goes_on_where_the_last_one_ended() {
    let mut replica = with_device();
    for body in ["a", "b", "c"] {
        replica.enqueue("dev", body);
    }
    let reader = replica.reader();
    let page = reader.queue(&id("dev"), None, 2, usize::MAX).unwrap();
    assert_eq!(page.len(), 2);
    let rest = reader
        .queue(&id("dev"), Some(page[1].sequence), 2, 1)
        .unwrap();
    assert_eq!(&rest[0].content.body[..], b"c");
    let content = reader
        .message_content(&id("dev"), rest[0].sequence)
        .unwrap();
    assert_eq!(content.unwrap(), rest[0].content);
    assert_eq!(reader.message_content(&id("dev"), 999).unwrap(), None);
}
