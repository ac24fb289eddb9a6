//! Reads what became of messages to devices, and completes every batch that was read.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use reqwest::Method;
use serde_json::Value;

use crate::mixed::back_end::BackEnd;
use crate::mixed::journal::Outcome;
use crate::mixed::stage::{Stage, Turns};

const PATH: &str = "/messages/serviceBound/feedback";
/// How often a batch is completed at most: whoever is down is not asked forever.
const TRIES: usize = 20;

/// A batch that was received.
#[derive(Debug, Clone)]
pub(in crate::mixed) struct Batch {
    pub(in crate::mixed) records: Vec<Record>,
    /// The hub has acknowledged that the batch is done with, so it must not come again.
    pub(in crate::mixed) completed: bool,
}

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::mixed) struct Record {
    pub(in crate::mixed) device: String,
    pub(in crate::mixed) message: String,
    pub(in crate::mixed) status: String,
    /// When it came to its end, which tells one end from another.
    pub(in crate::mixed) at: String,
}

/// The batches that were received, in order, and the messages that they tell of.
#[derive(Debug, Default)]
pub(in crate::mixed) struct Feedback {
    batches: Mutex<(Vec<Batch>, BTreeSet<String>)>,
}

impl Feedback {
    /// Whether something was told of a message.
    pub(in crate::mixed) fn tells_of(&self, message: &str) -> bool {
        self.batches.lock().1.contains(message)
    }

    pub(in crate::mixed) fn batches(&self) -> Vec<Batch> {
        self.batches.lock().0.clone()
    }

    fn note(&self, batch: Batch) {
        let mut batches = self.batches.lock();
        let messages = batch.records.iter().map(|record| record.message.clone());
        batches.1.extend(messages);
        batches.0.push(batch);
    }
}

/// Reads until devices disconnect.
pub(in crate::mixed) async fn read(
    feedback: Arc<Feedback>,
    mut back_end: BackEnd,
    mut turns: Turns,
) {
    while turns.next_until(Stage::Rest).await {
        let received = back_end
            .ask(|node| node.authorized(Method::GET, PATH))
            .await;
        let Outcome::Acked(answer) = received else {
            continue;
        };
        if answer.status != 200 {
            continue;
        }
        let completed = complete(&mut back_end, &answer.etag, &mut turns).await;
        let records = answer
            .body
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        feedback.note(Batch {
            records: records.iter().map(Record::read).collect(),
            completed,
        });
    }
}

/// Says that a batch was read. True when the hub has acknowledged it.
async fn complete(back_end: &mut BackEnd, lock: &str, turns: &mut Turns) -> bool {
    let path = format!("{PATH}/{lock}");
    for _ in 0..TRIES {
        let answer = back_end
            .ask(|node| node.authorized(Method::DELETE, &path))
            .await;
        match answer {
            Outcome::Acked(_) => return true,
            // Done by an attempt before whose answer was lost, or the lock has lapsed.
            Outcome::Refused(why) if why.starts_with("412") => return false,
            Outcome::Refused(_) | Outcome::Unknown(_) => {}
        }
        if !turns.next_until(Stage::Rest).await {
            break;
        }
    }
    false
}

impl Record {
    fn read(record: &Value) -> Self {
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        Self {
            device: text("deviceId"),
            message: text("originalMessageId"),
            status: text("statusCode"),
            at: text("enqueuedTimeUtc"),
        }
    }
}
