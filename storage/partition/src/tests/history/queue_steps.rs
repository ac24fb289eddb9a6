//! Steps that change queues.

use std::time::Duration;

use proptest::prelude::*;
use roost_model::{Acknowledge, ConnectionEpoch, LockToken, Settlement, Timestamp};

use crate::tests::support::queues::{NOBODY, limits, message};
use crate::tests::support::{Replica, id};
use crate::{
    Command, DeleteDeadLetters, Hold, LockFeedback, LockMessages, PurgeQueue, ResubmitDeadLetter,
    SettleFeedback, SettleMessage, SweepQueues,
};

#[derive(Debug, Clone)]
pub(in crate::tests) enum QueueStep {
    Enqueue {
        who: usize,
        acknowledge: usize,
        expires: Option<u64>,
        hold: bool,
    },
    Lock {
        who: usize,
        by_session: bool,
        most: u32,
        millis: u64,
    },
    Settle {
        who: usize,
        how: usize,
        stale: bool,
    },
    Sweep(u32),
    Purge {
        who: usize,
        most: u32,
    },
    Forget {
        who: usize,
        all: bool,
    },
    Resubmit {
        who: usize,
    },
    LockFeedback {
        wait: bool,
    },
    SettleFeedback {
        how: usize,
    },
}

const HOW: [Settlement; 3] = [
    Settlement::Complete,
    Settlement::Abandon,
    Settlement::Reject,
];
const SEED: u64 = 5;

pub(super) fn step(names: usize) -> impl Strategy<Value = QueueStep> {
    let who = move || 0..names;
    prop_oneof![
        6 => (who(), 0usize..4, prop::option::of(0u64..200), any::<bool>()).prop_map(
            |(who, acknowledge, expires, hold)| QueueStep::Enqueue { who, acknowledge, expires, hold }
        ),
        5 => (who(), any::<bool>(), 1u32..4, 1u64..100).prop_map(
            |(who, by_session, most, millis)| QueueStep::Lock { who, by_session, most, millis }
        ),
        5 => (who(), 0usize..3, prop::bool::weighted(0.1))
            .prop_map(|(who, how, stale)| QueueStep::Settle { who, how, stale }),
        1 => (1u32..4).prop_map(QueueStep::Sweep),
        1 => (who(), 1u32..4).prop_map(|(who, most)| QueueStep::Purge { who, most }),
        1 => (who(), any::<bool>()).prop_map(|(who, all)| QueueStep::Forget { who, all }),
        1 => who().prop_map(|who| QueueStep::Resubmit { who }),
        1 => any::<bool>().prop_map(|wait| QueueStep::LockFeedback { wait }),
        1 => (0usize..3).prop_map(|how| QueueStep::SettleFeedback { how }),
    ]
}

pub(super) fn command(replica: &Replica, names: &[&str], step: &QueueStep) -> Option<Command> {
    let reader = replica.reader();
    let session = |who: usize| reader.session(&id(names[who])).map(|state| state.epoch);
    let hold = |receiver: ConnectionEpoch, millis| Hold {
        receiver,
        duration: Duration::from_millis(millis),
        seed: SEED,
    };
    Some(match step {
        QueueStep::Enqueue {
            who,
            acknowledge,
            expires,
            hold: with_hold,
        } => {
            let mut command = message(names[*who], "m");
            command = command.acknowledged(Acknowledge::ALL[*acknowledge]);
            command.expires_at = expires.map(|after| Timestamp(replica.now.0 + after));
            let receiver = session(*who).filter(|_| *with_hold);
            command.hold = receiver.map(|receiver| hold(receiver, 50));
            command.into()
        }
        QueueStep::Lock {
            who,
            by_session,
            most,
            millis,
        } => {
            let receiver = session(*who).filter(|_| *by_session).unwrap_or(NOBODY);
            LockMessages {
                identity: id(names[*who]),
                hold: hold(receiver, *millis),
                most: *most,
                limits: limits(),
            }
            .into()
        }
        QueueStep::Settle { who, how, stale } => {
            let queue = reader
                .queue(&id(names[*who]), None, 10, usize::MAX)
                .unwrap();
            let held = queue.into_iter().find_map(|waiting| waiting.message.lock)?;
            let token = LockToken::new(held.token.sequence(), 0, 99);
            SettleMessage {
                identity: id(names[*who]),
                token: if *stale { token } else { held.token },
                how: HOW[*how],
                limits: limits(),
            }
            .into()
        }
        QueueStep::Sweep(most) => SweepQueues {
            from: Timestamp::NEVER,
            most: *most,
            limits: limits(),
        }
        .into(),
        QueueStep::Purge { who, most } => PurgeQueue {
            identity: id(names[*who]),
            most: *most,
            limits: limits(),
        }
        .into(),
        QueueStep::Forget { who, all } => {
            let letters = reader
                .dead_letters(&id(names[*who]), None, 2, usize::MAX)
                .unwrap();
            let last = letters.last().map(|kept| kept.sequence);
            DeleteDeadLetters {
                identity: id(names[*who]),
                sequence: last.filter(|_| !*all),
            }
            .into()
        }
        QueueStep::Resubmit { who } => {
            let letters = reader.dead_letters(&id(names[*who]), None, 1, 1).unwrap();
            ResubmitDeadLetter {
                identity: id(names[*who]),
                sequence: letters.first()?.sequence,
                limits: limits(),
            }
            .into()
        }
        QueueStep::LockFeedback { wait } => LockFeedback {
            seed: SEED,
            duration: Duration::from_millis(30),
            wait: Duration::from_millis(if *wait { 40 } else { 0 }),
            limits: limits(),
        }
        .into(),
        QueueStep::SettleFeedback { how } => {
            // Batches are numbered like their first records; the first one is often still there.
            let token = LockToken::new(0, super::super::support::PARTITION.get(), SEED);
            SettleFeedback {
                token,
                how: HOW[*how],
                limits: limits(),
            }
            .into()
        }
    })
}
