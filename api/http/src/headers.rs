use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use roost_model::{DeviceId, ETag, Precondition, SequenceNumber};

use crate::error::ApiError;

/// Pages through a list: in an answer while there may be more, in the request for the next page.
pub(crate) const CONTINUATION_HEADER: HeaderName = HeaderName::from_static("x-ms-continuation");

/// `None` without an `If-Match` header. One that cannot be read can match nothing.
pub(crate) fn if_match(headers: &HeaderMap) -> Option<Precondition> {
    let header = headers.get(header::IF_MATCH)?;
    Some(match header.to_str() {
        Ok(text) => Precondition::from_if_match(Some(text)),
        Err(_) => Precondition::Never,
    })
}

/// Whether an `If-None-Match` header names this version, or any.
pub(crate) fn if_none_match(headers: &HeaderMap, etag: ETag) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| match Precondition::from_if_match(Some(tag)) {
            Precondition::Any => true,
            Precondition::Matches(tag) => tag == etag,
            _ => false,
        })
}

/// Behind which device a list goes on.
///
/// Errors: ArgumentInvalid for what no answer can have given.
pub(crate) fn continuation(headers: &HeaderMap) -> Result<Option<DeviceId>, ApiError> {
    let Some(header) = headers.get(CONTINUATION_HEADER) else {
        return Ok(None);
    };
    let device = header.to_str().ok().and_then(|text| text.parse().ok());
    let invalid = || ApiError::invalid("x-ms-continuation is none that this hub gives");
    device.map(Some).ok_or_else(invalid)
}

/// Where a stream of server-sent events is to go on: after this event.
///
/// Errors: ArgumentInvalid when it is no sequence number.
pub(crate) fn last_event_id(headers: &HeaderMap) -> Result<Option<SequenceNumber>, ApiError> {
    let Some(header) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let number = header
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let invalid = || ApiError::invalid("Last-Event-ID must be the sequence number of an event");
    number
        .map(|number| Some(SequenceNumber(number)))
        .ok_or_else(invalid)
}

/// Whether the client asks for server-sent events.
pub(crate) fn wants_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|range| range.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// The host that the client asked for, as it wrote it.
pub(crate) fn host(request: &HttpRequest) -> String {
    let header = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    // HTTP/2 has it in the target instead.
    let authority = || {
        request
            .uri()
            .authority()
            .map(|authority| authority.as_str())
    };
    header.or_else(authority).unwrap_or_default().to_owned()
}

/// The address at the other end of the connection; what a header claims is not asked.
pub(crate) fn peer(request: &HttpRequest) -> String {
    request
        .peer_addr()
        .map_or_else(|| "unknown".to_owned(), |address| address.to_string())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
    use actix_web::test::TestRequest;
    use proptest::prelude::*;
    use roost_model::{ETag, Precondition, SequenceNumber};

    use super::{
        CONTINUATION_HEADER, continuation, host, if_match, if_none_match, last_event_id,
        wants_event_stream,
    };

    fn one(name: HeaderName, value: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_bytes(value).unwrap());
        headers
    }

    fn precondition(value: &str) -> Option<Precondition> {
        if_match(&one(header::IF_MATCH, value.as_bytes()))
    }

    #[test]
    fn without_if_match_there_is_no_precondition() {
        assert_eq!(if_match(&HeaderMap::new()), None);
    }

    #[test]
    fn every_form_of_if_match_is_read() {
        assert_eq!(precondition("*"), Some(Precondition::Any));
        assert_eq!(precondition("\"*\""), Some(Precondition::Any));
        for tag in ["AAAAAAAAAAE=", "\"AAAAAAAAAAE=\"", "W/\"AAAAAAAAAAE=\""] {
            assert_eq!(
                precondition(tag),
                Some(Precondition::Matches(ETag(1))),
                "{tag}"
            );
        }
    }

    #[test]
    fn a_foreign_tag_matches_nothing() {
        assert_eq!(precondition("abc"), Some(Precondition::Never));
        assert_eq!(precondition(""), Some(Precondition::Never));
        assert_eq!(
            if_match(&one(header::IF_MATCH, b"\xff")),
            Some(Precondition::Never)
        );
    }

    #[test]
    fn a_version_that_the_client_has_is_told_by_its_tag() {
        let names = |value: &str| {
            let headers = one(header::IF_NONE_MATCH, value.as_bytes());
            if_none_match(&headers, ETag(1))
        };
        for value in [
            "*",
            "AAAAAAAAAAE=",
            "W/\"AAAAAAAAAAE=\"",
            "\"x\", \"AAAAAAAAAAE=\"",
        ] {
            assert!(names(value), "{value}");
        }
        for value in ["", "abc", "\"AAAAAAAAAAI=\""] {
            assert!(!names(value), "{value}");
        }
        assert!(!if_none_match(&HeaderMap::new(), ETag(1)));
    }

    #[test]
    fn a_list_goes_on_behind_a_device() {
        assert_eq!(continuation(&HeaderMap::new()).unwrap(), None);
        let headers = one(CONTINUATION_HEADER, b"dev1");
        let device = continuation(&headers).unwrap().unwrap();
        assert_eq!(device.as_str(), "dev1");
        for bad in [&b""[..], b"a b", b"\xff"] {
            assert!(continuation(&one(CONTINUATION_HEADER, bad)).is_err());
        }
    }

    #[test]
    fn a_stream_resumes_after_a_sequence_number_only() {
        let name = HeaderName::from_static("last-event-id");
        assert_eq!(last_event_id(&HeaderMap::new()).unwrap(), None);
        let headers = one(name.clone(), b" 41 ");
        assert_eq!(last_event_id(&headers).unwrap(), Some(SequenceNumber(41)));
        for bad in [&b"-1"[..], b"x", b"\xff", b""] {
            assert!(last_event_id(&one(name.clone(), bad)).is_err());
        }
    }

    #[test]
    fn a_stream_is_asked_for_by_media_type() {
        assert!(wants_event_stream(&one(
            header::ACCEPT,
            b"text/html, Text/Event-Stream;q=0.9"
        )));
        assert!(!wants_event_stream(&one(header::ACCEPT, b"*/*")));
        assert!(!wants_event_stream(&HeaderMap::new()));
    }

    #[test]
    fn the_host_is_the_clients_own_words() {
        let request = TestRequest::get().insert_header(("host", "Hub.Local:443"));
        let request = request.insert_header(("x-forwarded-host", "evil"));
        assert_eq!(host(&request.to_http_request()), "Hub.Local:443");
        let request = TestRequest::with_uri("https://hub.local/devices").to_http_request();
        assert_eq!(host(&request), "hub.local");
    }

    proptest! {
        #[test]
        fn no_header_value_makes_them_panic(value in "[ -~]{0,40}") {
            let _ = precondition(&value);
            let _ = last_event_id(&one(HeaderName::from_static("last-event-id"), value.as_bytes()));
            let _ = wants_event_stream(&one(header::ACCEPT, value.as_bytes()));
        }
    }
}
