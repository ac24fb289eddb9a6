use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

use crate::nemesis::shell::run;

const PROGRAM: &str = include_str!("wire.py");
/// Milliseconds that a frame is late: as netem has it with `delay 60ms 20ms`.
const LATE: [&str; 2] = ["40", "80"];

/// A program that stands between the interface of a node and the bridge, and hands on late what the node
/// sends. When this is dropped the interface is on the bridge again, as before.
#[derive(Debug)]
pub(in crate::nemesis) struct Wire {
    program: Child,
    bridge: String,
    /// The interface of the node outside its namespace.
    outer: String,
    /// The interface that is on the bridge instead; its other end is the program's.
    instead: String,
}

impl Wire {
    /// Puts it there. Connections go on.
    ///
    /// # Errors
    /// Interfaces cannot be made, or the program does not start.
    pub(super) fn lay(bridge: &str, outer: &str) -> anyhow::Result<Self> {
        let (instead, end) = (format!("{outer}w"), format!("{outer}x"));
        run(&[
            "ip", "link", "add", &instead, "type", "veth", "peer", "name", &end,
        ])?;
        // From here on, what was made is taken away again, whatever fails.
        let program = Command::new("python3")
            .args(["-c", PROGRAM, outer, &end])
            .args(LATE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start python3");
        let program = match program {
            Ok(program) => program,
            Err(error) => {
                let _ = run(&["ip", "link", "del", &instead]);
                return Err(error);
            }
        };
        let mut wire = Self {
            program,
            bridge: bridge.to_owned(),
            outer: outer.to_owned(),
            instead,
        };
        run(&["ip", "link", "set", &end, "up"])?;
        let said = wire.program.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        ensure!(line.trim() == "ready", "the wire does not stand");
        run(&["ip", "link", "set", outer, "nomaster"])?;
        run(&["ip", "link", "set", &wire.instead, "master", bridge, "up"])?;
        Ok(wire)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // Ends with its input; what is under way is handed on.
        drop(self.program.stdin.take());
        let _ = self.program.wait();
        let _ = run(&["ip", "link", "del", &self.instead]);
        let _ = run(&["ip", "link", "set", &self.outer, "master", &self.bridge]);
    }
}
