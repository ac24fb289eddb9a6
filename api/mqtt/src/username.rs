//! The user name of CONNECT: `{hub host name}/{client id}/?{query}`.
//!
//! Host, device and module stand there as they are; keys and values of the query are percent-encoded
//! by most SDKs. Forms found in the field: `{host}/{device}/?api-version=2018-06-30`,
//! `{host}/{device}/api-version=2016-11-14` and `{host}/{device}`. The api-version is not looked at:
//! SDKs send seven different ones.

use percent_encoding::percent_decode_str;

/// Parts of a user name whose ids are those of the client id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Username {
    /// Host as the client wrote it.
    pub host: String,
    /// `model-id` of the query, decoded. An empty value counts as absent.
    pub model_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UsernameError {
    #[error("the user name is not {{host}}/{{client id}}/?{{query}}")]
    Malformed,
    #[error("the user name does not name the device or module of the client id")]
    ForeignId,
}

impl Username {
    pub(crate) fn parse(text: &str, client_id: &str) -> Result<Self, UsernameError> {
        let (host, rest) = text.split_once('/').ok_or(UsernameError::Malformed)?;
        if host.is_empty() {
            return Err(UsernameError::Malformed);
        }
        let rest = rest
            .strip_prefix(client_id)
            .ok_or(UsernameError::ForeignId)?;
        let query = query(rest).ok_or(UsernameError::ForeignId)?;
        Ok(Self {
            host: host.to_owned(),
            model_id: model_id(query),
        })
    }
}

/// What stands behind the ids: nothing, `/`, `/?query`, `?query` or `/query`. None: the id goes on.
fn query(rest: &str) -> Option<&str> {
    if rest.is_empty() {
        return Some("");
    }
    if let Some(query) = rest.strip_prefix('?') {
        return Some(query);
    }
    let rest = rest.strip_prefix('/')?;
    if let Some(query) = rest.strip_prefix('?') {
        return Some(query);
    }
    // without a question mark only `key=…` is a query; `module/…` would be an id
    let key = rest.split('=').next().unwrap_or_default();
    let is_query = rest.is_empty() || (key.len() < rest.len() && !key.contains('/'));
    is_query.then_some(rest)
}

fn model_id(query: &str) -> Option<String> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == "model-id")
        .and_then(|(_, value)| percent_decode_str(value).decode_utf8().ok())
        .filter(|value| !value.is_empty())
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn host(text: &str, client_id: &str) -> Result<String, UsernameError> {
        Username::parse(text, client_id).map(|name| name.host)
    }

    #[test]
    fn every_form_of_the_sdks_is_accepted() {
        for form in [
            "h.example/dev/?api-version=2019-10-01&DeviceClientType=py%2F2.14.0%28x%29",
            "h.example/dev/?api-version=2018-06-30",
            "h.example/dev/api-version=2016-11-14",
            "h.example/dev/",
            "h.example/dev",
            "h.example/dev?api-version=2021-04-12",
        ] {
            assert_eq!(host(form, "dev").as_deref(), Ok("h.example"), "{form}");
        }
        assert_eq!(
            host("h/dev/mod/?api-version=1", "dev/mod").as_deref(),
            Ok("h")
        );
    }

    #[test]
    fn other_ids_than_those_of_the_client_id_are_refused() {
        for form in [
            "h/dev2/?a=b",
            "h/de",
            "h/dev/mod",
            "h/dev/mod/?a=b",
            "h/DEV/?a=b",
            "h/",
        ] {
            assert_eq!(host(form, "dev"), Err(UsernameError::ForeignId), "{form}");
        }
        assert_eq!(host("h/dev/?a=b", "dev/mod"), Err(UsernameError::ForeignId));
    }

    #[test]
    fn a_name_without_a_host_is_malformed() {
        assert_eq!(host("dev", "dev"), Err(UsernameError::Malformed));
        assert_eq!(host("/dev", "dev"), Err(UsernameError::Malformed));
        assert_eq!(host("", "dev"), Err(UsernameError::Malformed));
    }

    #[test]
    fn the_model_id_may_be_encoded_or_raw() {
        let model = |text| Username::parse(text, "d").unwrap().model_id;
        let expected = Some("dtmi:com:example:Thermostat;1".to_owned());
        assert_eq!(
            model("h/d/?model-id=dtmi%3Acom%3Aexample%3AThermostat%3B1&x=y"),
            expected
        );
        assert_eq!(
            model("h/d/?api-version=1&model-id=dtmi:com:example:Thermostat;1"),
            expected
        );
        assert_eq!(model("h/d/?model-id="), None);
        assert_eq!(model("h/d/?model-id=%ff"), None);
        assert_eq!(model("h/d/?api-version=1"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_without_a_panic(text: String, client_id: String) {
            let _ = Username::parse(&text, &client_id);
        }

        #[test]
        fn the_name_that_the_client_writes_is_understood(
            host in "[a-z0-9.-]{1,30}",
            device in "[A-Za-z0-9.+%_#*?!(),:=@$';-]{1,40}",
        ) {
            let identity = roost_model::Identity::device(device.parse().unwrap());
            let text = crate::azure::username(&host, &identity);
            let name = Username::parse(&text, &identity.to_string()).unwrap();
            prop_assert_eq!(name, Username { host, model_id: None });
        }
    }
}
