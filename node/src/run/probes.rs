//! Whether the node serves: told by `/readyz`, a gauge and log lines.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use roost_cluster::Cluster;
use roost_http::{HttpConfig, Probes, serve_probes};
use tokio_util::sync::CancellationToken;

use super::metrics;

/// How often readiness is looked at for the log, and the histograms are compacted.
const INTERVAL: Duration = Duration::from_millis(500);

/// What the probes look at. Clones share it.
#[derive(Clone)]
pub(super) struct State {
    shared: Arc<Shared>,
}

struct Shared {
    recorder: PrometheusHandle,
    cluster: OnceLock<Cluster>,
    stopping: AtomicBool,
}

impl State {
    pub(super) fn new(recorder: PrometheusHandle) -> Self {
        let stopping = AtomicBool::new(false);
        Self {
            shared: Arc::new(Shared {
                recorder,
                cluster: OnceLock::new(),
                stopping,
            }),
        }
    }

    /// The cluster layer runs; readiness is what it says.
    pub(super) fn started(&self, cluster: Cluster) {
        // There is one cluster per node and one call.
        let _ = self.shared.cluster.set(cluster);
    }

    /// No more traffic, please.
    pub(super) fn stopping(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        metrics::ready(false);
    }

    /// Why the node should get no traffic; nothing when it should.
    fn not_ready(&self) -> Vec<String> {
        if self.shared.stopping.load(Ordering::Relaxed) {
            return vec!["the node is stopping".to_owned()];
        }
        match self.shared.cluster.get() {
            None => vec!["the node is starting".to_owned()],
            Some(cluster) => {
                let waiting_for = cluster.readiness().waiting_for;
                waiting_for
                    .into_iter()
                    .map(|what| format!("waiting for {what}"))
                    .collect()
            }
        }
    }

    fn render(&self) -> String {
        metrics::observe_process();
        self.shared.recorder.render()
    }

    /// Writes a line whenever readiness changes, for as long as it is polled.
    pub(super) async fn log_readiness(&self) {
        let mut tick = tokio::time::interval(INTERVAL);
        let mut was_ready = false;
        loop {
            tick.tick().await;
            self.shared.recorder.run_upkeep();
            let reasons = self.not_ready();
            let ready = reasons.is_empty();
            metrics::ready(ready);
            if ready != std::mem::replace(&mut was_ready, ready) {
                match reasons.first() {
                    None => tracing::info!("ready"),
                    Some(reason) => {
                        tracing::warn!(reason, more = reasons.len() - 1, "no longer ready");
                    }
                }
            }
        }
    }
}

/// Starts the plain listener, if the configuration asks for one.
pub(super) fn serve(
    config: &HttpConfig,
    state: &State,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let Some(address) = config.probes else {
        return Ok(());
    };
    let (metrics, readiness) = (state.clone(), state.clone());
    let probes = Probes {
        metrics: Arc::new(move || metrics.render()),
        not_ready: Arc::new(move || readiness.not_ready()),
    };
    // Detached: it ends with the process, and its end ends nothing.
    serve_probes(address, probes, shutdown.child_token())?;
    Ok(())
}
