//! `roost ca …`

mod verify;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::Value;

use crate::output::{Paint, Table, say, tell};
use crate::service::{ServiceClient, TargetArgs};

const EXAMPLES: &str = "\
Examples:
  roost pki device-ca --pki ./device-pki           an authority of your own
  roost ca add factory device-pki/ca.pem
  roost ca verify factory --pki ./device-pki       proves that its key is yours
  roost pki device-cert thermostat-1 --pki ./device-pki
  roost device create thermostat-1 --x509-ca       it now connects with its certificate

An authority whose key is elsewhere:
  roost ca verify factory                          prints a code
  roost ca verify factory --proof proof.pem        a certificate for that code, signed there
  roost ca crl factory crl.pem                     its revocation list";

/// Manage the certificate authorities of devices
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CaArgs {
    #[command(subcommand)]
    command: CaCommand,
}

#[derive(Debug, Subcommand)]
enum CaCommand {
    List(ListArgs),
    Add(AddArgs),
    Verify(verify::VerifyArgs),
    Crl(CrlArgs),
    Delete(DeleteArgs),
}

/// List the authorities
#[derive(Debug, Args)]
struct ListArgs {
    /// Print them as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    target: TargetArgs,
}

/// Register an authority, or another certificate for one
#[derive(Debug, Args)]
struct AddArgs {
    /// What to call it: letters, digits, `-`, `.` and `_`
    name: String,

    /// Its certificate, PEM or DER
    #[arg(value_name = "FILE")]
    certificate: PathBuf,

    #[command(flatten)]
    target: TargetArgs,
}

/// Put a revocation list in force; connections of the devices in it are cut
#[derive(Debug, Args)]
struct CrlArgs {
    /// The authority
    name: String,

    /// The list, PEM or DER
    #[arg(value_name = "FILE")]
    list: PathBuf,

    #[command(flatten)]
    target: TargetArgs,
}

/// Delete an authority; connections of its devices are cut
#[derive(Debug, Args)]
struct DeleteArgs {
    /// The authority
    name: String,

    #[command(flatten)]
    target: TargetArgs,
}

impl CaArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self.command {
            CaCommand::List(args) => args.execute().await,
            CaCommand::Verify(args) => args.execute().await,
            CaCommand::Add(args) => {
                let path = ["admin", "certificates", &args.name];
                upload(&args.target, Method::PUT, &path, &args.certificate).await?;
                say!("{} {}", Paint::stdout().good("added"), args.name);
                say!(
                    "  it counts once `roost ca verify {}` has proven possession",
                    args.name
                );
                Ok(())
            }
            CaCommand::Crl(args) => {
                let path = ["admin", "certificates", &args.name, "crl"];
                let authority = upload(&args.target, Method::PUT, &path, &args.list).await?;
                let entries = authority.pointer("/revocationList/entries");
                let entries = entries.and_then(Value::as_u64).unwrap_or_default();
                say!("{} {} entries", Paint::stdout().good("in force:"), entries);
                Ok(())
            }
            CaCommand::Delete(args) => {
                let client = ServiceClient::new(&args.target.resolve()?)?;
                client
                    .delete(&["admin", "certificates", &args.name])
                    .await?;
                say!("{} {}", Paint::stdout().good("deleted"), args.name);
                Ok(())
            }
        }
    }
}

impl ListArgs {
    async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let answer = client.get(&["admin", "certificates"], &[]).await?;
        let authorities: Vec<Value> = answer.json().await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&authorities)?);
            return Ok(());
        }
        if authorities.is_empty() {
            say!("there are no certificate authorities; `roost ca add` registers one");
            return Ok(());
        }
        let mut table = Table::new(["authority", "verified", "subject", "expires", "revoked"]);
        for authority in &authorities {
            let text = |member| {
                authority
                    .get(member)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let verified = authority.get("isVerified").and_then(Value::as_bool) == Some(true);
            let revoked = authority.pointer("/revocationList/entries");
            table.row([
                text("name").to_owned(),
                if verified { "yes" } else { "no" }.to_owned(),
                text("subject").to_owned(),
                text("expiry").chars().take(10).collect(),
                revoked.map_or_else(|| "-".to_owned(), Value::to_string),
            ]);
        }
        tell!("{table}");
        Ok(())
    }
}

/// Sends a file as it is; the authority as it then is comes back.
async fn upload(
    target: &TargetArgs,
    method: Method,
    path: &[&str],
    file: &Path,
) -> anyhow::Result<Value> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let client = ServiceClient::new(&target.resolve()?)?;
    Ok(client.send_bytes(method, path, bytes).await?.json().await?)
}
