//! `roost simulate`

use std::time::Duration;

use anyhow::bail;
use clap::Args;

use crate::output::{say, tell};
use crate::service::TargetArgs;
use crate::simulate::{self, Plan};

const EXAMPLES: &str = "\
Examples:
  roost simulate                                 ten devices, one message a second, 30 s
  roost simulate --devices 200 --rate 5
  roost simulate --devices 50 --rate max         as fast as messages are acknowledged
  roost simulate --duration forever              until Ctrl-C; kill a node meanwhile
  roost simulate --json | jq .p99_ms

The devices are created when they don't exist, spread over the nodes of a development cluster, and
connect over MQTT and TLS with their own keys. A message counts when the hub has acknowledged it;
one whose connection broke before is sent again over the next one.";

/// Let many devices send telemetry, and measure
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SimulateArgs {
    /// Number of devices
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    devices: u32,

    /// Messages per second of each device, or max
    #[arg(long, default_value = "1", value_parser = rate)]
    rate: Rate,

    /// Bytes of each message
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    size: u32,

    /// How long, or forever
    #[arg(long, default_value = "30s", value_parser = length)]
    duration: Length,

    /// Messages of a device that may wait for their acknowledgement
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    window: u16,

    /// What the devices' names begin with
    #[arg(long, default_value = "sim-")]
    prefix: String,

    /// Port of MQTT over TLS
    #[arg(long, default_value_t = 8883)]
    port: u16,

    /// Delete the devices at the end
    #[arg(long)]
    cleanup: bool,

    /// Print the summary as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rate {
    PerSecond(f64),
    Max,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    For(Duration),
    Forever,
}

fn rate(text: &str) -> Result<Rate, String> {
    if text == "max" {
        return Ok(Rate::Max);
    }
    match text.parse() {
        Ok(rate) if (0.001..=10_000.0).contains(&rate) => Ok(Rate::PerSecond(rate)),
        _ => Err("write a number from 0.001 to 10000, or max".to_owned()),
    }
}

fn length(text: &str) -> Result<Length, String> {
    if text == "forever" {
        Ok(Length::Forever)
    } else {
        super::duration(text).map(Length::For)
    }
}

impl SimulateArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let plan = Plan {
            devices: self.devices,
            prefix: self.prefix,
            rate: match self.rate {
                Rate::PerSecond(rate) => Some(rate),
                Rate::Max => None,
            },
            size: self.size as usize,
            duration: match self.duration {
                Length::For(duration) => Some(duration),
                Length::Forever => None,
            },
            window: usize::from(self.window),
            port: self.port,
            cleanup: self.cleanup,
        };
        let summary = simulate::run(&self.target.resolve()?, plan).await?;
        if self.json {
            say!("{}", serde_json::to_string(&summary)?);
        } else {
            tell!("{summary}");
        }
        if summary.unacknowledged() > 0 {
            bail!("not every message was acknowledged");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_lengths_are_numbers_or_words() {
        assert_eq!(rate("2.5"), Ok(Rate::PerSecond(2.5)));
        assert_eq!(rate("max"), Ok(Rate::Max));
        assert_eq!(length("2m"), Ok(Length::For(Duration::from_secs(120))));
        assert_eq!(length("forever"), Ok(Length::Forever));
        for bad in ["0", "-1", "inf", "NaN", "fast", ""] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}
