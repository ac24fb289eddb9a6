//! For tests that need a process to die, or a disk to refuse: the test binary runs itself again.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const DIR: &str = "ROOST_ENGINE_TEST_DIR";

/// The directory to work in, if this process is the child that [`child`] started.
pub(crate) fn child_dir() -> Option<PathBuf> {
    std::env::var_os(DIR).map(PathBuf::from)
}

/// This test binary, set to run one test as a child.
pub(crate) fn child(test: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    as_child(&mut command, test, dir);
    command
}

/// The same, but files cannot grow beyond `blocks` of 512 bytes: writes fail as on a full disk.
pub(crate) fn child_with_small_disk(test: &str, dir: &Path, blocks: u32) -> Command {
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap());
    as_child(&mut command, test, dir);
    command
}

/// What a child printed after `word`, line by line; ends when the child does.
pub(crate) fn reports(
    child: &mut Child,
    word: &'static str,
) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The test harness shares the pipe and may write in front of a report.
    lines
        .map_while(Result::ok)
        .filter_map(move |line| Some(line.split_once(word)?.1.trim().to_owned()))
}

fn as_child(command: &mut Command, test: &str, dir: &Path) {
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
}
