use actix_web::web::Bytes;
use roost_actors::client::ImportProgress;
use serde::Serialize;
use utoipa::ToSchema;

use super::LineName;
use crate::error::ApiError;

/// A line of an import's answer. `progress` comes now and then, `error` for each line that failed,
/// `result` once, at the end.
#[derive(Debug, Serialize, ToSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(crate) enum ImportReport {
    Progress {
        /// Every line up to this one is done.
        line: u64,
        succeeded: u64,
        failed: u64,
    },
    Error {
        /// Counted from 1, or from the request's `firstLine`.
        line: u64,
        device_id: String,
        module_id: Option<String>,
        /// Name of the error, such as `DeviceAlreadyExists`.
        error_code: &'static str,
        /// What is wrong, in words.
        error_status: String,
    },
    Result {
        /// The last line.
        line: u64,
        succeeded: u64,
        failed: u64,
        /// Errors that were not told because the client did not read them in time.
        unlisted_errors: u64,
        /// Whether the whole request was read.
        complete: bool,
        /// Why not.
        reason: Option<String>,
    },
}

impl ImportReport {
    pub(crate) fn progress(progress: ImportProgress) -> Self {
        ImportReport::Progress {
            line: progress.line,
            succeeded: progress.succeeded,
            failed: progress.failed,
        }
    }

    pub(crate) fn error(line: u64, name: &LineName, error: &ApiError) -> Self {
        ImportReport::Error {
            line,
            device_id: name.device.clone(),
            module_id: name.module.clone(),
            error_code: error.code().name,
            error_status: error.text().to_owned(),
        }
    }

    pub(crate) fn result(
        progress: ImportProgress,
        unlisted_errors: u64,
        broken: Option<String>,
    ) -> Self {
        ImportReport::Result {
            line: progress.line,
            succeeded: progress.succeeded,
            failed: progress.failed,
            unlisted_errors,
            complete: broken.is_none(),
            reason: broken,
        }
    }

    pub(crate) fn to_line(&self) -> Bytes {
        // Texts and numbers always serialise.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.extend_from_slice(b"\r\n");
        line.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_one_line_that_says_what_it_is() {
        let progress = ImportProgress {
            line: 7,
            succeeded: 5,
            failed: 2,
        };
        let text = ImportReport::progress(progress).to_line();
        let golden = "{\"type\":\"progress\",\"line\":7,\"succeeded\":5,\"failed\":2}\r\n";
        assert_eq!(text, golden);
        let text = ImportReport::result(progress, 0, None).to_line();
        let text = String::from_utf8(text.to_vec()).unwrap();
        assert!(text.contains(r#""type":"result""#) && text.contains(r#""complete":true"#));
        assert!(text.contains(r#""unlistedErrors":0"#), "{text}");
    }
}
