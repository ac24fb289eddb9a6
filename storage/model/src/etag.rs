//! Entity tags and `If-Match`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// Why a text is not an entity tag of this hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an entity tag of this hub")]
pub struct InvalidETag;

/// The version of a document, compared for equality only.
///
/// The text form is the base64 of the number's eight big-endian bytes, as IoT Hub's look:
/// `AAAAAAAAAAE=`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    bincode::Encode,
    bincode::Decode,
)]
pub struct ETag(pub u64);

impl ETag {
    /// The tag of the document after one more change.
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0.to_be_bytes()))
    }
}

impl FromStr for ETag {
    type Err = InvalidETag;

    /// Accepts what SDKs send: `tag`, `"tag"` and `W/"tag"` (RFC 7232 §2.3).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // A bare tag may itself begin with `W/`: only the quote behind it makes it the weak prefix.
        let quoted = text
            .strip_prefix("W/")
            .filter(|rest| rest.starts_with('"'))
            .unwrap_or(text);
        let opaque = match quoted.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"').ok_or(InvalidETag)?,
            None => quoted,
        };
        let bytes = STANDARD.decode(opaque).map_err(|_| InvalidETag)?;
        let bytes: [u8; 8] = bytes.try_into().map_err(|_| InvalidETag)?;
        Ok(Self(u64::from_be_bytes(bytes)))
    }
}

/// What an `If-Match` header asks of a document before it may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, bincode::Encode, bincode::Decode)]
pub enum Precondition {
    /// No header: nothing is asked.
    #[default]
    None,
    /// `*`: the document must exist.
    Any,
    /// The document must exist in this very version.
    Matches(ETag),
    /// A tag that no document of this hub can have.
    Never,
}

impl Precondition {
    /// Reads the header's value; `None` when there was no header.
    ///
    /// `*` may come quoted (SDKs do so). A value that is no tag of this hub, a list of tags
    /// included, can match nothing.
    pub fn from_if_match(value: Option<&str>) -> Self {
        let Some(value) = value.map(str::trim) else {
            return Self::None;
        };
        if value == "*" || value == "\"*\"" {
            return Self::Any;
        }
        value.parse().map_or(Self::Never, Self::Matches)
    }

    /// Whether a document with this tag (`None`: there is no document) may be changed.
    pub fn allows(self, current: Option<ETag>) -> bool {
        match self {
            Self::None => true,
            Self::Any => current.is_some(),
            Self::Matches(wanted) => current == Some(wanted),
            Self::Never => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tag_is_the_base64_of_eight_big_endian_bytes() {
        assert_eq!(ETag(1).to_string(), "AAAAAAAAAAE=");
        assert_eq!(ETag(u64::MAX).to_string(), "//////////8=");
    }

    #[test]
    fn bare_quoted_and_weak_forms_are_the_same_tag() {
        for text in [
            "AAAAAAAAAAE=",
            "\"AAAAAAAAAAE=\"",
            "W/\"AAAAAAAAAAE=\"",
            " AAAAAAAAAAE= ",
        ] {
            assert_eq!(text.parse(), Ok(ETag(1)), "{text:?}");
        }
    }

    #[test]
    fn a_bare_tag_that_begins_like_a_weak_one_is_read_whole() {
        let tag = ETag(0x5bf0_0000_0000_0000);
        assert_eq!(tag.to_string(), "W/AAAAAAAAA=");
        assert_eq!(tag.to_string().parse(), Ok(tag));
    }

    #[test]
    fn what_is_no_tag_of_ours_is_refused() {
        let bad = [
            "",
            "\"",
            "\"\"",
            "MTIz",
            "AAAAAAAAAAE",
            "AAAAAAAAAAF=",
            "AAAAAAAAAAEA",
            "W/AAAAAAAAAAE=",
            "w/\"AAAAAAAAAAE=\"",
            "\"AAAAAAAAAAE=",
            "*",
        ];
        for text in bad {
            assert_eq!(text.parse::<ETag>(), Err(InvalidETag), "{text:?}");
        }
    }

    #[test]
    fn if_match_is_read_in_every_form_that_sdks_send() {
        let read = Precondition::from_if_match;
        assert_eq!(read(None), Precondition::None);
        assert_eq!(read(Some("*")), Precondition::Any);
        assert_eq!(read(Some("\"*\"")), Precondition::Any);
        assert_eq!(read(Some("AAAAAAAAAAE=")), Precondition::Matches(ETag(1)));
        assert_eq!(
            read(Some("W/\"AAAAAAAAAAE=\"")),
            Precondition::Matches(ETag(1))
        );
        assert_eq!(read(Some("")), Precondition::Never);
        assert_eq!(read(Some("\"nonsense\"")), Precondition::Never);
    }

    #[test]
    fn a_precondition_allows_exactly_what_it_names() {
        let (one, two) = (Some(ETag(1)), Some(ETag(2)));
        let table = [
            (Precondition::None, [true, true, true]),
            (Precondition::Any, [false, true, true]),
            (Precondition::Matches(ETag(1)), [false, true, false]),
            (Precondition::Never, [false, false, false]),
        ];
        for (precondition, expected) in table {
            let got = [None, one, two].map(|current| precondition.allows(current));
            assert_eq!(got, expected, "{precondition:?}");
        }
    }

    proptest! {
        #[test]
        fn tags_round_trip(number: u64) {
            prop_assert_eq!(ETag(number).to_string().parse(), Ok(ETag(number)));
            prop_assert_eq!(format!("W/\"{}\"", ETag(number)).parse(), Ok(ETag(number)));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<ETag>();
            let _ = Precondition::from_if_match(Some(&text));
        }
    }
}
