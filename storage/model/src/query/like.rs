//! `LIKE` patterns: `%` stands for any run of characters, `_` for one.

/// Why a pattern can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidPattern {
    #[error("the escape must be one character")]
    Escape,
    #[error("the pattern ends in its escape character")]
    DanglingEscape,
}

/// A pattern, ready for use. Equal patterns have equal texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikePattern {
    text: String,
    escape: Option<char>,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Char(char),
    One,
    Any,
}

impl LikePattern {
    pub(super) fn parse(text: String, escape: Option<&str>) -> Result<Self, InvalidPattern> {
        let escape = match escape.map(|escape| (escape.chars().next(), escape.chars().count())) {
            None => None,
            Some((Some(char), 1)) => Some(char),
            Some(_) => return Err(InvalidPattern::Escape),
        };
        let mut parts = Vec::new();
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            parts.push(match char {
                char if Some(char) == escape => {
                    Part::Char(chars.next().ok_or(InvalidPattern::DanglingEscape)?)
                }
                // A run of them matches what one does.
                '%' if parts.last() == Some(&Part::Any) => continue,
                '%' => Part::Any,
                '_' => Part::One,
                char => Part::Char(char),
            });
        }
        Ok(Self {
            text,
            escape,
            parts,
        })
    }

    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What makes the character behind it stand for itself.
    pub fn escape(&self) -> Option<char> {
        self.escape
    }

    /// Whether the whole of `text` is like this.
    pub fn matches(&self, text: &str) -> bool {
        let parts = &self.parts;
        let (mut part, mut rest) = (0, text.chars());
        // Behind the last `%`: what it stands for may grow by one character at a time.
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let mut ahead = rest.clone();
            let matched = match (parts.get(part), ahead.next()) {
                (Some(Part::Any), _) => {
                    part += 1;
                    retry = Some((part, rest.clone()));
                    continue;
                }
                (None, None) => return true,
                (Some(Part::One), Some(_)) => true,
                (Some(Part::Char(wanted)), Some(found)) => *wanted == found,
                _ => false,
            };
            if matched {
                part += 1;
                rest = ahead;
                continue;
            }
            let Some((after, from)) = &mut retry else {
                return false;
            };
            if from.next().is_none() {
                return false;
            }
            part = *after;
            rest = from.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn like(text: &str, pattern: &str) -> bool {
        LikePattern::parse(pattern.to_owned(), None)
            .unwrap()
            .matches(text)
    }

    #[test]
    fn percent_is_any_run_and_underscore_is_one_character() {
        for (text, pattern) in [
            ("", ""),
            ("", "%%"),
            ("line-4", "line-_"),
            ("\u{e4}b", "_b"),
            ("building43", "b%43"),
            ("aXbXc", "a%b%c"),
            ("abab", "%ab"),
        ] {
            assert!(like(text, pattern), "{text} LIKE {pattern}");
        }
        for (text, pattern) in [
            ("", "_"),
            ("ab", "a"),
            ("a", "ab"),
            ("abc", "%b"),
            ("A", "a"),
        ] {
            assert!(!like(text, pattern), "{text} LIKE {pattern}");
        }
    }

    #[test]
    fn what_follows_the_escape_stands_for_itself() {
        let pattern = LikePattern::parse("100!%".into(), Some("!")).unwrap();
        assert!(pattern.matches("100%") && !pattern.matches("1000"));
        let parse = |text: &str, escape| LikePattern::parse(text.into(), Some(escape)).unwrap_err();
        assert_eq!(parse("a!", "!"), InvalidPattern::DanglingEscape);
        assert_eq!(parse("a", ""), InvalidPattern::Escape);
        assert_eq!(parse("a", "!!"), InvalidPattern::Escape);
    }

    /// By trying everything.
    fn naive(text: &[char], pattern: &[char]) -> bool {
        match (pattern.first(), text.first()) {
            (None, first) => first.is_none(),
            (Some('%'), _) => {
                naive(text, &pattern[1..]) || (!text.is_empty() && naive(&text[1..], pattern))
            }
            (Some('_'), Some(_)) => naive(&text[1..], &pattern[1..]),
            (Some(wanted), Some(found)) => wanted == found && naive(&text[1..], &pattern[1..]),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn it_matches_what_trying_everything_matches(text in "[ab]{0,8}", pattern in "[ab%_]{0,7}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(like(&text, &pattern), naive(&chars(&text), &chars(&pattern)));
        }
    }
}
