use std::sync::Arc;

use reqwest::Method;
use tokio::time::Instant;

use crate::mixed::back_end::{BackEnd, twin_path};
use crate::mixed::ledger::Ledger;
use crate::mixed::stage::Turns;

/// Reads a twin again and again, through all nodes.
pub(in crate::mixed) async fn read(ledger: Arc<Ledger>, mut back_end: BackEnd, mut turns: Turns) {
    let path = twin_path(&ledger.device);
    while turns.next().await {
        let begun = Instant::now();
        let answer = back_end
            .ask(|node| node.authorized(Method::GET, &path))
            .await;
        let seen = answer.map(|answer| answer.seen());
        ledger.reads.note((), begun, seen);
    }
}
