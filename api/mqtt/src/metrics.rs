//! Metrics of the MQTT edge. Labels are transports, reasons and qualities of service, never ids.

use metrics::{Counter, Gauge, Unit, counter, describe_counter, describe_gauge, gauge};

const CONNECTIONS: &str = "roost_mqtt_connections";
const CONNECTS: &str = "roost_mqtt_connects_total";
const REFUSALS: &str = "roost_mqtt_refusals_total";
const ENDINGS: &str = "roost_mqtt_endings_total";
const MESSAGES: &str = "roost_mqtt_messages_total";
const MESSAGE_BYTES: &str = "roost_mqtt_message_bytes_total";
const DELIVERED: &str = "roost_mqtt_messages_delivered_total";
const FILTERS_REFUSED: &str = "roost_mqtt_filters_refused_total";

/// Tells the exporter what the numbers mean. Call it once, after the recorder is installed.
pub fn describe() {
    describe_gauge!(
        CONNECTIONS,
        Unit::Count,
        "attached MQTT sessions, by transport"
    );
    describe_counter!(
        CONNECTS,
        Unit::Count,
        "accepted CONNECT packets, by transport"
    );
    describe_counter!(
        REFUSALS,
        Unit::Count,
        "connections refused before or at CONNECT, by transport and reason"
    );
    describe_counter!(ENDINGS, Unit::Count, "ended sessions, by reason");
    describe_counter!(
        MESSAGES,
        Unit::Count,
        "telemetry messages, by qos: durable ones of QoS 1, queued ones of QoS 0"
    );
    describe_counter!(MESSAGE_BYTES, Unit::Bytes, "payload of these messages");
    describe_counter!(
        DELIVERED,
        Unit::Count,
        "cloud-to-device messages sent to clients, repetitions included, by qos"
    );
    describe_counter!(
        FILTERS_REFUSED,
        Unit::Count,
        "topic filters that were not granted"
    );
}

/// The handles of one listener on one thread; a look-up per message would show in the profile.
pub(crate) struct Metrics {
    transport: &'static str,
    connections: Gauge,
    connects: Counter,
    qos0: Counter,
    qos1: Counter,
    bytes: Counter,
    delivered0: Counter,
    delivered1: Counter,
    filters_refused: Counter,
}

impl Metrics {
    pub(crate) fn new(transport: &'static str) -> Self {
        Self {
            transport,
            connections: gauge!(CONNECTIONS, "transport" => transport),
            connects: counter!(CONNECTS, "transport" => transport),
            qos0: counter!(MESSAGES, "qos" => "0"),
            qos1: counter!(MESSAGES, "qos" => "1"),
            bytes: counter!(MESSAGE_BYTES),
            delivered0: counter!(DELIVERED, "qos" => "0"),
            delivered1: counter!(DELIVERED, "qos" => "1"),
            filters_refused: counter!(FILTERS_REFUSED),
        }
    }

    pub(crate) fn connected(&self) {
        self.connects.increment(1);
        self.connections.increment(1);
    }

    pub(crate) fn ended(&self, reason: &'static str) {
        self.connections.decrement(1);
        counter!(ENDINGS, "reason" => reason).increment(1);
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        counter!(REFUSALS, "transport" => self.transport, "reason" => reason).increment(1);
    }

    pub(crate) fn accepted(&self, acknowledged: bool, payload: usize) {
        let counter = if acknowledged { &self.qos1 } else { &self.qos0 };
        counter.increment(1);
        self.bytes.increment(payload as u64);
    }

    pub(crate) fn delivered(&self, acknowledged: bool) {
        let counter = if acknowledged {
            &self.delivered1
        } else {
            &self.delivered0
        };
        counter.increment(1);
    }

    pub(crate) fn filter_refused(&self) {
        self.filters_refused.increment(1);
    }
}
