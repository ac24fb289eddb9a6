use actix_web::HttpResponse;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use roost_actors::client::{MessageDraft, ReceivedMessage};
use roost_model::{Acknowledge, Event, LockToken, SystemProperty, Timestamp};

use super::{describe, parse_devicebound, parse_devicebound_item};
use crate::error::ApiError;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, HeaderValue::from_str(value).unwrap());
    }
    map
}

fn parse(pairs: &[(&str, &str)]) -> Result<MessageDraft, ApiError> {
    parse_devicebound(&headers(pairs), Bytes::from_static(b"go"))
}

#[test]
fn headers_become_a_message() {
    let draft = parse(&[
        ("iothub-messageid", "m"),
        ("iothub-ack", "Full"),
        ("iothub-expiry", "2026-11-21T10:00:00+02:00"),
        ("iothub-app-color", "red"),
    ])
    .unwrap();
    assert_eq!(draft.acknowledge, Acknowledge::Full);
    let eight = Timestamp::parse_iso("2026-11-21T08:00:00Z").unwrap();
    assert_eq!(draft.expires_at, Some(eight));
    let written = draft
        .content
        .system_property(SystemProperty::AbsoluteExpiryTime);
    assert_eq!(written, Some("2026-11-21T08:00:00.0000000Z"));
    assert_eq!(
        draft.content.properties,
        [("color".to_owned(), Some("red".to_owned()))]
    );
    assert_eq!(&draft.content.body[..], b"go");
}

#[test]
fn no_expiry_and_an_expiry_of_zero_are_none() {
    for pairs in [&[][..], &[("iothub-expiry", "0")], &[("iothub-expiry", "")]] {
        let draft = parse(pairs).unwrap();
        assert_eq!(
            (draft.expires_at, draft.acknowledge),
            (None, Acknowledge::None)
        );
        assert_eq!(draft.content.system, []);
    }
}

#[test]
fn what_is_no_expiry_or_acknowledgement_is_refused() {
    let long = "x".repeat(129);
    for pair in [
        ("iothub-expiry", "tomorrow"),
        ("iothub-ack", "yes"),
        ("iothub-ack", ""),
        ("iothub-messageid", long.as_str()),
    ] {
        assert_eq!(
            parse(&[pair]).unwrap_err().code().number,
            400_004,
            "{pair:?}"
        );
    }
    assert!(parse(&[("iothub-messageid", &long[1..])]).is_ok());
}

#[test]
fn a_batch_of_one_keeps_the_case_of_names() {
    let body = br#"[{"body":"go","base64Encoded":false,"properties":{"iothub-app-Color":"red"}}]"#;
    let draft = parse_devicebound_item(&headers(&[("iothub-ack", "positive")]), body).unwrap();
    assert_eq!(draft.content.properties[0].0, "Color");
    assert_eq!(draft.acknowledge, Acknowledge::Positive);
    for bad in [&b"[]"[..], b"{}", br#"[{"body":""},{"body":""}]"#] {
        assert!(parse_devicebound_item(&HeaderMap::new(), bad).is_err());
    }
    let control = br#"[{"body":"","properties":{"iothub-app-a":"\u0007"}}]"#;
    assert!(parse_devicebound_item(&HeaderMap::new(), control).is_err());
    let control = br#"[{"body":"","properties":{"iothub-messageid":"\n"}}]"#;
    assert!(parse_devicebound_item(&HeaderMap::new(), control).is_err());
}

#[test]
fn a_device_finds_everything_in_the_headers() {
    let message = ReceivedMessage {
        lock: LockToken::new(1, 0, 7),
        sequence: 12,
        enqueued_at: Timestamp(1000),
        expires_at: Timestamp(2000),
        delivery_count: 3,
        redelivered: true,
        acknowledge: Acknowledge::Full,
        content: Event {
            system: vec![
                (SystemProperty::MessageId, "m".into()),
                (SystemProperty::ContentType, "text/plain".into()),
                (SystemProperty::AbsoluteExpiryTime, "ignored".into()),
            ],
            properties: vec![("color".into(), Some("red".into())), ("flag".into(), None)],
            body: Bytes::new(),
        },
    };
    let mut response = HttpResponse::Ok();
    describe(&mut response, &"dev".parse().unwrap(), &message);
    let response = response.finish();
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    let lock = format!("\"{}\"", message.lock);
    for (name, value) in [
        ("etag", lock.as_str()),
        ("iothub-messageid", "m"),
        ("iothub-to", "/devices/dev/messages/deviceBound"),
        ("iothub-sequencenumber", "12"),
        ("iothub-enqueuedtime", "1970-01-01T00:00:01.0000000Z"),
        ("iothub-expiry", "1970-01-01T00:00:02.0000000Z"),
        ("iothub-deliverycount", "3"),
        ("iothub-ack", "full"),
        ("contenttype", "text/plain"),
        ("iothub-app-color", "red"),
        ("iothub-app-flag", ""),
    ] {
        assert_eq!(header(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(header("iothub-correlationid"), None);
}
