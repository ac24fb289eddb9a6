//! Why a text is not a query, and where.

use std::fmt::Write as _;

use thiserror::Error;

/// What is wrong with a query, and the character that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {message}")]
pub struct QueryError {
    /// A phrase without a full stop.
    pub message: String,
    /// Characters before the offending one, from the start of the text.
    pub offset: usize,
    /// From 1.
    pub line: usize,
    /// Characters from the start of the line, from 1.
    pub column: usize,
}

impl QueryError {
    /// An error about the character at a byte position of the text.
    pub(super) fn at(text: &str, byte: usize, message: impl Into<String>) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            message: message.into(),
            offset: before.chars().count(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The line in question with a caret under the character, and the message behind it.
    ///
    /// ```text
    /// SELECT * FORM devices
    ///          ^ expected FROM, found FORM
    /// ```
    pub fn render(&self, text: &str) -> String {
        let line = text.split('\n').nth(self.line - 1).unwrap_or_default();
        let mut out = format!("{}\n", line.trim_end_matches('\r'));
        // A tab stays one, so that the caret stands where the character does.
        let indent = line.chars().chain(std::iter::repeat(' '));
        out.extend(
            indent
                .take(self.column - 1)
                .map(|char| if char == '\t' { '\t' } else { ' ' }),
        );
        // Writing to a String can't fail.
        let _ = write!(out, "^ {}", self.message);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_characters_and_lines() {
        let text = "SELECT *\nFROM \u{e4}\u{f6} x";
        let byte = text.find('x').unwrap();
        let error = QueryError::at(text, byte, "no x here");
        assert_eq!((error.offset, error.line, error.column), (17, 2, 9));
        assert_eq!(error.to_string(), "line 2, column 9: no x here");
        assert_eq!(
            error.render(text),
            "FROM \u{e4}\u{f6} x\n        ^ no x here"
        );
    }

    #[test]
    fn the_end_of_the_text_is_a_place_too() {
        let error = QueryError::at("SELECT", 6, "expected a name");
        assert_eq!(error.render("SELECT"), "SELECT\n      ^ expected a name");
        let error = QueryError::at("", 0, "nothing");
        assert_eq!(error.render(""), "\n^ nothing");
    }

    #[test]
    fn a_tab_before_the_caret_stays_a_tab() {
        let error = QueryError::at("\tx", 1, "here");
        assert_eq!(error.render("\tx"), "\tx\n\t^ here");
    }
}
