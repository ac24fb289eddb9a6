use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

use crate::mixed::back_end::{BackEnd, twin_path};
use crate::mixed::journal::Outcome;
use crate::mixed::ledger::{Ledger, Mark, Swap};
use crate::mixed::stage::Turns;

/// The property that all who swap count up together.
pub(in crate::mixed) const SHARED: &str = "shared";

/// The writer with this number, who reads the twin and counts the shared property up by one if the
/// twin is still the same.
pub(in crate::mixed) async fn write(
    ledger: Arc<Ledger>,
    writer: usize,
    mut back_end: BackEnd,
    mut turns: Turns,
) {
    let key = format!("swap{writer}");
    let path = twin_path(&ledger.device);
    let mut number = 0;
    while turns.next().await {
        let read = back_end
            .ask(|node| node.authorized(Method::GET, &path))
            .await;
        let Outcome::Acked(twin) = read else {
            continue;
        };
        number += 1;
        let shared = twin.body["properties"]["desired"][SHARED]
            .as_u64()
            .unwrap_or_default();
        let patch = json!({"properties": {"desired": {SHARED: shared + 1, &key: number}}});
        let swap = Swap {
            mark: Mark {
                key: key.clone(),
                number,
            },
            etag: twin.etag,
        };
        let begun = Instant::now();
        let tag = format!("\"{}\"", swap.etag);
        let request = |node: &crate::harness::ServiceClient| {
            let request = node.authorized(Method::PATCH, &path);
            request.header("If-Match", tag).json(&patch)
        };
        let answer = back_end.ask(request).await;
        let seen = answer.map(|answer| answer.seen());
        ledger.swaps[writer].note(swap, begun, seen);
    }
}
