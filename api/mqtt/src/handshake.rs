//! CONNECT and its answer.
//!
//! Whatever is wrong is answered with a CONNACK before the socket closes: Node's SDK takes a connection
//! that closes without one for an authorization failure and does not retry.

use std::convert::Infallible;
use std::rc::Rc;

use bytes::Bytes;
use ntex::time::{Millis, Seconds, timeout};
use ntex_mqtt::v3::codec::{Connect, LastWill};
use ntex_mqtt::v3::{self, ConnectAck};
use roost_edge::{ConnectRequest, Credential, Session};
use roost_model::limits::MAX_KEEP_ALIVE_SECONDS;
use roost_model::{Event, Identity};

use crate::connection::Connection;
use crate::error::ConnectRefusal;
use crate::publish::RETAINED;
use crate::server::{Certificates, Slot, Worker};
use crate::topic::Topic;
use crate::topic::bag::Bag;
use crate::username::Username;

pub(crate) async fn handshake(
    connect: v3::Connect<Rc<Slot>>,
    worker: Rc<Worker>,
) -> Result<ConnectAck<Rc<Connection>>, Infallible> {
    let slot = Rc::clone(connect.st());
    // boxed: its state would otherwise stay in the future of the connection for good
    match Box::pin(attach(&worker, &slot, connect.packet())).await {
        Ok(session) => {
            tracing::debug!(peer = %slot.peer, id = %session.identity(), "session attached");
            let peer = Rc::clone(&slot.peer);
            let connection = Connection::new(worker, session, peer, &connect);
            let connection = Rc::new(connection);
            slot.attached(&connection);
            let idle = idle_timeout(connect.packet().keep_alive);
            let resumed = connection.session.resumed().is_some();
            Ok(connect.ack(connection, resumed).idle_timeout(idle))
        }
        Err(refusal) => {
            slot.refused.set(true);
            worker.metrics.refused(refusal.label());
            let code = refusal.connack();
            let id = connect
                .packet()
                .client_id
                .chars()
                .take(260)
                .collect::<String>();
            let (peer, code_number) = (&slot.peer, u8::from(code));
            tracing::warn!(%peer, ?id, code = code_number, "connection refused: {refusal}");
            Ok(connect.failed(code))
        }
    }
}

async fn attach(worker: &Worker, slot: &Slot, packet: &Connect) -> Result<Session, ConnectRefusal> {
    if worker.is_stopping() {
        return Err(ConnectRefusal::Stopping);
    }
    let request = request(slot, packet)?;
    let limit = Millis::from(worker.handshake_timeout);
    let session = timeout(limit, worker.edge.connect(request)).await;
    Ok(session.map_err(|()| ConnectRefusal::Timeout)??)
}

fn request(slot: &Slot, packet: &Connect) -> Result<ConnectRequest, ConnectRefusal> {
    let identity: Identity = packet.client_id.parse()?;
    let username = packet
        .username
        .as_deref()
        .ok_or(ConnectRefusal::NoUsername)?;
    let Username { host, model_id } = Username::parse(username, &packet.client_id)?;
    let will = packet
        .last_will
        .as_ref()
        .map(|will| will_event(will, &identity))
        .transpose()?;
    Ok(ConnectRequest {
        credential: credential(packet.password.as_deref(), slot.certificates.take())?,
        identity,
        host,
        protocol: slot.transport.protocol(),
        peer: slot.peer.to_string(),
        model_id,
        clean_session: packet.clean_session,
        will,
    })
}

/// A password is a token and counts before a certificate: gateways show one of their own while they
/// connect devices with tokens.
fn credential(
    password: Option<&[u8]>,
    certificates: Option<Certificates>,
) -> Result<Credential, ConnectRefusal> {
    match password {
        None | Some([]) => match certificates.transpose()? {
            Some(chain) => Ok(Credential::Certificate(chain)),
            None => Ok(Credential::None),
        },
        Some(password) => {
            let text = std::str::from_utf8(password).map_err(|_| ConnectRefusal::Password)?;
            Ok(Credential::Sas(text.to_owned()))
        }
    }
}

fn will_event(will: &LastWill, identity: &Identity) -> Result<Event, ConnectRefusal> {
    let Some(Topic::Telemetry { bag }) = Topic::parse(&will.topic, identity) else {
        return Err(ConnectRefusal::WillTopic);
    };
    let mut bag = Bag::parse(bag);
    if will.retain {
        bag.add(RETAINED);
    }
    Ok(bag.into_event(Bytes::copy_from_slice(&will.message)))
}

