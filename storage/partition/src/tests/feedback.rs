//! Feedback about cloud-to-device messages.

use std::time::Duration;

use roost_model::limits::FEEDBACK_BATCH_RECORDS;
use roost_model::{Acknowledge, FeedbackStatus, LockToken, Precondition, Settlement};

use super::support::queues::{HOLD, NOBODY, limits, message, token};
use super::support::{Replica, id};
use crate::{DeleteIdentity, QueueLimits, Rejection};

const WAIT: Duration = Duration::from_secs(15);

/// A device that has completed so many messages.
fn completed(count: usize) -> Replica {
    let mut replica = Replica::new();
    replica.create("dev");
    for number in 0..count {
        complete(&mut replica, &number.to_string());
    }
    replica
}

fn complete(replica: &mut Replica, body: &str) {
    replica.enqueue("dev", body);
    let token = replica.receive("dev");
    replica.settle("dev", token, Settlement::Complete).unwrap();
}

#[test]
fn senders_hear_about_the_outcomes_that_they_asked_for() {
    let mut replica = Replica::new();
    replica.create("dev");
    for acknowledge in Acknowledge::ALL {
        for how in [Settlement::Complete, Settlement::Reject] {
            let content = roost_model::Event::default();
            let command =
                crate::EnqueueMessage::new(id("dev"), &content, acknowledge, None, limits());
            replica.enqueue_with(command);
            let locked = replica.lock("dev", NOBODY, 1);
            replica.settle("dev", token(&locked, 0), how).unwrap();
        }
    }
    let (_, batch) = replica.feedback(Duration::ZERO).unwrap();
    let told: Vec<_> = batch.records.iter().map(|record| record.status).collect();
    let (success, rejected) = (FeedbackStatus::Success, FeedbackStatus::Rejected);
    assert_eq!(told, [success, rejected, success, rejected]);
    assert_eq!(batch.records[0].original_message_id, None);
    replica.assert_sound();
}

#[test]
fn feedback_waits_for_company_but_not_for_ever() {
    let mut replica = completed(2);
    assert_eq!(replica.feedback(WAIT), None);
    replica.now.0 += 15_000;
    assert!(replica.reader().has_feedback(replica.now, WAIT).unwrap());
    let (_, batch) = replica.feedback(WAIT).unwrap();
    assert_eq!(batch.records.len(), 2);
    assert!(!replica.reader().has_feedback(replica.now, WAIT).unwrap());
    assert_eq!(replica.feedback(WAIT), None);
    replica.assert_sound();
}

#[test]
fn sixty_four_records_are_a_batch_at_once_and_one_more_is_not_in_it() {
    let mut replica = completed(FEEDBACK_BATCH_RECORDS - 1);
    assert_eq!(replica.feedback(WAIT), None);
    complete(&mut replica, "64th");
    complete(&mut replica, "65th");
    let (_, batch) = replica.feedback(WAIT).unwrap();
    assert_eq!(batch.records.len(), FEEDBACK_BATCH_RECORDS);
    assert_eq!(replica.feedback(WAIT), None);
    assert_eq!(replica.reader().queue_statistics().feedback, 1);
    replica.assert_sound();
}

#[test]
fn a_batch_that_is_not_settled_in_time_is_given_to_the_next_receiver() {
    let mut replica = completed(1);
    let (first, _) = replica.feedback(Duration::ZERO).unwrap();
    assert_eq!(replica.feedback(Duration::ZERO), None);
    replica.now.0 += HOLD;
    let (second, batch) = replica.feedback(Duration::ZERO).unwrap();
    assert_eq!(batch.records.len(), 1);
    assert_ne!(first, second);
    assert_eq!(second.tag(), super::support::PARTITION.get());
    let late = replica.settle_feedback(first, Settlement::Complete);
    assert_eq!(late, Err(Rejection::LockLost));
    replica
        .settle_feedback(second, Settlement::Complete)
        .unwrap();
    let unknown = replica.settle_feedback(LockToken::new(99, 0, 1), Settlement::Complete);
    assert_eq!(unknown, Err(Rejection::LockLost));
    replica.assert_sound();
}

#[test]
fn a_batch_that_is_abandoned_too_often_is_dropped() {
    let mut replica = completed(1);
    let deliveries = QueueLimits::default().feedback_deliveries;
    for _ in 0..deliveries {
        let (token, _) = replica.feedback(Duration::ZERO).unwrap();
        replica.settle_feedback(token, Settlement::Abandon).unwrap();
        replica.assert_sound();
    }
    assert_eq!(replica.feedback(Duration::ZERO), None);
}

#[test]
fn feedback_that_nobody_reads_goes() {
    let mut replica = completed(3);
    replica.feedback(Duration::ZERO).unwrap();
    complete(&mut replica, "late");
    let ttl = QueueLimits::default().feedback_ttl;
    assert!(
        !replica
            .reader()
            .has_expired_feedback(replica.now, ttl)
            .unwrap()
    );
    replica.now.0 += 3_600_000;
    assert!(
        replica
            .reader()
            .has_expired_feedback(replica.now, ttl)
            .unwrap()
    );
    assert_eq!(replica.sweep().feedback, 2);
    assert_eq!(replica.feedback(Duration::ZERO), None);
    replica.assert_sound();
}

#[test]
fn the_oldest_feedback_makes_room_for_the_newest() {
    let mut replica = completed(102);
    assert_eq!(replica.reader().queue_statistics().feedback, 100);
    assert_eq!(replica.told()[0].0, "2");
    replica.assert_sound();
}

#[test]
fn feedback_about_a_deleted_device_is_dropped_also_from_a_batch() {
    let mut replica = completed(1);
    let (token, _) = replica.feedback(Duration::ZERO).unwrap();
    replica.settle_feedback(token, Settlement::Abandon).unwrap();
    complete(&mut replica, "not in a batch");
    replica.run(DeleteIdentity {
        identity: id("dev"),
        precondition: Precondition::None,
    });
    replica.create("dev");
    assert_eq!(replica.feedback(Duration::ZERO), None);
    replica.enqueue_with(message("dev", "new"));
    replica.assert_sound();
}
