//! `roost device show`

use clap::Args;
use serde_json::Value;

use crate::cli::identity::IdentityArgs;
use crate::output::{Paint, say};
use crate::service::{KeyKind, ServiceClient, TargetArgs};

/// How the service writes a moment that never was.
const NEVER: &str = "0001-";

/// Show a device or module
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    identity: IdentityArgs,

    /// Print the whole identity as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl ShowArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let identity = self.identity.identity();
        let mut device = client.identity(&identity).await?;
        let connection = client.connection(&identity).await?;
        if self.json {
            if let Some(document) = device.document.as_object_mut() {
                document.insert("connection".to_owned(), connection);
            }
            say!("{}", serde_json::to_string_pretty(&device.document)?);
            return Ok(());
        }
        let connected = connection_line(&connection);
        let ended = ending_line(&connection);
        let paint = Paint::stdout();
        say!("{}", paint.strong(&identity));
        for (label, text) in [
            ("status", device.text("status")),
            ("reason", device.text("statusReason")),
            ("connection", connected.as_str()),
            ("last ended", ended.as_str()),
            ("last activity", device.text("lastActivityTime")),
            ("authentication", device.authentication()),
            ("generation", device.text("generationId")),
            ("etag", device.text("etag")),
        ] {
            if !text.is_empty() {
                say!("  {label:<16}{text}");
            }
        }
        for (label, kind) in [
            ("primary", KeyKind::Primary),
            ("secondary", KeyKind::Secondary),
        ] {
            if let Some(own) = device.connection_string(client.host(), &identity, kind)? {
                say!("  {label:<16}{own}");
            }
        }
        Ok(())
    }
}

/// `Connected since … at node 2 over mqtt (sas of the device)`.
fn connection_line(connection: &Value) -> String {
    let text = |pointer: &str| connection.pointer(pointer).and_then(Value::as_str);
    let mut line = text("/connectionState").unwrap_or_default().to_owned();
    let since = text("/connectionStateUpdatedTime").unwrap_or_default();
    if !since.starts_with(NEVER) {
        line.push_str(&format!(" since {since}"));
    }
    if let Some(node) = connection.pointer("/session/node") {
        line.push_str(&format!(" at node {node}"));
    }
    if let Some(protocol) = text("/session/protocol") {
        line.push_str(&format!(" over {protocol}"));
    }
    let kind = text("/session/authentication/type");
    if let (Some(kind), Some(scope)) = (kind, text("/session/authentication/scope")) {
        line.push_str(&format!(" ({kind} of the {scope})"));
    }
    line
}

/// `lost at node 2`; empty when there was no connection before.
fn ending_line(connection: &Value) -> String {
    let ending = connection.get("lastDisconnect");
    let member = |name: &str| ending.and_then(|ending| ending.get(name));
    match (member("reason").and_then(Value::as_str), member("node")) {
        (Some(reason), Some(node)) => format!("{reason} at node {node}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_connection_is_told_in_one_line() {
        let mut connection = json!({
            "connectionState": "Connected",
            "connectionStateUpdatedTime": "2026-11-25T08:00:00.0000000Z",
            "session": {"node": 2, "protocol": "mqtt",
                "authentication": {"scope": "device", "type": "sas"}},
            "lastDisconnect": {"reason": "lost", "node": 3},
        });
        assert_eq!(
            connection_line(&connection),
            "Connected since 2026-11-25T08:00:00.0000000Z at node 2 over mqtt (sas of the device)"
        );
        assert_eq!(ending_line(&connection), "lost at node 3");
        connection = json!({
            "connectionState": "Disconnected",
            "connectionStateUpdatedTime": "0001-01-01T00:00:00",
            "session": null, "lastDisconnect": null,
        });
        assert_eq!(connection_line(&connection), "Disconnected");
        assert_eq!(ending_line(&connection), "");
    }
}
