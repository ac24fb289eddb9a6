//! What a node counts while it applies. Of all partitions together.

use metrics::{counter, describe_counter};

const EVENTS: &str = "roost_partition_events_stored_total";
const BYTES: &str = "roost_partition_event_bytes_stored_total";
const DUPLICATES: &str = "roost_partition_events_duplicate_total";
const REFUSED: &str = "roost_partition_events_refused_total";
const ENTRIES: &str = "roost_partition_entries_applied_total";
const ENQUEUED: &str = "roost_partition_messages_enqueued_total";
const DELIVERED: &str = "roost_partition_messages_locked_total";
const COMPLETED: &str = "roost_partition_messages_completed_total";
const DEAD_LETTERED: &str = "roost_partition_messages_dead_lettered_total";
const FEEDBACK_DROPPED: &str = "roost_partition_feedback_dropped_total";

/// Tells the recorder what the names mean.
pub fn describe() {
    describe_counter!(EVENTS, "events stored by replicas of this node");
    describe_counter!(BYTES, metrics::Unit::Bytes, "encoded records stored");
    describe_counter!(DUPLICATES, "events that were sent again and stored once");
    describe_counter!(
        REFUSED,
        "events of sessions or identities that may not send"
    );
    describe_counter!(ENTRIES, "log entries applied");
    describe_counter!(ENQUEUED, "cloud-to-device messages put into queues");
    describe_counter!(
        DELIVERED,
        "times that a cloud-to-device message was locked for a receiver"
    );
    describe_counter!(COMPLETED, "cloud-to-device messages completed by devices");
    describe_counter!(
        DEAD_LETTERED,
        "cloud-to-device messages that expired, were rejected or abandoned too often"
    );
    describe_counter!(
        FEEDBACK_DROPPED,
        "records or batches of feedback that nobody read in time, or that were too many"
    );
}

/// The counts of one apply, handed over at its end.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    events: u64,
    bytes: u64,
    duplicates: u64,
    refused: u64,
    enqueued: u64,
    delivered: u64,
    completed: u64,
    dead_lettered: u64,
    feedback_dropped: u64,
}

impl Tally {
    pub(crate) fn stored(&mut self, events: u32, bytes: usize) {
        self.events += u64::from(events);
        self.bytes += bytes as u64;
    }

    pub(crate) fn duplicate(&mut self) {
        self.duplicates += 1;
    }

    pub(crate) fn refused(&mut self, events: usize) {
        self.refused += events as u64;
    }

    pub(crate) fn enqueued(&mut self) {
        self.enqueued += 1;
    }

    pub(crate) fn delivered(&mut self, messages: usize) {
        self.delivered += messages as u64;
    }

    pub(crate) fn completed(&mut self) {
        self.completed += 1;
    }

    pub(crate) fn dead_lettered(&mut self) {
        self.dead_lettered += 1;
    }

    pub(crate) fn feedback_dropped(&mut self, count: u32) {
        self.feedback_dropped += u64::from(count);
    }

    pub(crate) fn publish(&self, entries: usize) {
        counter!(ENTRIES).increment(entries as u64);
        for (name, count) in [
            (EVENTS, self.events),
            (BYTES, self.bytes),
            (DUPLICATES, self.duplicates),
            (REFUSED, self.refused),
            (ENQUEUED, self.enqueued),
            (DELIVERED, self.delivered),
            (COMPLETED, self.completed),
            (DEAD_LETTERED, self.dead_lettered),
            (FEEDBACK_DROPPED, self.feedback_dropped),
        ] {
            if count > 0 {
                counter!(name).increment(count);
            }
        }
    }
}
