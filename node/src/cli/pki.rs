//! `roost pki …`

mod device_cert;
mod revoke;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use roost_model::HubName;

use crate::output::say;
use crate::pki::{Authority, IssuedFiles, ServerName};
use crate::policies::Policies;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const EXAMPLES: &str = "\
Examples:
  roost pki init --pki ./pki --hub hub.example.com
  roost pki issue node --pki ./pki --id 1
  roost pki issue server --pki ./pki --dns hub.example.com --ip 10.0.0.1 --ip 10.0.0.2

For devices with certificates:
  roost pki device-ca --pki ./device-pki --name Factory
  roost pki device-cert thermostat-1 --pki ./device-pki
  roost pki revoke device-pki/thermostat-1.pem --pki ./device-pki
(then `roost ca add`, `roost ca verify` and `roost ca crl`)

Every node gets ca.pem, its own node-N.pem and node-N-key.pem, server.pem, server-key.pem and
policies.toml. ca-key.pem stays with you: whoever has it can join the cluster.";

/// Make the certificates of a bare-metal cluster, and of devices
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PkiArgs {
    #[command(subcommand)]
    command: PkiCommand,
}

#[derive(Debug, Subcommand)]
enum PkiCommand {
    Init(InitArgs),
    /// Sign a certificate
    #[command(subcommand)]
    Issue(IssueCommand),
    DeviceCa(DeviceCaArgs),
    DeviceCert(device_cert::DeviceCertArgs),
    Proof(ProofArgs),
    Revoke(revoke::RevokeArgs),
}

/// Make a certificate authority for devices; not the cluster's own
#[derive(Debug, Args)]
struct DeviceCaArgs {
    /// Folder for the files
    #[arg(long, value_name = "DIR", default_value = "device-pki")]
    pki: PathBuf,

    /// What the authority calls itself
    #[arg(long, value_name = "TEXT", default_value = "Device authority")]
    name: String,
}

/// Sign the proof that a hub asks for: that the authority's key is yours
#[derive(Debug, Args)]
struct ProofArgs {
    /// The verification code that the hub gave
    #[arg(value_name = "CODE")]
    code: String,

    /// Folder of the authority
    #[arg(long, value_name = "DIR", default_value = "device-pki")]
    pki: PathBuf,
}

/// Make the certificate authority and the policies of a new cluster
#[derive(Debug, Args)]
struct InitArgs {
    /// Folder for the files
    #[arg(long, value_name = "DIR", default_value = "pki")]
    pki: PathBuf,

    /// Host name of the hub, as it will stand in connection strings
    #[arg(long, value_name = "NAME", value_parser = HubName::parse)]
    hub: HubName,
}

#[derive(Debug, Subcommand)]
enum IssueCommand {
    Node(NodeArgs),
    Server(ServerArgs),
}

#[derive(Debug, Args)]
struct Where {
    /// Folder of the authority
    #[arg(long, value_name = "DIR", default_value = "pki")]
    pki: PathBuf,

    /// Folder for the new files [default: the authority's]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Days until the certificate expires
    #[arg(long, default_value_t = 825, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

/// The certificate with which a node shows the other nodes who it is
#[derive(Debug, Args)]
struct NodeArgs {
    /// Number of the node
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    id: u64,

    #[command(flatten)]
    place: Where,
}

/// The certificate that devices and back ends see; one may serve all nodes
#[derive(Debug, Args)]
struct ServerArgs {
    /// A DNS name that clients dial; may be given again
    #[arg(long, value_name = "NAME", required_unless_present = "ip")]
    dns: Vec<ServerName>,

    /// An IP address that clients dial; may be given again
    #[arg(long, value_name = "ADDRESS")]
    ip: Vec<std::net::IpAddr>,

    #[command(flatten)]
    place: Where,
}

impl PkiArgs {
    pub(super) fn execute(self) -> anyhow::Result<()> {
        match self.command {
            PkiCommand::Init(args) => args.execute(),
            PkiCommand::DeviceCa(args) => args.execute(),
            PkiCommand::DeviceCert(args) => args.execute(),
            PkiCommand::Revoke(args) => args.execute(),
            PkiCommand::Proof(args) => {
                let authority = Authority::load(&args.pki)?;
                let issued = authority.issue_client(&args.code, DAY)?;
                print_files(&issued.write(&args.pki, "proof")?);
                Ok(())
            }
            PkiCommand::Issue(IssueCommand::Node(args)) => {
                let authority = Authority::load(&args.place.pki)?;
                let issued = authority.issue_node(args.id, args.place.lifetime())?;
                let files = issued.write(args.place.out(), &format!("node-{}", args.id))?;
                print_files(&files);
                Ok(())
            }
            PkiCommand::Issue(IssueCommand::Server(args)) => {
                let authority = Authority::load(&args.place.pki)?;
                let addresses = args.ip.iter().copied().map(ServerName::Address);
                let names: Vec<ServerName> = args.dns.iter().cloned().chain(addresses).collect();
                let issued = authority.issue_server(&names, args.place.lifetime())?;
                print_files(&issued.write(args.place.out(), "server")?);
                Ok(())
            }
        }
    }
}

impl DeviceCaArgs {
    fn execute(self) -> anyhow::Result<()> {
        let authority = Authority::create_for_devices(&self.pki, &self.name)?;
        say!("authority  {}", authority.certificate_file().display());
        say!("its key    {}", self.pki.join("ca-key.pem").display());
        Ok(())
    }
}

impl InitArgs {
    fn execute(self) -> anyhow::Result<()> {
        let name = format!("Roost authority of {}", self.hub);
        let authority = Authority::create(&self.pki, &name)?;
        let policies_file = self.pki.join("policies.toml");
        let policies = Policies::load_or_generate(&policies_file)?;
        say!("authority  {}", authority.certificate_file().display());
        say!("its key    {}", self.pki.join("ca-key.pem").display());
        say!("policies   {}", policies_file.display());
        say!();
        say!(
            "owner      {}",
            policies.connection_string(&self.hub, "iothubowner")?
        );
        say!(
            "service    {}",
            policies.connection_string(&self.hub, "service")?
        );
        Ok(())
    }
}

impl Where {
    fn lifetime(&self) -> Duration {
        DAY * self.days
    }

    fn out(&self) -> &std::path::Path {
        self.out.as_deref().unwrap_or(&self.pki)
    }
}

fn print_files(files: &IssuedFiles) {
    say!("certificate  {}", files.certificate.display());
    say!("key          {}", files.key.display());
}
