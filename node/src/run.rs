//! A node from its first log line to its last.
//!
//! ```text
//! claim data folder ─► probes ─► cluster ─► actors ─► edge ─► MQTT, AMQP, HTTPS
//!                                                                │  until a signal, a failure of the
//!                                                                ▼  cluster layer or of a listener
//!                  cluster hands over and flushes ◄─ actors ◄─ listeners drain, unless it failed
//! ```

mod admin;
mod certificates;
mod files;
mod metrics;
mod probes;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use roost_actors::ActorSystem;
use roost_cluster::transport::tcp::TcpTransport;
use roost_cluster::{Cluster, SystemClock};
use roost_edge::Edge;
use roost_http::{HttpState, WebSocketTunnels};
use tokio_util::sync::CancellationToken;

use crate::config::NodeConfig;
use crate::instance::Instance;
use crate::policies::Policies;
use crate::signals::Signals;
use crate::telemetry;

use probes::State;

/// How long the listeners may take to hand over what they have read.
const DRAIN: Duration = Duration::from_secs(5);

/// How long the cluster layer may take to give its leaderships away and to flush.
const HAND_OVER: Duration = Duration::from_secs(8);

/// The listeners of a node; each resolves when it has ended.
struct Listeners {
    mqtt: roost_mqtt::ServerHandle,
    amqp: roost_amqp::ServerHandle,
    https: roost_http::ServerHandle,
}

/// Runs a node until it is told to stop.
///
/// # Errors
/// What keeps it from starting, or made it end.
pub(crate) async fn run(config: NodeConfig) -> anyhow::Result<()> {
    let mut signals = Signals::listen()
        .context("cannot listen for signals")?
        .without_hang_up();
    let _instance = Instance::claim(&config.storage.dir).await?;
    files::raise_limit();
    let recorder = telemetry::start_metrics()?;
    metrics::describe();
    let version = env!("CARGO_PKG_VERSION");
    tracing::info!(node = config.cluster.node_id, hub = %config.hub.name, version, "starting");

    let shutdown = CancellationToken::new();
    let state = State::new(recorder);
    probes::serve(&config.https, &state, &shutdown)?;

    let cluster = start_cluster(&config).await?;
    state.started(cluster.clone());
    let mut failed = cluster.failed();
    let listeners = match listen(&config, &cluster, &shutdown) {
        Ok(listeners) => listeners,
        Err(error) => {
            cluster.shutdown().await;
            return Err(error);
        }
    };
    let mut ended = tokio::spawn(ended(listeners));

    let outcome = tokio::select! {
        () = signals.stop() => Ok(()),
        () = state.log_readiness() => Ok(()),
        reason = failed.wait_for(Option::is_some) => {
            let reason = reason.ok().and_then(|reason| reason.clone());
            Err(anyhow::anyhow!(reason.unwrap_or_else(|| "the cluster layer has ended".to_owned())))
        }
        ended = &mut ended => match ended {
            Ok(Ok(())) => Err(anyhow::anyhow!("the listeners have ended")),
            Ok(Err(error)) => Err(error),
            Err(error) => Err(error.into()),
        },
    };
    tracing::info!("stopping");
    state.stopping();
    shutdown.cancel();
    // A node that has failed has nowhere to hand over what it has read; the sooner its sockets break,
    // the sooner its devices are at another one.
    if outcome.is_ok()
        && !ended.is_finished()
        && tokio::time::timeout(DRAIN, &mut ended).await.is_err()
    {
        tracing::warn!("the listeners did not drain in time");
    }
    if tokio::time::timeout(HAND_OVER, cluster.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("the cluster layer did not stop in time; its log will be replayed");
    }
    tracing::info!("stopped");
    outcome
}

async fn start_cluster(config: &NodeConfig) -> anyhow::Result<Cluster> {
    let policies = match &config.hub.policies_file {
        Some(file) => Policies::load(file)?,
        None => Policies::none(),
    };
    let transport = TcpTransport::bind(config.cluster.listen, &config.cluster.certificates)
        .with_context(|| format!("cannot listen for other nodes on {}", config.cluster.listen))?;
    let cluster = Cluster::start(
        config.cluster.clone(),
        &config.storage,
        Arc::new(transport),
        Arc::new(SystemClock),
        config.hub.new_unit(policies),
    );
    Ok(cluster.await?)
}

/// Brings up the layers above the cluster. Devices are let in at once: until the hub serves they
/// are told to try again.
fn listen(
    config: &NodeConfig,
    cluster: &Cluster,
    shutdown: &CancellationToken,
) -> anyhow::Result<Listeners> {
    let tls = config.tls.load()?;
    tokio::spawn(certificates::follow(tls.clone(), shutdown.child_token()));
    let system = ActorSystem::start(
        cluster.clone(),
        config.limits.clone(),
        config.sessions.clone(),
    );
    let edge = Edge::new(&system, config.hub.name.clone());
    let mqtt = roost_mqtt::serve(
        config.mqtt.clone(),
        Arc::clone(tls.config()),
        edge.clone(),
        shutdown.child_token(),
    )?;
    let amqp = roost_amqp::serve(
        config.amqp.clone(),
        Arc::clone(tls.config()),
        edge.clone(),
        system.hub(),
        shutdown.child_token(),
    )?;
    let sockets = [
        ("mqtt", &config.mqtt.tunnel_socket),
        ("AMQPWSB10", &config.amqp.tunnel_socket),
    ];
    let tunnels = sockets
        .into_iter()
        .filter_map(|(protocol, socket)| Some((protocol, socket.as_ref()?)))
        .fold(WebSocketTunnels::new(), |tunnels, (protocol, socket)| {
            tunnels.with(protocol, socket)
        });
    let state = HttpState {
        edge,
        hub: system.hub(),
        admin: Arc::new(admin::NodeAdmin::new(cluster.clone())),
        tunnels,
    };
    let https = roost_http::serve(&config.https, tls.config(), state, shutdown.child_token())?;
    tracing::info!(
        mqtt = ?mqtt.addresses(),
        amqp = ?amqp.addresses(),
        https = ?https.addresses(),
        "listening"
    );
    Ok(Listeners { mqtt, amqp, https })
}

/// Resolves when all listeners have ended as they were told to, or one has failed.
async fn ended(listeners: Listeners) -> anyhow::Result<()> {
    let mqtt = async { listeners.mqtt.stopped().await.context("MQTT") };
    let amqp = async { listeners.amqp.stopped().await.context("AMQP") };
    let https = async { listeners.https.finished().await.context("HTTPS") };
    match tokio::try_join!(mqtt, amqp, https) {
        Ok(((), (), ())) => Ok(()),
        Err(error) => bail!("a listener has failed: {error:#}"),
    }
}
