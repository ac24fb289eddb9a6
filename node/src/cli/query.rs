//! `roost query`

mod rows;

use anyhow::bail;
use clap::Args;
use roost_model::query::Query;

use crate::output::{say, tell};
use crate::service::{ServiceClient, TargetArgs};

/// Rows that are asked for at once; the hub may give fewer.
const PAGE: usize = 1000;

const EXAMPLES: &str = "\
Examples:
  roost query \"SELECT * FROM devices\"
  roost query \"SELECT deviceId, tags.site FROM devices WHERE tags.site = 'north' ORDER BY deviceId\"
  roost query \"SELECT tags.site, COUNT() AS devices FROM devices GROUP BY tags.site\"
  roost query \"SELECT * FROM devices.modules\" --json
  roost query \"SELECT deviceId FROM devices WHERE deviceId LIKE 'line-4-%'\" --max 5000 --explain

The language is that of IoT Hub, with ORDER BY, LIKE and TOP besides.";

/// Query twins of devices and modules
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct QueryArgs {
    /// The query, in one argument
    #[arg(value_name = "QUERY")]
    query: String,

    /// At most so many rows; pages are followed up to it
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    max: u32,

    /// Print rows as JSON, one a line
    #[arg(long)]
    json: bool,

    /// Tell on standard error how rows were found
    #[arg(long)]
    explain: bool,

    #[command(flatten)]
    target: TargetArgs,
}

impl QueryArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let query = match Query::parse(&self.query) {
            Ok(query) => query,
            Err(error) => bail!("this is no query:\n{}", error.render(&self.query)),
        };
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let most = self.max as usize;
        let mut found = Vec::new();
        let mut continuation = None;
        loop {
            let wanted = (most - found.len()).min(PAGE);
            let page = client
                .query(&self.query, wanted, continuation.as_deref())
                .await?;
            if self.explain
                && let Some(plan) = page.plan
            {
                eprintln!("{plan}");
            }
            if self.json {
                page.rows.iter().for_each(|row| say!("{row}"));
            }
            found.extend(page.rows);
            continuation = page.continuation;
            if continuation.is_none() || found.len() >= most {
                break;
            }
        }
        if !self.json {
            tell!("{}", rows::table(&query, &found));
            let more = if continuation.is_some() {
                "; there are more, see --max"
            } else {
                ""
            };
            say!("({} rows{more})", found.len());
        }
        Ok(())
    }
}
