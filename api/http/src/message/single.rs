use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use roost_model::{Event, Limits};

use super::check_size;
use super::property::{Property, classify, is_name};
use crate::error::ApiError;

/// A message whose properties are headers and whose body is the request's.
///
/// HTTP does not keep the case of header names, so application properties arrive in lower case.
///
/// Errors: ArgumentInvalid for a property that is given twice, has a name outside the alphabet or
/// a value that is not ASCII; MessageTooLarge.
pub(crate) fn parse_single(
    headers: &HeaderMap,
    body: Bytes,
    limits: &Limits,
) -> Result<Event, ApiError> {
    let event = read_single(headers, body)?;
    check_size(&event, limits)?;
    Ok(event)
}

/// As [`parse_single`], whatever the size.
pub(super) fn read_single(headers: &HeaderMap, body: Bytes) -> Result<Event, ApiError> {
    let mut event = Event {
        system: Vec::new(),
        properties: Vec::new(),
        body,
    };
    for (name, value) in headers {
        let name = name.as_str();
        let property = classify(name);
        if matches!(property, Property::Ignored | Property::Foreign) {
            continue;
        }
        let value = value
            .to_str()
            .map_err(|_| ApiError::invalid(format!("the value of {name} is not ASCII")))?
            .to_owned();
        let is_new = match property {
            Property::System(property) => {
                let is_new = event.system.iter().all(|(given, _)| *given != property);
                event.system.push((property, value));
                is_new
            }
            Property::Application(own) if !is_name(own) => {
                return Err(ApiError::invalid(format!(
                    "{name} is not the name of a property"
                )));
            }
            Property::Application(own) => {
                let is_new = event.properties.iter().all(|(given, _)| given != own);
                event.properties.push((own.to_owned(), Some(value)));
                is_new
            }
            Property::Ignored | Property::Foreign => true,
        };
        if !is_new {
            return Err(ApiError::invalid(format!("{name} is given twice")));
        }
    }
    Ok(event)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
    use actix_web::web::Bytes;
    use proptest::prelude::*;
    use roost_model::{Limits, SystemProperty};

    use super::parse_single;

    fn headers(pairs: &[(&str, &[u8])]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                (name, HeaderValue::from_bytes(value).unwrap())
            })
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    }

    fn code(pairs: &[(&str, &[u8])], body: Bytes) -> u32 {
        parse_single(&headers(pairs), body, &Limits::default())
            .unwrap_err()
            .code()
            .number
    }

    #[test]
    fn headers_become_system_and_application_properties() {
        let headers = headers(&[
            ("iothub-messageid", b"m1"),
            ("iothub-contenttype", b"application/json"),
            ("iothub-to", b"/devices/dev1/messages/events"),
            ("iothub-app-alert", b"yes"),
            ("user-agent", b"test"),
        ]);
        let event = parse_single(&headers, Bytes::from_static(b"{}"), &Limits::default()).unwrap();
        let mut system = event.system;
        system.sort_by(|a, b| a.1.cmp(&b.1));
        assert_eq!(
            system,
            [
                (SystemProperty::ContentType, "application/json".to_owned()),
                (SystemProperty::MessageId, "m1".to_owned()),
            ]
        );
        assert_eq!(
            event.properties,
            [("alert".to_owned(), Some("yes".to_owned()))]
        );
        assert_eq!(&event.body[..], b"{}");
    }

    #[test]
    fn a_property_given_twice_is_refused() {
        assert_eq!(
            code(
                &[("iothub-app-a", b"1"), ("iothub-app-a", b"2")],
                Bytes::new()
            ),
            400_004
        );
        assert_eq!(
            code(
                &[("iothub-messageid", b"1"), ("iothub-messageid", b"1")],
                Bytes::new()
            ),
            400_004
        );
    }

    #[test]
    fn a_value_that_is_not_ascii_is_refused() {
        assert_eq!(
            code(&[("iothub-app-a", "ü".as_bytes())], Bytes::new()),
            400_004
        );
    }

    #[test]
    fn a_property_without_a_name_is_refused() {
        assert_eq!(code(&[("iothub-app-", b"1")], Bytes::new()), 400_004);
    }

    #[test]
    fn a_message_over_the_limit_is_413() {
        assert_eq!(code(&[], Bytes::from(vec![0; 262_145])), 413_001);
    }

    proptest! {
        #[test]
        fn every_application_property_comes_through(
            pairs in proptest::collection::btree_map("[a-z0-9._-]{1,20}", "[ -~]{0,40}", 0..10)
        ) {
            let given: Vec<_> = pairs
                .iter()
                .map(|(name, value)| (format!("iothub-app-{name}"), value.clone()))
                .collect();
            let given: Vec<_> =
                given.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            let event =
                parse_single(&headers(&given), Bytes::new(), &Limits::default()).unwrap();
            let read: std::collections::BTreeMap<_, _> =
                event.properties.into_iter().map(|(k, v)| (k, v.unwrap())).collect();
            prop_assert_eq!(read, pairs);
        }
    }
}
