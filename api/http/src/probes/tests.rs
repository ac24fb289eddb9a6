use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

use super::{Probes, serve_probes};
use crate::testing::Client;

#[tokio::test]
async fn the_probes_tell_metrics_life_and_readiness() {
    let ready = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&ready);
    let probes = Probes {
        metrics: Arc::new(|| "roost_up 1\n".to_owned()),
        not_ready: Arc::new(move || match state.load(Ordering::SeqCst) {
            true => Vec::new(),
            false => vec!["partition 3 has no leader".to_owned()],
        }),
    };
    let shutdown = CancellationToken::new();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let handle = serve_probes(address, probes, shutdown.clone()).unwrap();
    let mut client = Client::connect(handle.addresses()[0]).await;

    let metrics = client.get("/metrics").await;
    assert_eq!(
        (metrics.status, metrics.body.as_str()),
        (200, "roost_up 1\n")
    );
    assert_eq!(client.get("/healthz").await.status, 200);

    let not_ready = client.get("/readyz").await;
    assert_eq!(not_ready.status, 503);
    assert_eq!(
        not_ready.body,
        r#"{"ready":false,"reasons":["partition 3 has no leader"]}"#
    );
    ready.store(true, Ordering::SeqCst);
    let is_ready = client.get("/readyz").await;
    assert_eq!(
        (is_ready.status, is_ready.body.as_str()),
        (200, r#"{"ready":true,"reasons":[]}"#)
    );

    assert_eq!(client.get("/devices").await.status, 404);
    shutdown.cancel();
    drop(client);
    handle.finished().await.unwrap();
}
