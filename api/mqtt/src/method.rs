//! Direct methods: `$iothub/methods/POST/{name}/?$rid={rid}` to the device and
//! `$iothub/methods/res/{status}/?$rid={rid}` back.

use std::cell::{Cell, RefCell};

use ntex::util::{ByteString, Bytes};
use percent_encoding::utf8_percent_encode;
use roost_edge::{MethodReply, MethodRequest};

use crate::azure::RESERVED;
use crate::connection::Connection;

/// Methods that a client was asked to do and has not answered. Request ids count up from 1, in
/// hexadecimal.
#[derive(Default)]
pub(crate) struct OpenMethods {
    last: Cell<u64>,
    open: RefCell<Vec<(u64, MethodReply)>>,
}

impl OpenMethods {
    fn add(&self, reply: MethodReply) -> u64 {
        let rid = self.last.get() + 1;
        self.last.set(rid);
        let mut open = self.open.borrow_mut();
        open.retain(|(_, reply)| !reply.is_over());
        open.push((rid, reply));
        rid
    }

    /// The place for the answer to a request; none when it was answered, is over, or never was.
    pub(crate) fn take(&self, rid: &str) -> Option<MethodReply> {
        let rid = u64::from_str_radix(rid, 16).ok()?;
        let mut open = self.open.borrow_mut();
        let at = open.iter().position(|(known, _)| *known == rid)?;
        let (_, reply) = open.swap_remove(at);
        if open.is_empty() {
            *open = Vec::new();
        }
        (!reply.is_over()).then_some(reply)
    }
}

/// Asks the client. The leader knows that it has subscribed, maybe before SUBACK is on its way, which
/// MQTT allows (3.8.4).
pub(crate) async fn ask(connection: &Connection, request: MethodRequest) {
    let rid = connection.methods.add(request.reply);
    let topic = topic(&request.name, rid);
    let packet = connection.sink.publish(ByteString::from(topic));
    // fails only if the connection is gone, and then the replies go with it
    let payload = Bytes::copy_from_slice(&request.payload);
    let _ = packet.send_at_most_once(payload).await;
}

/// Nothing may follow the request id: the C and C# SDKs take all that is behind `$rid=`.
fn topic(name: &str, rid: u64) -> String {
    let name = utf8_percent_encode(name, RESERVED);
    format!("$iothub/methods/POST/{name}/?$rid={rid:x}")
}

/// Hands a client's answer to the caller.
pub(crate) fn answer(
    connection: &Connection,
    reply: Option<MethodReply>,
    status: i32,
    payload: &[u8],
) {
    match reply {
        Some(reply) => reply.send(status, payload.to_vec()),
        None => {
            let (peer, id) = (&connection.peer, connection.identity());
            tracing::debug!(%peer, %id, "an answer to a method that nobody waits for");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topic_has_five_segments_whatever_the_name() {
        assert_eq!(topic("reboot", 31), "$iothub/methods/POST/reboot/?$rid=1f");
        let odd = topic("a/b ?ä", 1);
        assert_eq!(odd, "$iothub/methods/POST/a%2Fb%20%3F%C3%A4/?$rid=1");
        assert_eq!(odd.split('/').count(), 5);
    }

    #[test]
    fn answers_that_nobody_waits_for_find_nothing() {
        let open = OpenMethods::default();
        for rid in ["1", "", "x", "-1", "ffffffffffffffffff"] {
            assert!(open.take(rid).is_none(), "{rid}");
        }
    }
}
