//! Made-up histories: logs of entries that make sense, more or less.

mod queue_steps;

use std::collections::HashMap;

use bytes::Bytes;
use proptest::prelude::*;
use roost_model::twin::SectionChange;
use roost_model::{
    Channel, Channels, ConnectionEpoch, NodeId, Precondition, SequenceNumber, Status,
};

use self::queue_steps::QueueStep;
use super::support::{
    Replica, append, attach, create, every_event, id, index_path, keys, one_shot, patch, record,
    report, update, update_twin, will,
};
use crate::{
    BuildIndex, Command, DeleteCheckpoint, DeleteIdentity, Detach, DetachReason, Envelope, Payload,
    SetCheckpoint, Subscribe, TrimEvents,
};

const NAMES: [&str; 6] = ["a", "b", "c", "a/m", "a/n", "b/m"];

/// One entry of the log.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    Blank,
    Membership(u8),
    Commands { pause: i8, steps: Vec<Step> },
}

/// One command, in words that any state gives a meaning to.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Create {
        who: usize,
        disabled: bool,
    },
    Update {
        who: usize,
        disabled: bool,
        key: u8,
    },
    Delete {
        who: usize,
    },
    Attach {
        who: usize,
        node: u64,
        will: bool,
    },
    Subscribe {
        who: usize,
        methods: bool,
        stale: bool,
    },
    Detach {
        who: usize,
        why: usize,
        stale: bool,
    },
    Append(Vec<(usize, Kind)>),
    Checkpoint {
        group: u8,
        percent: u64,
    },
    Forget {
        group: u8,
    },
    Trim {
        percent: u64,
    },
    Twin {
        who: usize,
        kind: usize,
        key: usize,
    },
    Report {
        who: usize,
        stale: bool,
        key: usize,
    },
    Queue(QueueStep),
    Index {
        path: usize,
        step: u32,
        instead: usize,
    },
}

/// How a record relates to its sender's session.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Next,
    Resent,
    Skipping,
    Superseded,
    OneShot,
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..NAMES.len();
    let kind = prop_oneof![
        12 => Just(Kind::Next),
        2 => Just(Kind::Resent),
        1 => Just(Kind::Skipping),
        1 => Just(Kind::Superseded),
        2 => Just(Kind::OneShot),
    ];
    prop_oneof![
        4 => (who(), prop::bool::weighted(0.1))
            .prop_map(|(who, disabled)| Step::Create { who, disabled }),
        2 => (who(), prop::bool::weighted(0.3), 1u8..3)
            .prop_map(|(who, disabled, key)| Step::Update { who, disabled, key }),
        1 => who().prop_map(|who| Step::Delete { who }),
        5 => (who(), 1u64..4, any::<bool>())
            .prop_map(|(who, node, will)| Step::Attach { who, node, will }),
        2 => (who(), 0usize..6, any::<bool>())
            .prop_map(|(who, why, stale)| Step::Detach { who, why, stale }),
        3 => (who(), any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(who, methods, stale)| Step::Subscribe { who, methods, stale }),
        14 => prop::collection::vec((who(), kind), 0..6).prop_map(Step::Append),
        1 => (0u8..3, 0u64..=110).prop_map(|(group, percent)| Step::Checkpoint { group, percent }),
        1 => (0u8..3).prop_map(|group| Step::Forget { group }),
        1 => (0u64..=110).prop_map(|percent| Step::Trim { percent }),
        4 => (who(), 0usize..4, 0usize..4).prop_map(|(who, kind, key)| Step::Twin { who, kind, key }),
        4 => (who(), prop::bool::weighted(0.2), 0usize..4)
            .prop_map(|(who, stale, key)| Step::Report { who, stale, key }),
        14 => queue_steps::step(NAMES.len()).prop_map(Step::Queue),
        3 => (0usize..4, 1u32..4, 0usize..4)
            .prop_map(|(path, step, instead)| Step::Index { path, step, instead }),
    ]
}