/// One and a half times the keep-alive, at most 29.45 minutes; a client without one may be idle as long.
fn idle_timeout(keep_alive: u16) -> Seconds {
    if keep_alive == 0 {
        return Seconds(MAX_KEEP_ALIVE_SECONDS);
    }
    let timeout = keep_alive.saturating_add(keep_alive.div_ceil(2));
    Seconds(timeout.min(MAX_KEEP_ALIVE_SECONDS))
}

#[cfg(test)]
mod tests {
    use roost_model::CertificateChain;
    use roost_model::x509::InvalidChain;

    use super::*;
    use crate::server::Transport;

    fn packet(client_id: &str, username: &str) -> Connect {
        Connect {
            clean_session: false,
            keep_alive: 60,
            last_will: None,
            client_id: client_id.into(),
            username: Some(username.into()),
            password: Some("SharedAccessSignature sr=x".into()),
        }
    }

    fn ask(packet: &Connect) -> Result<ConnectRequest, ConnectRefusal> {
        request(&Slot::new("10.0.0.1:5", Transport::Tls, None), packet)
    }

    #[test]
    fn a_certificate_counts_where_there_is_no_password() {
        let chain = CertificateChain::from_der(vec![vec![1]]).unwrap();
        let slot = |shown| Slot::new("10.0.0.1:5", Transport::Tls, Some(shown));
        let mut packet = packet("d", "h/d");
        let asked = request(&slot(Ok(chain.clone())), &packet).unwrap();
        assert!(matches!(asked.credential, Credential::Sas(_)));
        packet.password = None;
        let asked = request(&slot(Ok(chain.clone())), &packet).unwrap();
        assert_eq!(asked.credential, Credential::Certificate(chain));
        let refused = request(&slot(Err(InvalidChain::TooMany(11))), &packet);
        assert!(matches!(refused, Err(ConnectRefusal::Certificates(_))));
    }

    #[test]
    fn a_connect_of_an_sdk_becomes_a_request() {
        let asked = ask(&packet("d/m", "h/d/m/?api-version=1&model-id=dtmi%3Aa%3B1")).unwrap();
        assert_eq!(asked.identity.to_string(), "d/m");
        assert_eq!(
            (asked.host.as_str(), asked.peer.as_str()),
            ("h", "10.0.0.1:5")
        );
        assert_eq!(asked.model_id.as_deref(), Some("dtmi:a;1"));
        assert!(!asked.clean_session);
        assert!(matches!(asked.credential, Credential::Sas(token) if token.starts_with("Shared")));
    }

    #[test]
    fn a_missing_or_empty_password_is_no_credential() {
        let mut packet = packet("d", "h/d");
        for password in [None, Some("".into())] {
            packet.password = password;
            assert!(matches!(ask(&packet).unwrap().credential, Credential::None));
        }
        packet.password = Some(ntex::util::Bytes::from_static(b"\xff"));
        assert!(matches!(ask(&packet), Err(ConnectRefusal::Password)));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(matches!(
            ask(&packet("d e", "h/d e")),
            Err(ConnectRefusal::ClientId(_))
        ));
        assert!(matches!(
            ask(&packet("", "h/")),
            Err(ConnectRefusal::ClientId(_))
        ));
        assert!(matches!(
            ask(&packet("d", "h/e")),
            Err(ConnectRefusal::Username(_))
        ));
        let nameless = Connect {
            username: None,
            ..packet("d", "")
        };
        assert!(matches!(ask(&nameless), Err(ConnectRefusal::NoUsername)));
    }

    #[test]
    fn a_will_is_telemetry_of_the_own_topic() {
        let will = |topic: &str| LastWill {
            qos: ntex_mqtt::QoS::AtLeastOnce,
            retain: true,
            topic: topic.into(),
            message: ntex::util::Bytes::from_static(b"gone"),
        };
        let identity = "d".parse().unwrap();
        let event = will_event(&will("devices/d/messages/events/a=b"), &identity).unwrap();
        let expected = [("a", "b"), RETAINED].map(|(k, v)| (k.to_owned(), Some(v.to_owned())));
        assert_eq!(event.properties, expected);
        assert_eq!(event.body, "gone");
        for topic in [
            "devices/e/messages/events/",
            "$iothub/twin/GET/?$rid=1",
            "x",
        ] {
            let refused = will_event(&will(topic), &identity);
            assert!(matches!(refused, Err(ConnectRefusal::WillTopic)), "{topic}");
        }
    }

    #[test]
    fn idle_time_is_one_and_a_half_keep_alives_up_to_the_limit() {
        for (keep_alive, idle) in [
            (1, 2),
            (60, 90),
            (1178, 1767),
            (MAX_KEEP_ALIVE_SECONDS, 1767),
            (u16::MAX, 1767),
        ] {
            assert_eq!(idle_timeout(keep_alive), Seconds(idle), "{keep_alive}");
        }
        assert_eq!(idle_timeout(0), Seconds(1767));
    }
}
