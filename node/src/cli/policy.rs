//! `roost policy …`

mod create;
mod rotate_key;
mod show;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use crate::output::{Paint, Table, say, tell};
use crate::service::{ServiceClient, TargetArgs};

const EXAMPLES: &str = "\
Examples:
  roost policy list
  roost policy create dashboards --rights ServiceConnect
  roost policy show dashboards                     its connection strings
  roost policy rotate-key dashboards secondary     then move its users, then rotate primary
  roost policy update dashboards --rights ServiceConnect,RegistryRead
  roost policy delete dashboards

Rights: RegistryRead, RegistryWrite (includes RegistryRead), ServiceConnect, DeviceConnect.
A change is in force on all nodes when the command ends; connections of devices that were opened with
a key that is gone are cut.";

/// Manage shared access policies and their keys
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    List(ListArgs),
    Show(show::ShowArgs),
    Create(create::CreateArgs),
    Update(create::UpdateArgs),
    Delete(DeleteArgs),
    RotateKey(rotate_key::RotateKeyArgs),
}

/// List the policies
#[derive(Debug, Args)]
struct ListArgs {
    /// Print them as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

/// Delete a policy
#[derive(Debug, Args)]
struct DeleteArgs {
    /// The policy
    name: String,

    #[command(flatten)]
    target: TargetArgs,
}

impl PolicyArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self.command {
            PolicyCommand::List(args) => args.execute().await,
            PolicyCommand::Show(args) => args.execute().await,
            PolicyCommand::Create(args) => args.execute().await,
            PolicyCommand::Update(args) => args.execute().await,
            PolicyCommand::Delete(args) => args.execute().await,
            PolicyCommand::RotateKey(args) => args.execute().await,
        }
    }
}

impl ListArgs {
    async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let policies: Vec<Value> = client
            .get(&["admin", "policies"], &[])
            .await?
            .json()
            .await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&policies)?);
            return Ok(());
        }
        let mut table = Table::new(["policy", "rights"]);
        for policy in &policies {
            table.row(["keyName", "rights"].map(|member| text(policy, member).to_owned()));
        }
        tell!("{table}");
        Ok(())
    }
}

impl DeleteArgs {
    async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        client.delete(&["admin", "policies", &self.name]).await?;
        say!("{} {}", Paint::stdout().good("deleted"), self.name);
        Ok(())
    }
}

async fn put(client: &ServiceClient, name: &str, rights: &[String]) -> anyhow::Result<Value> {
    let body = json!({ "rights": rights.join(", ") });
    let path = ["admin", "policies", name];
    Ok(client
        .send_json(Method::PUT, &path, &body)
        .await?
        .json()
        .await?)
}

fn text<'a>(policy: &'a Value, member: &str) -> &'a str {
    policy
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The connection strings that go with the policy's keys.
fn print(client: &ServiceClient, policy: &Value) {
    let paint = Paint::stdout();
    say!("{}", paint.strong(text(policy, "keyName")));
    say!("  {:<11}{}", "rights", text(policy, "rights"));
    for (label, member) in [("primary", "primaryKey"), ("secondary", "secondaryKey")] {
        let (host, name, key) = (client.host(), text(policy, "keyName"), text(policy, member));
        say!("  {label:<11}HostName={host};SharedAccessKeyName={name};SharedAccessKey={key}");
    }
}
