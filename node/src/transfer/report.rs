//! What the hub tells while it imports.

use serde::Deserialize;
use serde_json::Value;

/// One line of the answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(super) enum Report {
    Progress {
        /// Every line up to this one is done.
        line: u64,
    },
    Error {
        line: u64,
        /// The rest of it, for the file of errors.
        #[serde(flatten)]
        rest: serde_json::Map<String, Value>,
    },
    Result {
        line: u64,
        unlisted_errors: u64,
        complete: bool,
        reason: Option<String>,
    },
}

/// Cuts the answer into reports.
#[derive(Debug, Default)]
pub(super) struct Parser {
    rest: Vec<u8>,
}

impl Parser {
    /// The reports that end in `bytes`.
    ///
    /// # Errors
    /// A line that is no report.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Report>, serde_json::Error> {
        self.rest.extend_from_slice(bytes);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else {
            return Ok(Vec::new());
        };
        let rest = self.rest.split_off(end + 1);
        let whole = std::mem::replace(&mut self.rest, rest);
        whole
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .map(serde_json::from_slice)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_whatever_the_pieces_they_come_in() {
        let mut parser = Parser::default();
        let text = concat!(
            r#"{"type":"progress","line":7,"succeeded":5,"failed":2}"#,
            "\r\n",
            r#"{"type":"error","line":9,"deviceId":"d","errorCode":"ArgumentInvalid"}"#,
            "\r\n",
            r#"{"type":"result","line":9,"succeeded":8,"failed":1,"unlistedErrors":0,"complete":true,"reason":null}"#,
            "\r\n",
        );
        let mut reports = Vec::new();
        for piece in text.as_bytes().chunks(10) {
            reports.extend(parser.push(piece).unwrap());
        }
        assert_eq!(reports[0], Report::Progress { line: 7 });
        let Report::Error { line: 9, rest } = &reports[1] else {
            panic!("{reports:?}")
        };
        assert_eq!(rest["deviceId"], "d");
        assert!(matches!(
            reports[2],
            Report::Result {
                line: 9,
                complete: true,
                ..
            }
        ));
    }
}
