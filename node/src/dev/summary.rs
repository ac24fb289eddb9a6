//! What `roost dev` prints once the cluster serves.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::Manifest;
use super::nodes;
use super::settings::Settings;
use crate::output::{Paint, Table};

/// The summary for people; `dev.json` holds the same for programs.
#[derive(Debug)]
pub(super) struct Summary<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) settings: &'a Settings,
    pub(super) directory: &'a Path,
    pub(super) took: Duration,
}

/// This program, as the user called it.
pub(super) fn program() -> String {
    std::env::args()
        .next()
        .unwrap_or_else(|| "roost".to_owned())
}

/// The command that starts a node again.
pub(super) fn restart_command(config: &Path) -> String {
    format!(
        "{} node --config {}",
        program(),
        from_here(config).display()
    )
}

/// A path as short as it can be written from the current folder.
fn from_here(path: &Path) -> &Path {
    match std::env::current_dir() {
        Ok(here) => path.strip_prefix(here).unwrap_or(path),
        Err(_) => path,
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paint = Paint::stdout();
        let Self {
            manifest,
            settings,
            directory,
            took,
        } = self;
        writeln!(
            f,
            "{} hub {} on {} nodes, ready after {:.1} s\n",
            paint.good("Roost serves"),
            paint.strong(&settings.hub),
            manifest.nodes.len(),
            took.as_secs_f64()
        )?;
        let mut table = Table::new([
            "node",
            "address",
            "mqtt",
            "amqp",
            "https",
            "metrics",
            "process",
            "start it again",
        ])
        .indented(2);
        let program = program();
        for node in &manifest.nodes {
            let port = |port: Option<u16>| port.map_or("-".to_owned(), |port| port.to_string());
            table.row([
                node.id.to_string(),
                node.address.to_string(),
                port(node.mqtt),
                port(node.amqp),
                port(node.https),
                port(node.metrics),
                node.pid.to_string(),
                restart_command(&nodes::config_of(directory, node.id)),
            ]);
        }
        writeln!(f, "{table}")?;
        let strings = &manifest.connection_strings;
        for (whose, string) in [
            ("owner  ", &strings.iothubowner),
            ("service", &strings.service),
            ("device ", &strings.device),
            ("events ", &manifest.event_hub),
        ] {
            writeln!(f, "  {}  {string}", paint.name(whose))?;
        }
        writeln!(
            f,
            "  {}  {}",
            paint.name("CA     "),
            from_here(&manifest.ca).display()
        )?;
        let all = directory.join("dev.json");
        writeln!(
            f,
            "  {}  {}\n",
            paint.name("all    "),
            from_here(&all).display()
        )?;
        writeln!(f, "Next, in another terminal{}:", data_hint(directory))?;
        writeln!(f, "  {program} device create thermostat-1")?;
        writeln!(f, "  {program} device connection-string thermostat-1")?;
        writeln!(f, "  {program} monitor-events")?;
        writeln!(f, "  {program} simulate --devices 20\n")?;
        writeln!(
            f,
            "Clients trust the CA with SSL_CERT_FILE={0} (Python, C) or NODE_EXTRA_CA_CERTS={0} (Node.js).",
            from_here(&manifest.ca).display()
        )?;
        writeln!(f, "Ctrl-C stops all nodes; the data stays.")
    }
}

/// The commands look for `./roost-data` by themselves.
fn data_hint(directory: &Path) -> String {
    let default = std::path::absolute(crate::cli::DEFAULT_DATA).ok();
    if default.as_deref() == Some(directory) {
        String::new()
    } else {
        format!(" (export ROOST_DATA={})", directory.display())
    }
}
