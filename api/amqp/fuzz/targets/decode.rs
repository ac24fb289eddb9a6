//! Whatever bytes come, the decoders say no or give something that reads back as itself.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use roost_amqp_protocol::codec::message::Message;
use roost_amqp_protocol::codec::performative::Performative;
use roost_amqp_protocol::codec::sasl::{SaslInit, SaslMechanisms, SaslOutcome};
use roost_amqp_protocol::codec::{Decode, Encode, Value};

/// What was read is written and read again. Floats may be no numbers, so texts are compared.
fn reads_back<T: Decode + Encode + std::fmt::Debug>(bytes: &Bytes) {
    if let Ok(value) = T::from_bytes(bytes) {
        let written = value.to_bytes();
        let again = T::from_bytes(&written).expect("what is written can be read");
        assert_eq!(format!("{again:?}"), format!("{value:?}"));
    }
}

fuzz_target!(|input: &[u8]| {
    let bytes = Bytes::copy_from_slice(input);
    reads_back::<Value>(&bytes);
    reads_back::<Performative>(&bytes);
    reads_back::<SaslInit>(&bytes);
    reads_back::<SaslMechanisms>(&bytes);
    reads_back::<SaslOutcome>(&bytes);
    if let Ok(message) = Message::decode(&bytes) {
        let again = Message::decode(&message.to_bytes()).expect("what is written can be read");
        assert_eq!(format!("{again:?}"), format!("{message:?}"));
        if let Some(Ok(value)) = message.body.to_value() {
            let _ = value.to_bytes();
        }
    }
});
