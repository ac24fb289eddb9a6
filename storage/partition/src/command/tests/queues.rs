use std::time::Duration;

use bytes::Bytes;
use roost_model::{
    Acknowledge, ConnectionEpoch, Event, LockToken, Settlement, SystemProperty, Timestamp,
};

use crate::Command;
use crate::op::{
    DeleteDeadLetters, EnqueueMessage, Hold, LockFeedback, LockMessages, PurgeQueue, QueueLimits,
    ResubmitDeadLetter, SettleFeedback, SettleMessage, SweepQueues,
};

/// One command of each kind, with every field set.
pub(super) fn commands() -> Vec<Command> {
    let identity: roost_model::Identity = "d/m".parse().unwrap();
    let seconds = Duration::from_secs;
    let limits = QueueLimits {
        messages: 1,
        message_bytes: 2,
        ttl: seconds(3),
        max_ttl: seconds(4),
        deliveries: 5,
        dead_letters: 6,
        feedback_ttl: seconds(7),
        feedback_deliveries: 8,
        feedback_records: 9,
    };
    let hold = Hold {
        receiver: ConnectionEpoch(12),
        duration: seconds(60),
        seed: 300,
    };
    let token = LockToken::new(1, 2, 3);
    let content = Event {
        system: vec![(SystemProperty::MessageId, "i".into())],
        properties: vec![("k".into(), None)],
        body: Bytes::from_static(b"go"),
    };
    let expires_at = Some(Timestamp(77));
    let mut enqueue = EnqueueMessage::new(
        identity.clone(),
        &content,
        Acknowledge::Full,
        expires_at,
        limits,
    );
    enqueue.hold = Some(hold);
    vec![
        enqueue.into(),
        LockMessages {
            identity: identity.clone(),
            hold,
            most: 8,
            limits,
        }
        .into(),
        SettleMessage {
            identity: identity.clone(),
            token,
            how: Settlement::Reject,
            limits,
        }
        .into(),
        SweepQueues {
            from: Timestamp(9),
            most: 8,
            limits,
        }
        .into(),
        PurgeQueue {
            identity: identity.clone(),
            most: 8,
            limits,
        }
        .into(),
        DeleteDeadLetters {
            identity: identity.clone(),
            sequence: Some(5),
        }
        .into(),
        ResubmitDeadLetter {
            identity,
            sequence: 5,
            limits,
        }
        .into(),
        LockFeedback {
            seed: 300,
            duration: seconds(60),
            wait: seconds(15),
            limits,
        }
        .into(),
        SettleFeedback {
            token,
            how: Settlement::Abandon,
            limits,
        }
        .into(),
    ]
}
