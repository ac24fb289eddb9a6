use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The `roost` binary to start: `ROOST_BINARY`, or the one that was built beside the running program.
///
/// # Errors
/// There is no such file; the text says how to build it.
pub fn roost_binary() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("ROOST_BINARY").map(PathBuf::from) {
        return if path.is_file() {
            Ok(path)
        } else {
            bail!("ROOST_BINARY names {}, which is not a file", path.display())
        };
    }
    let program = std::env::current_exe().context("the path of the running program")?;
    // A program lies in `target/release`, a test in `target/release/deps`.
    let candidates = program
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("roost"));
    let found = candidates.into_iter().find(|path| Path::is_file(path));
    found.context("no roost binary here: build it with `cargo build --release -p roost-node`")
}
