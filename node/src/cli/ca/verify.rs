//! `roost ca verify`

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use reqwest::Method;
use serde_json::Value;

use crate::output::{Paint, say};
use crate::pki::Authority;
use crate::service::{ServiceClient, TargetArgs};

/// A proof is used at once.
const PROOF_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Prove possession of an authority's key; without --pki and --proof, print the code to prove it for
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The authority
    name: String,

    /// Folder of the authority, with its key: signs the proof right here
    #[arg(long, value_name = "DIR", conflicts_with = "proof")]
    pki: Option<PathBuf>,

    /// A certificate for the code, signed by the authority; PEM or DER
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,

    #[command(flatten)]
    target: TargetArgs,
}

impl VerifyArgs {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let client = ServiceClient::new(&self.target.resolve()?)?;
        let proof = match (&self.pki, &self.proof) {
            (Some(folder), _) => {
                let code = self.ask(&client).await?;
                let issued = Authority::load(folder)?.issue_client(&code, PROOF_LIFETIME)?;
                issued.certificate_pem().as_bytes().to_vec()
            }
            (None, Some(file)) => {
                std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?
            }
            (None, None) => {
                say!("{}", self.ask(&client).await?);
                return Ok(());
            }
        };
        let path = ["admin", "certificates", &self.name, "verify"];
        client.send_bytes(Method::POST, &path, proof).await?;
        say!("{} {}", Paint::stdout().good("verified"), self.name);
        Ok(())
    }

    async fn ask(&self, client: &ServiceClient) -> anyhow::Result<String> {
        let path = ["admin", "certificates", &self.name, "verification-code"];
        let answer = client.send_bytes(Method::POST, &path, Vec::new()).await?;
        let authority: Value = answer.json().await?;
        let code = authority.get("verificationCode").and_then(Value::as_str);
        Ok(code.context("the hub gave no code")?.to_owned())
    }
}