pub(super) fn entries(count: usize) -> impl Strategy<Value = Vec<Entry>> {
    let commands = (-3i8..20, prop::collection::vec(step(), 1..4))
        .prop_map(|(pause, steps)| Entry::Commands { pause, steps });
    let entry = prop_oneof![
        1 => Just(Entry::Blank),
        1 => any::<u8>().prop_map(Entry::Membership),
        30 => commands,
    ];
    // Something to begin with, so that most steps find somebody.
    let start = Entry::Commands {
        pause: 1,
        steps: (0..NAMES.len())
            .map(|who| Step::Create {
                who,
                disabled: false,
            })
            .collect(),
    };
    let attached = Entry::Commands {
        pause: 1,
        steps: (0..NAMES.len())
            .map(|who| Step::Attach {
                who,
                node: 1,
                will: true,
            })
            .collect(),
    };
    prop::collection::vec(entry, 1..count).prop_map(move |rest| {
        [start.clone(), attached.clone()]
            .into_iter()
            .chain(rest)
            .collect()
    })
}

/// A replica that went through a history, one entry after the other.
pub(super) fn live(entries: &[Entry]) -> Replica {
    let mut replica = Replica::new();
    for entry in entries {
        let payload = match entry {
            Entry::Blank => Payload::Blank,
            Entry::Membership(members) => Payload::Membership(Bytes::from(vec![*members])),
            Entry::Commands { pause, steps } => {
                replica.now.0 = replica.now.0.saturating_add_signed(i64::from(*pause));
                let commands = steps
                    .iter()
                    .filter_map(|step| command(&replica, step))
                    .collect();
                Payload::Command(
                    Envelope {
                        at: replica.now,
                        commands,
                        hub: Some(every_event()),
                    }
                    .encode(),
                )
            }
        };
        replica.apply(payload);
    }
    replica
}

fn command(replica: &Replica, step: &Step) -> Option<Command> {
    let reader = replica.reader();
    let existing = |who: usize| reader.identity(&id(NAMES[who])).unwrap();
    let next = reader.bounds().next.get();
    Some(match step {
        Step::Create { who, disabled } => {
            let mut command = create(NAMES[*who]);
            if *disabled {
                command.draft.status = Status::Disabled;
            }
            command.into()
        }
        Step::Update { who, disabled, key } => {
            let mut command = update(&existing(*who)?);
            command.authentication = Some(keys(*key));
            if !NAMES[*who].contains('/') {
                command.status = if *disabled {
                    Status::Disabled
                } else {
                    Status::Enabled
                };
            }
            command.into()
        }
        Step::Delete { who } => DeleteIdentity {
            identity: id(NAMES[*who]),
            precondition: Precondition::Any,
        }
        .into(),
        Step::Attach {
            who,
            node,
            will: with_will,
        } => {
            let mut command = attach(&existing(*who)?);
            command.node = NodeId(*node);
            command.will = with_will.then(|| will("gone"));
            command.clean = *node == 3;
            command.into()
        }
        Step::Detach { who, why, stale } => {
            let identity = id(NAMES[*who]);
            let epoch = reader.session(&identity)?.epoch.get() - u64::from(*stale);
            Detach {
                identity,
                epoch: ConnectionEpoch(epoch),
                why: reason(*why),
            }
            .into()
        }
        Step::Subscribe {
            who,
            methods,
            stale,
        } => {
            let identity = id(NAMES[*who]);
            let epoch = reader.session(&identity)?.epoch.get() - u64::from(*stale);
            let channel = if *methods {
                Channel::Methods
            } else {
                Channel::DeviceBound
            };
            Subscribe {
                identity,
                epoch: ConnectionEpoch(epoch),
                channels: Channels::NONE.with(channel),
            }
            .into()
        }
        Step::Append(records) => append(&resolve(replica, records)).into(),
        Step::Checkpoint { group, percent } => {
            let sequence = SequenceNumber(next * percent / 100);
            SetCheckpoint {
                group: format!("group{group}"),
                sequence,
            }
            .into()
        }
        Step::Forget { group } => DeleteCheckpoint {
            group: format!("group{group}"),
        }
        .into(),
        Step::Trim { percent } => TrimEvents {
            before: SequenceNumber(next * percent / 100),
        }
        .into(),
        Step::Twin { who, kind, key } => twin_step(NAMES[*who], *kind, *key),
        Step::Report { who, stale, key } => {
            let epoch = reader.session(&id(NAMES[*who]))?.epoch.get() - u64::from(*stale);
            report(NAMES[*who], ConnectionEpoch(epoch), TWIN_PATCHES[*key]).into()
        }
        Step::Queue(step) => queue_steps::command(replica, &NAMES, step)?,
        Step::Index {
            path,
            step,
            instead,
        } => BuildIndex {
            path: index_path(INDEXABLE[*path]),
            most: 3,
            instead_of: Some(index_path(INDEXABLE[*instead])),
            step: *step,
        }
        .into(),
    })
}

