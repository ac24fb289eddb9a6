//! Twin requests. The hub does not offer twins yet; an SDK that asks must get an answer, or it hangs.

use ntex::util::{ByteString, Bytes};
use ntex_mqtt::v3;

use roost_model::Channel;

use crate::connection::Connection;

/// Node's SDK takes an answer for an error when it has an `errorCode`, and shows `message`.
const NOT_OFFERED: &str = r#"{"errorCode":501000,"trackingId":"","message":"device twins are not offered by this hub","timestampUtc":"0001-01-01T00:00:00"}"#;

/// What goes back on `$iothub/twin/res/{status}/?$rid={rid}`.
pub(crate) struct Answer {
    topic: String,
    body: &'static str,
}

impl Answer {
    pub(crate) fn not_offered(rid: &str) -> Self {
        Self {
            topic: format!("$iothub/twin/res/501/?$rid={rid}"),
            body: NOT_OFFERED,
        }
    }

    /// Sends the answer if the client has subscribed to answers.
    pub(crate) async fn send(self, session: &v3::Session<std::rc::Rc<Connection>>) {
        if session.channels.get().contains(Channel::TwinResponses) {
            let packet = session.sink().publish(ByteString::from(self.topic));
            let body = Bytes::from_static(self.body.as_bytes());
            // fails only if the connection is gone
            let _ = packet.send_at_most_once(body).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_id_comes_back_as_it_was() {
        let answer = Answer::not_offered("a%20b");
        assert_eq!(answer.topic, "$iothub/twin/res/501/?$rid=a%20b");
    }
}
