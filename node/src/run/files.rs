//! Open files: every device connection needs one.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Fewer than this are worth a warning, as a hub is expected to hold many devices.
const ENOUGH: u64 = 65_536;

/// Raises this process's limit to what the system allows it.
pub(super) fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
    match getrlimit(Resource::Nofile).current {
        Some(files) if files < ENOUGH => tracing::warn!(
            files,
            "few open files are allowed, and each device needs one; raise it (LimitNOFILE= of \
             systemd, ulimit -Hn)"
        ),
        files => tracing::debug!(?files, "open files"),
    }
}
