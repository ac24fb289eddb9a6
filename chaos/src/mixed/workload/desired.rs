use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::mixed::back_end::{BackEnd, twin_path};
use crate::mixed::ledger::{Ledger, Mark};
use crate::mixed::stage::Turns;

/// Properties that come and go, per writer.
const PASSING: u64 = 3;

/// The writer with this number, who changes desired properties whatever others do.
pub(in crate::mixed) async fn write(
    ledger: Arc<Ledger>,
    writer: usize,
    mut back_end: BackEnd,
    mut turns: Turns,
) {
    let key = format!("count{writer}");
    let path = twin_path(&ledger.device);
    let mut number = 0;
    while turns.next().await {
        number += 1;
        let body = json!({"properties": {"desired": patch(writer, &key, number)}});
        let mark = Mark {
            key: key.clone(),
            number,
        };
        let begun = Instant::now();
        let answer = back_end
            .ask(|node| node.authorized(Method::PATCH, &path).json(&body))
            .await;
        let seen = answer.map(|answer| answer.seen());
        ledger.desired[writer].note(mark, begun, seen);
    }
}

/// Sets the writer's own property to `number`, and sets or removes one of those that come and go.
fn patch(writer: usize, key: &str, number: u64) -> Value {
    let passing = format!("passing{writer}x{}", number % PASSING);
    let stays = (number / PASSING).is_multiple_of(2);
    let value = if stays { json!(number) } else { Value::Null };
    json!({ key: number, passing: value })
}
