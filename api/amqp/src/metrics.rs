//! Metrics of the AMQP edge. Labels are transports, kinds of links and reasons, never ids.

use metrics::{Gauge, Unit, counter, describe_counter, describe_gauge, gauge};

const CONNECTIONS: &str = "roost_amqp_connections";
const CONNECTS: &str = "roost_amqp_connects_total";
const REFUSALS: &str = "roost_amqp_refusals_total";
const LINKS: &str = "roost_amqp_links";
const LINK_REFUSALS: &str = "roost_amqp_link_refusals_total";
const TOKENS: &str = "roost_amqp_tokens_total";
const MESSAGES: &str = "roost_amqp_messages_total";
const MESSAGE_BYTES: &str = "roost_amqp_message_bytes_total";
const DELIVERED: &str = "roost_amqp_messages_delivered_total";

/// Tells the exporter what the numbers mean. Call it once, after the recorder is installed.
pub fn describe() {
    describe_gauge!(
        CONNECTIONS,
        Unit::Count,
        "open AMQP connections, by transport"
    );
    describe_counter!(CONNECTS, Unit::Count, "opened connections, by transport");
    describe_counter!(
        REFUSALS,
        Unit::Count,
        "connections refused before they were open, by reason"
    );
    describe_gauge!(LINKS, Unit::Count, "attached links, by kind");
    describe_counter!(
        LINK_REFUSALS,
        Unit::Count,
        "links refused, by the service's error code"
    );
    describe_counter!(
        TOKENS,
        Unit::Count,
        "tokens put on $cbs, by what became of them"
    );
    describe_counter!(
        MESSAGES,
        Unit::Count,
        "messages from clients, by kind of link"
    );
    describe_counter!(MESSAGE_BYTES, Unit::Bytes, "bytes of these messages");
    describe_counter!(
        DELIVERED,
        Unit::Count,
        "messages to clients, by kind of link"
    );
}

/// One thing that is open; counts until dropped.
#[derive(Debug)]
pub(crate) struct Open(Gauge);

impl Open {
    fn new(gauge: Gauge) -> Open {
        gauge.increment(1);
        Open(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

pub(crate) fn opened(transport: &'static str) -> Open {
    counter!(CONNECTS, "transport" => transport).increment(1);
    Open::new(gauge!(CONNECTIONS, "transport" => transport))
}

pub(crate) fn refused(reason: &'static str) {
    counter!(REFUSALS, "reason" => reason).increment(1);
}

pub(crate) fn attached(kind: &'static str) -> Open {
    Open::new(gauge!(LINKS, "kind" => kind))
}

pub(crate) fn link_refused(code: &'static str) {
    counter!(LINK_REFUSALS, "code" => code).increment(1);
}

pub(crate) fn token(result: &'static str) {
    counter!(TOKENS, "result" => result).increment(1);
}

pub(crate) fn received(kind: &'static str, bytes: usize) {
    counter!(MESSAGES, "kind" => kind).increment(1);
    counter!(MESSAGE_BYTES).increment(bytes as u64);
}

pub(crate) fn delivered(kind: &'static str) {
    counter!(DELIVERED, "kind" => kind).increment(1);
}
