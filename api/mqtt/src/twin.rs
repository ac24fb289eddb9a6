//! Twins: `$iothub/twin/GET` and `PATCH` from the device, `$iothub/twin/res` and notifications of
//! desired properties to it.

use std::fmt::Write as _;

use ntex::util::{ByteString, Bytes};
use roost_edge::Refusal;
use roost_model::{Channel, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::connection::Connection;

/// Answers a request for the twin.
pub(crate) async fn get(connection: &Connection, rid: &str) {
    let answer = match connection.session.twin().await {
        Ok(twin) => Answer::new(200, rid, None, twin),
        Err(refusal) => Answer::refused(connection, rid, &refusal),
    };
    answer.send(connection).await;
}

/// Answers a report; `version` is the text of the `$version` that the device expects.
pub(crate) async fn report(
    connection: &Connection,
    rid: &str,
    version: Option<&str>,
    payload: &[u8],
) {
    let expected = version.map(str::parse).transpose().map_err(|_| {
        let reason = "$version must be a number";
        Refusal::new(roost_model::ErrorCode::ArgumentInvalid, reason)
    });
    let reported = match expected {
        Ok(expected) => connection.session.report(payload, expected).await,
        Err(refusal) => Err(refusal),
    };
    let answer = match reported {
        Ok(version) => Answer::new(204, rid, Some(version), Vec::new()),
        Err(refusal) => Answer::refused(connection, rid, &refusal),
    };
    answer.send(connection).await;
}

/// Tells the device of its desired properties.
pub(crate) async fn notify(connection: &Connection, version: u64, patch: &[u8]) {
    let topic = format!("$iothub/twin/PATCH/properties/desired/?$version={version}");
    let packet = connection.sink.publish(ByteString::from(topic));
    // fails only if the connection is gone
    let _ = packet
        .send_at_most_once(Bytes::copy_from_slice(patch))
        .await;
}

/// What goes back on `$iothub/twin/res/{status}/?$rid={rid}[&$version={n}]`.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    topic: String,
    body: Vec<u8>,
}

impl Answer {
    fn new(status: u16, rid: &str, version: Option<u64>, body: Vec<u8>) -> Self {
        let mut topic = format!("$iothub/twin/res/{status}/?$rid={rid}");
        if let Some(version) = version {
            // Writing to a String can't fail.
            let _ = write!(topic, "&$version={version}");
        }
        Self { topic, body }
    }

    fn refused(connection: &Connection, rid: &str, refusal: &Refusal) -> Self {
        let (peer, id) = (&connection.peer, connection.identity());
        let tracking = Uuid::new_v4();
        tracing::info!(%peer, %id, %tracking, code = %refusal.code(), "twin request refused: {refusal}");
        Self::error(rid, refusal, tracking, connection.session.now())
    }

    /// Node's SDK takes an answer for an error when its body has an `errorCode`, and shows `message`.
    fn error(rid: &str, refusal: &Refusal, tracking: Uuid, at: Timestamp) -> Self {
        let code = refusal.code();
        let body = json!({
            "errorCode": code.number(),
            "trackingId": tracking.to_string(),
            "message": refusal.to_string(),
            "timestampUtc": at.to_iso(),
        });
        Self::new(code.http_status(), rid, None, body.to_string().into_bytes())
    }

    /// Sends the answer if the client has subscribed to answers.
    async fn send(self, connection: &Connection) {
        if connection.subscriptions.has(Channel::TwinResponses) {
            let packet = connection.sink.publish(ByteString::from(self.topic));
            // fails only if the connection is gone
            let _ = packet.send_at_most_once(Bytes::from(self.body)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use roost_model::ErrorCode;

    use super::*;

    #[test]
    fn the_request_id_comes_back_as_it_was_and_the_version_behind_it() {
        let got = Answer::new(200, "a%20b", None, Vec::new());
        assert_eq!(got.topic, "$iothub/twin/res/200/?$rid=a%20b");
        let reported = Answer::new(204, "7", Some(12), Vec::new());
        assert_eq!(reported.topic, "$iothub/twin/res/204/?$rid=7&$version=12");
    }

    #[test]
    fn an_error_has_the_status_in_the_topic_and_the_code_in_the_body() {
        let refusal = Refusal::new(ErrorCode::PreconditionFailed, "at version 3");
        let answer = Answer::error("1", &refusal, Uuid::nil(), Timestamp::from_secs(0));
        assert_eq!(answer.topic, "$iothub/twin/res/412/?$rid=1");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["errorCode"], 412_001);
        assert_eq!(body["message"], "at version 3");
        assert_eq!(body["trackingId"], Uuid::nil().to_string());
        assert!(body["timestampUtc"].is_string());
    }
}
