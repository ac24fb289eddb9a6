//! `roost method invoke`

use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::cli::duration;
use crate::cli::identity::IdentityArgs;
use crate::output::{Paint, say};
use crate::service::{ServiceClient, TargetArgs};

const EXAMPLES: &str = "\
Examples:
  roost method invoke thermostat-1 reboot
  roost method invoke thermostat-1 setInterval --payload '{\"seconds\": 10}'
  roost method invoke gateway --module filter reset --connect-timeout 1m
  echo '[1, 2]' | roost method invoke thermostat-1 calibrate --payload -

A device is called at most once. The exit code is 1 when it is not online within the connect timeout
or does not answer within the response timeout; whatever status the device answers with is printed.";

/// Have a device do something, and print its answer
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct InvokeArgs {
    #[command(flatten)]
    identity: IdentityArgs,

    /// Name of the method, as the device knows it
    method: String,

    /// JSON for the device; `-` reads it from standard input
    #[arg(long, value_name = "JSON", default_value = "null")]
    payload: String,

    /// How long to wait for a device that is not online, up to 5m, in whole seconds
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "0s")]
    connect_timeout: Duration,

    /// How long the device may take to answer, 5s to 5m, in whole seconds
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    response_timeout: Duration,

    /// Print the answer as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    method_name: &'a str,
    payload: &'a RawValue,
    connect_timeout_in_seconds: u64,
    response_timeout_in_seconds: u64,
}

#[derive(Debug, Deserialize, Serialize)]
struct Answer {
    status: i32,
    payload: Box<RawValue>,
}

impl InvokeArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let payload = self.payload()?;
        let request = Request {
            method_name: &self.method,
            payload: &payload,
            connect_timeout_in_seconds: self.connect_timeout.as_secs(),
            response_timeout_in_seconds: self.response_timeout.as_secs(),
        };
        let identity = self.identity.identity();
        let path = self.identity.twin_path(&["methods"]);
        let began = Instant::now();
        let longest = self.connect_timeout + self.response_timeout + Duration::from_secs(15);
        let answer = client
            .send_json_within(Method::POST, &path, &request, longest)
            .await?;
        let answer: Answer = answer.json().await?;
        if self.json {
            say!("{}", serde_json::to_string(&answer)?);
            return Ok(());
        }
        let paint = Paint::stdout();
        let took = began.elapsed().as_millis();
        say!(
            "{} answered {} after {took} ms",
            identity,
            paint.strong(&answer.status)
        );
        let pretty: serde_json::Value = serde_json::from_str(answer.payload.get())?;
        if !pretty.is_null() {
            say!("{}", serde_json::to_string_pretty(&pretty)?);
        }
        Ok(())
    }

    fn payload(&self) -> anyhow::Result<Box<RawValue>> {
        let text = if self.payload == "-" {
            std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?
        } else {
            self.payload.clone()
        };
        serde_json::from_str(&text).context(
            "the payload is not JSON; put text into quotes of its own: --payload '\"text\"'",
        )
    }
}
