//! Starting a node's process, ending one, and what its log says.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::{Pid, Signal};
use tokio::process::{Child, Command};

use super::nodes::DevNode;

/// Lines of a log that an error shows.
const TAIL_LINES: usize = 20;

/// Bytes from the end of a log in which those lines are looked for.
const TAIL_BYTES: u64 = 16 * 1024;

/// Starts `roost node` for `node`, with its output in a new log file. The process has a group of its
/// own, so that Ctrl-C reaches only `roost dev`, which then stops the nodes in order.
///
/// # Errors
/// The log cannot be made; the process cannot be started.
pub(super) fn spawn(node: &DevNode) -> io::Result<Child> {
    // Removed first: a process of an earlier run may still have it open.
    match std::fs::remove_file(&node.log) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let log = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&node.log)?;
    let errors = log.try_clone()?;
    Command::new(std::env::current_exe()?)
        .arg("node")
        .arg("--config")
        .arg(&node.config)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .process_group(0)
        .spawn()
}

/// Asks a process to end.
pub(super) fn terminate(pid: u32) {
    signal(pid, Signal::TERM);
}

/// Ends a process at once.
pub(super) fn kill(pid: u32) {
    signal(pid, Signal::KILL);
}

fn signal(pid: u32, signal: Signal) {
    // A process that is gone already has what it was to be told.
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// How a process ended, in words.
pub(super) fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(0), _) => "it stopped".to_owned(),
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(9)) => "killed by signal 9".to_owned(),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown".to_owned(),
    }
}

/// The last lines of a log, indented; what cannot be read is left out.
pub(super) fn tail(log: &Path) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(TAIL_LINES)..];
    last.iter()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_lines_of_a_log_however_long() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("node-1.log");
        assert_eq!(tail(&log), "");
        let lines: Vec<String> = (0..10_000).map(|i| format!("line {i}")).collect();
        std::fs::write(&log, lines.join("\n")).unwrap();
        let tail = tail(&log);
        assert_eq!(tail.lines().count(), TAIL_LINES);
        assert!(tail.ends_with("  line 9999"));
    }
}