pub(super) const INDEXABLE: [&str; 4] = [
    "tags.a",
    "properties.desired.a",
    "properties.reported.o.b",
    "properties.reported.a",
];

const TWIN_PATCHES: [&str; 4] = [
    r#"{"a":1,"o":{"b":[1,2]}}"#,
    r#"{"a":null,"o":{"b":"x","c":0.5}}"#,
    r#"{"o":null}"#,
    r#"{"a":{"deep":true}}"#,
];

fn twin_step(name: &str, kind: usize, key: usize) -> Command {
    let mut command = update_twin(name);
    let patch = patch(TWIN_PATCHES[key]);
    match kind {
        0 => command.desired = Some(SectionChange::Merge(patch)),
        1 => command.tags = Some(SectionChange::Merge(patch)),
        2 => {
            command.replace = true;
            command.tags = Some(SectionChange::Replace(patch.clone()));
            command.desired = Some(SectionChange::Replace(patch));
        }
        _ => command.desired = Some(SectionChange::Clear),
    }
    command.into()
}

fn reason(number: usize) -> DetachReason {
    [
        DetachReason::Clean,
        DetachReason::Lost,
        DetachReason::Expired,
        DetachReason::Revoked,
        DetachReason::NodeLost,
        DetachReason::GraceExpired,
    ][number]
}

fn resolve(replica: &Replica, records: &[(usize, Kind)]) -> Vec<Bytes> {
    let reader = replica.reader();
    let mut sent: HashMap<usize, u64> = HashMap::new();
    let mut encoded = Vec::new();
    for (who, kind) in records {
        let name = NAMES[*who];
        let session = reader.session(&id(name));
        let Some((epoch, stored)) = session.map(|s| (s.epoch, s.last_sequence)) else {
            if let Some(sender) = reader.identity(&id(name)).unwrap() {
                encoded.push(one_shot(&sender, "no session"));
            }
            continue;
        };
        let last = sent.entry(*who).or_insert(stored);
        let body = format!("{name} {}", *last + 1);
        encoded.push(match kind {
            Kind::Next => {
                *last += 1;
                record(name, epoch, *last, &body)
            }
            Kind::Resent => record(name, epoch, *last, &body),
            Kind::Skipping => record(name, epoch, *last + 2, &body),
            Kind::Superseded => record(
                name,
                ConnectionEpoch(epoch.get().saturating_sub(1).max(1)),
                1,
                &body,
            ),
            Kind::OneShot => match reader.identity(&id(name)).unwrap() {
                Some(sender) => one_shot(&sender, &body),
                None => continue,
            },
        });
    }
    encoded
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_history_leaves_a_sound_partition(entries in entries(60)) {
        live(&entries).assert_sound();
    }
}
