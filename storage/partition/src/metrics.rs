//! What a node counts while it applies. Of all partitions together.

use metrics::{counter, describe_counter};

const EVENTS: &str = "roost_partition_events_stored_total";
const BYTES: &str = "roost_partition_event_bytes_stored_total";
const DUPLICATES: &str = "roost_partition_events_duplicate_total";
const REFUSED: &str = "roost_partition_events_refused_total";
const ENTRIES: &str = "roost_partition_entries_applied_total";

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
}

/// The counts of one apply, handed over at its end.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    events: u64,
    bytes: u64,
    duplicates: u64,
    refused: u64,
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

    pub(crate) fn publish(&self, entries: usize) {
        counter!(ENTRIES).increment(entries as u64);
        for (name, count) in [
            (EVENTS, self.events),
            (BYTES, self.bytes),
            (DUPLICATES, self.duplicates),
            (REFUSED, self.refused),
        ] {
            if count > 0 {
                counter!(name).increment(count);
            }
        }
    }
}
