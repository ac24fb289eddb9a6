use std::sync::Arc;

use reqwest::Method;
use tokio::time::Instant;

use crate::harness::ServiceClient;
use crate::mixed::back_end::BackEnd;
use crate::mixed::ledger::Ledger;
use crate::mixed::stage::Turns;

/// Sends a device messages that want to hear of every outcome. They wait for an hour, as the hub has
/// it by default.
pub(in crate::mixed) async fn send(ledger: Arc<Ledger>, mut back_end: BackEnd, mut turns: Turns) {
    let path = format!("/devices/{}/messages/devicebound", ledger.device);
    let mut number = 0;
    while turns.next().await {
        number += 1;
        let id = format!("{}-{number}", ledger.device);
        let request = |node: &ServiceClient| {
            let request = node.authorized(Method::POST, &path).body(id.clone());
            let request = request.header("iothub-messageid", &id);
            request.header("iothub-ack", "full")
        };
        let begun = Instant::now();
        let answer = back_end.ask(request).await;
        let place = answer.map(|answer| answer.body["sequenceNumber"].as_u64().unwrap_or_default());
        ledger.messages.note(id, begun, place);
    }
}
