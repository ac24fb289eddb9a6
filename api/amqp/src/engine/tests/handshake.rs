use bytes::Bytes;

use super::client::{Client, begin, open};
use crate::codec::performative::{Close, Performative};
use crate::codec::sasl::{SaslCode, SaslInit, SaslResponse};
use crate::codec::{Role, Symbol};
use crate::engine::{Event, Side};
use crate::sasl::{Credentials, Password};

const SASL: &[u8] = b"AMQP\x03\x01\x00\x00";
const AMQP: &[u8] = b"AMQP\x00\x01\x00\x00";

fn init(mechanism: &'static str, response: Option<&'static [u8]>) -> SaslInit {
    SaslInit {
        mechanism: Symbol::from(mechanism),
        initial_response: response.map(Bytes::from_static),
        hostname: Some("hub".to_owned()),
    }
}

#[test]
fn a_client_without_sasl_is_open_at_once_and_every_field_is_written() {
    let mut client = Client::connect();
    client.raw(AMQP);
    client.say(0, &open());
    client.say(3, &begin());
    let events = client.events();
    assert!(matches!(
        events[..],
        [Event::Opened(_), Event::SessionBegun(_)]
    ));
    let bytes = client.bytes();
    assert_eq!(&bytes[..8], AMQP);
    // open: descriptor 0x10 and a list of ten; begin on the same channel: 0x11 and a list of eight.
    assert_eq!(&bytes[16..19], &[0x00, 0x53, 0x10]);
    assert_eq!((bytes[19], bytes[21]), (0xc0, 10));
    let begin = &bytes[8 + bytes[11] as usize..];
    assert_eq!(&begin[6..11], &[0, 3, 0x00, 0x53, 0x11]);
    assert_eq!((begin[11], begin[13]), (0xc0, 8));
}

#[test]
fn mechanisms_are_an_array_of_symbols_in_the_layer_of_sasl() {
    let mut client = Client::connect();
    client.raw(SASL);
    assert!(client.events().is_empty());
    let bytes = client.bytes();
    assert_eq!(&bytes[..8], SASL);
    let frame = &bytes[8..];
    assert_eq!(&frame[4..11], &[2, 1, 0, 0, 0x00, 0x53, 0x40]);
    assert_eq!(&frame[11..19], &[0xc0, 0x26, 1, 0xe0, 0x23, 4, 0xa3, 7]);
    assert_eq!(&frame[19..26], b"MSSBCBS");
}

#[test]
fn nothing_is_read_until_the_host_has_decided() {
    let mut client = Client::connect();
    client.raw(SASL);
    client.sasl(&init("MSSBCBS", None));
    client.raw(AMQP);
    client.say(0, &open());
    let events = client.events();
    let credentials = Credentials::Anonymous;
    let hostname = Some("hub".to_owned());
    assert_eq!(
        events,
        [Event::Authenticate {
            credentials,
            hostname
        }]
    );
    client.engine.authenticate(SaslCode::Ok);
    assert!(matches!(client.events()[..], [Event::Opened(_)]));
    let frames = client.frames();
    assert!(matches!(frames[..], [(0, Performative::Open(_), _)]));
}

#[test]
fn plain_without_an_initial_response_is_asked_for_it() {
    let mut client = Client::connect();
    client.raw(SASL);
    client.sasl(&init("PLAIN", None));
    assert!(client.events().is_empty());
    client.sasl(&SaslResponse {
        response: Bytes::from_static(b"\0owner\0secret"),
    });
    let events = client.events();
    let [
        Event::Authenticate {
            credentials: Credentials::Plain {
                authcid, password, ..
            },
            ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(
        (authcid.as_str(), password),
        ("owner", &Password("secret".to_owned()))
    );
    client.engine.authenticate(SaslCode::Auth);
    assert!(client.engine.is_finished());
    let bytes = client.bytes();
    assert_eq!(
        &bytes[bytes.len() - 8..],
        &[0x53, 0x44, 0xc0, 4, 2, 0x50, 1, 0x40]
    );
}

#[test]
fn what_makes_no_sense_in_sasl_ends_the_connection() {
    for (mechanism, response) in [("SCRAM-SHA-1", Some(&b"n"[..])), ("PLAIN", Some(b"x"))] {
        let mut client = Client::connect();
        client.raw(SASL);
        client.sasl(&init(mechanism, response));
        let events = client.events();
        assert!(
            matches!(
                events[..],
                [Event::Closed {
                    by: Side::Server,
                    ..
                }]
            ),
            "{events:?}"
        );
        assert!(client.engine.is_finished());
    }
    let mut client = Client::connect();
    client.raw(SASL);
    client.say(0, &open());
    client.events();
    assert!(client.engine.is_finished());
}

#[test]
fn another_protocol_gets_our_header_and_no_more() {
    for header in [
        &b"AMQP\x00\x00\x09\x01"[..],
        b"AMQP\x02\x01\x00\x00",
        b"GET / HTTP/1.1",
    ] {
        let mut client = Client::connect();
        client.raw(header);
        client.events();
        assert!(client.engine.is_finished());
        assert_eq!(&client.bytes()[..], AMQP);
    }
}

#[test]
fn a_second_sasl_layer_is_refused() {
    let mut client = Client::connect();
    client.raw(SASL);
    client.sasl(&init("ANONYMOUS", Some(b"x")));
    client.events();
    client.engine.authenticate(SaslCode::Ok);
    client.raw(SASL);
    client.events();
    assert!(client.engine.is_finished());
}

#[test]
fn a_close_of_the_client_is_answered() {
    let mut client = Client::running();
    client.say(0, &Close { error: None });
    assert_eq!(
        client.events(),
        [Event::Closed {
            by: Side::Client,
            error: None
        }]
    );
    assert_eq!(client.farewell(), ("close", String::new()));
    assert!(client.engine.is_finished());
}

#[test]
fn a_close_of_the_host_waits_for_the_answer_and_hears_nothing_else() {
    let mut client = Client::running();
    client.engine.close(client.now, None);
    assert_eq!(client.farewell(), ("close", String::new()));
    client.say(0, &super::client::attach(0, Role::Sender));
    client.say(5, &begin());
    assert!(client.events().is_empty());
    assert!(!client.engine.is_finished());
    client.say(0, &Close { error: None });
    assert!(client.events().is_empty());
    assert!(client.engine.is_finished());
    assert!(client.bytes().is_empty());
}
