//! `roost c2d send`

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use roost_model::DeviceId;

use crate::cli::duration;
use crate::clock;
use crate::output::{Paint, say};
use crate::service::{MessageDraft, ServiceClient, TargetArgs};

/// Send a message to a device; it waits until the device receives it
#[derive(Debug, Args)]
pub(super) struct SendArgs {
    /// The device
    #[arg(value_name = "DEVICE", value_parser = DeviceId::parse)]
    device: DeviceId,

    /// What to send
    #[arg(
        value_name = "TEXT",
        required_unless_present = "file",
        conflicts_with = "file"
    )]
    text: Option<String>,

    /// Send what is in a file instead; `-` is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// A property of the application; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = property)]
    property: Vec<(String, String)>,

    /// What feedback calls the message
    #[arg(long, value_name = "ID")]
    message_id: Option<String>,

    /// The message that this one belongs to
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,

    /// What the body is, for instance application/json
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,

    /// How the body is written, for instance utf-8
    #[arg(long, value_name = "ENCODING")]
    content_encoding: Option<String>,

    /// For which outcomes feedback is kept
    #[arg(long, value_enum)]
    ack: Option<Ack>,

    /// How long the message waits at most; an hour unless the hub is configured otherwise
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires_in: Option<Duration>,

    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Ack {
    None,
    Positive,
    Negative,
    Full,
}

impl SendArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let draft = self.draft()?;
        let sent = client.send_message(&self.device, &draft).await?;
        let paint = Paint::stdout();
        say!(
            "{} message {} for {}; {} waiting, expires {}",
            paint.good("stored"),
            paint.strong(sent.sequence_number),
            paint.name(&self.device),
            sent.waiting,
            sent.expiry_time_utc
        );
        Ok(())
    }

    fn draft(&self) -> anyhow::Result<MessageDraft> {
        let expiry = self.expires_in.map(|time| clock::after(time).to_iso());
        let system = [
            ("iothub-messageid", &self.message_id),
            ("iothub-correlationid", &self.correlation_id),
            ("iothub-contenttype", &self.content_type),
            ("iothub-contentencoding", &self.content_encoding),
            ("iothub-expiry", &expiry),
        ];
        let mut properties: Vec<(String, String)> = system
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
            .collect();
        properties.extend(
            self.property
                .iter()
                .map(|(name, value)| (format!("iothub-app-{name}"), value.clone())),
        );
        let ack = self.ack.and_then(|ack| ack.to_possible_value());
        Ok(MessageDraft {
            body: self.body()?,
            properties,
            ack: ack.map(|ack| ack.get_name().to_owned()),
        })
    }

    fn body(&self) -> anyhow::Result<Vec<u8>> {
        let Some(file) = &self.file else {
            return Ok(self.text.clone().unwrap_or_default().into_bytes());
        };
        if file.as_os_str() != "-" {
            return std::fs::read(file).with_context(|| format!("cannot read {}", file.display()));
        }
        let mut body = Vec::new();
        std::io::stdin()
            .read_to_end(&mut body)
            .context("cannot read standard input")?;
        Ok(body)
    }
}

fn property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}
