//! `roost twin update`

use anyhow::{Context as _, bail};
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use super::print;
use crate::cli::identity::IdentityArgs;
use crate::output::say;
use crate::service::{ServiceClient, TargetArgs};

const EXAMPLES: &str = "\
Examples:
  roost twin update thermostat-1 --desired '{\"interval\": 10}'
  roost twin update thermostat-1 --tags '{\"site\": {\"floor\": 3}}' --desired '{\"old\": null}'
  roost twin update gateway --module filter --replace --desired '{}'
  roost twin update thermostat-1 --tags null
  jq .desired backup.json | roost twin update thermostat-1 --replace --desired -

Objects are merged and null removes a property, unless --replace is given; null in place of an object
removes all of it. What is not named stays as it is. A connected device is told of desired properties
at once.";

/// Change tags and desired properties of a device or module
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct UpdateArgs {
    #[command(flatten)]
    identity: IdentityArgs,

    /// Tags as JSON; `-` reads them from standard input
    #[arg(long, value_name = "JSON", required_unless_present = "desired")]
    tags: Option<String>,

    /// Desired properties as JSON; `-` reads them from standard input
    #[arg(long, value_name = "JSON")]
    desired: Option<String>,

    /// Replace what is there instead of merging into it
    #[arg(long)]
    replace: bool,

    /// Only if this is the twin's etag
    #[arg(long, value_name = "ETAG")]
    if_match: Option<String>,

    /// Print the whole twin as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl UpdateArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let body = self.body()?;
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let method = if self.replace {
            Method::PUT
        } else {
            Method::PATCH
        };
        let path = self.identity.twin_path(&[]);
        let condition = self.if_match.as_deref();
        let answer = client.send_json_if(method, &path, &body, condition).await?;
        let twin: Value = answer.json().await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&twin)?);
            return Ok(());
        }
        print::twin(&self.identity.identity(), &twin)
    }

    fn body(&self) -> anyhow::Result<Value> {
        if self.tags.as_deref() == Some("-") && self.desired.as_deref() == Some("-") {
            bail!("only one of --tags and --desired can be read from standard input");
        }
        let mut body = json!({});
        if let Some(tags) = &self.tags {
            body["tags"] = section("--tags", tags)?;
        }
        if let Some(desired) = &self.desired {
            body["properties"] = json!({ "desired": section("--desired", desired)? });
        }
        Ok(body)
    }
}

fn section(option: &str, text: &str) -> anyhow::Result<Value> {
    let text = match text {
        "-" => std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?,
        text => text.to_owned(),
    };
    let value: Value = serde_json::from_str(&text).with_context(|| {
        format!("{option} is not JSON; write for example '{{\"interval\": 10}}'")
    })?;
    if !(value.is_object() || value.is_null()) {
        bail!("{option} must be a JSON object, or null to remove all of it");
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_objects_or_null() {
        assert_eq!(section("--tags", r#"{"a":1}"#).unwrap(), json!({"a": 1}));
        assert_eq!(section("--tags", "null").unwrap(), Value::Null);
        for text in ["1", "[]", "\"x\"", "{", ""] {
            let refused = section("--tags", text).unwrap_err().to_string();
            assert!(refused.starts_with("--tags"), "{refused}");
        }
    }
}
