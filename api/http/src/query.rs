use percent_encoding::percent_decode_str;

use crate::error::ApiError;

/// The decoded query of a request. Names are compared without regard to case, as the service does;
/// a plus sign stays a plus sign, because time zones need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Errors: ArgumentInvalid when a name or value is not UTF-8 after percent-decoding.
    pub(crate) fn parse(raw: &str) -> Result<Self, ApiError> {
        raw.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((decode(name)?, decode(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Query)
    }

    /// The value of a parameter that may be given once. Errors: ArgumentInvalid when given twice.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self
            .0
            .iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name));
        let first = values.next().map(|(_, value)| value.as_str());
        match values.next() {
            None => Ok(first),
            Some(_) => Err(ApiError::invalid(format!(
                "query parameter {name} is given twice"
            ))),
        }
    }

    /// Refuses parameters other than `known` and `api-version`, whose value is never looked at.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), ApiError> {
        let is_known = |name: &str| {
            name.eq_ignore_ascii_case("api-version")
                || known.iter().any(|known| known.eq_ignore_ascii_case(name))
        };
        match self.0.iter().find(|(name, _)| !is_known(name)) {
            None => Ok(()),
            Some((name, _)) => Err(ApiError::invalid(format!("unknown query parameter {name}"))),
        }
    }

    /// `true` or `false` in any case, `false` when the parameter is absent.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.get(name)? {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(ApiError::invalid(format!("{name} must be true or false"))),
        }
    }

    /// A whole number within `range`, or `default` when the parameter is absent.
    pub(crate) fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, ApiError> {
        let Some(text) = self.get(name)? else {
            return Ok(default);
        };
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(ApiError::invalid(format!(
                "{name} must be a whole number from {} to {}",
                range.start(),
                range.end()
            ))),
        }
    }
}

fn decode(text: &str) -> Result<String, ApiError> {
    percent_decode_str(text)
        .decode_utf8()
        .map(|text| text.into_owned())
        .map_err(|_| ApiError::invalid("the query is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::Query;

    #[test]
    fn the_value_of_api_version_does_not_matter() {
        let query = Query::parse("api-version=nonsense&from=earliest").unwrap();
        query.only(&["from"]).unwrap();
        assert_eq!(query.get("from").unwrap(), Some("earliest"));
    }

    #[test]
    fn an_unknown_parameter_is_named() {
        let error = Query::parse("form=earliest")
            .unwrap()
            .only(&["from"])
            .unwrap_err();
        assert!(error.to_string().contains("form"), "{error}");
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        assert!(Query::parse("top=1&TOP=2").unwrap().get("top").is_err());
    }

    #[test]
    fn a_name_without_value_has_an_empty_value() {
        assert_eq!(
            Query::parse("reject").unwrap().get("reject").unwrap(),
            Some("")
        );
    }

    #[test]
    fn numbers_outside_their_range_are_refused() {
        for text in [
            "top=0",
            "top=11",
            "top=-1",
            "top=ten",
            "top=",
            "top=99999999999999999999",
        ] {
            assert!(
                Query::parse(text)
                    .unwrap()
                    .number("top", 1..=10, 5)
                    .is_err(),
                "{text}"
            );
        }
        assert_eq!(
            Query::parse("").unwrap().number("top", 1..=10, 5).unwrap(),
            5
        );
        assert_eq!(
            Query::parse("top=10")
                .unwrap()
                .number("top", 1..=10, 5)
                .unwrap(),
            10
        );
    }

    proptest! {
        #[test]
        fn every_encoded_pair_is_read_back(name in "[a-z]{1,8}", value in ".{0,40}") {
            let encoded = utf8_percent_encode(&value, NON_ALPHANUMERIC);
            let query = Query::parse(&format!("{name}={encoded}")).unwrap();
            prop_assert_eq!(query.get(&name).unwrap(), Some(value.as_str()));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,80}") {
            let _ = Query::parse(&text);
        }
    }
}
