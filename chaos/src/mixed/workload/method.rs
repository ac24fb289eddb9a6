use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

use crate::mixed::back_end::{BackEnd, twin_path};
use crate::mixed::ledger::Ledger;
use crate::mixed::stage::Turns;

/// The shortest that the hub takes, in seconds.
const RESPONSE_TIMEOUT: u32 = 5;

/// Has a device do something, each time under an id of its own, which the device notes and answers.
pub(in crate::mixed) async fn call(ledger: Arc<Ledger>, mut back_end: BackEnd, mut turns: Turns) {
    let path = format!("{}/methods", twin_path(&ledger.device));
    let mut number = 0;
    while turns.next().await {
        number += 1;
        let id = format!("{}-{number}", ledger.device);
        let body = json!({
            "methodName": "run",
            "payload": id,
            "responseTimeoutInSeconds": RESPONSE_TIMEOUT,
        });
        let begun = Instant::now();
        let answer = back_end
            .ask(|node| node.authorized(Method::POST, &path).json(&body))
            .await;
        let said = answer.map(|answer| answer.body["payload"].clone());
        ledger.methods.note(id, begun, said);
    }
}
