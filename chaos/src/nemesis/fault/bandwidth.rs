use tokio::time::Instant;

use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

const QUEUE: [&str; 7] = ["tbf", "rate", "1mbit", "burst", "16kb", "latency", "400ms"];

/// One node may send little: what is more waits, and what waits for too long is lost.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let network = match scene.ground.network() {
        Ok(network) => network,
        Err(why) => return Ok(Hit::skipped(why)),
    };
    let begun = Instant::now();
    if let Err(error) = network.shape(place, &QUEUE) {
        return Ok(Hit::skipped(format!("the kernel has no tbf: {error:#}")));
    }
    let went = scene.gets_on(&[place]).await;
    scene.hold().await;
    let queue = network.queue(place).unwrap_or_default();
    let ended = Instant::now();
    network.unshape(place)?;
    went?;
    let held_back = number_after(&queue, "overlimits ");
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(held_back > 0, "nothing was held back"),
        note: format!("1 Mbit/s; {held_back} packets were held back"),
    })
}

fn number_after(text: &str, word: &str) -> u64 {
    let rest = text.split(word).nth(1).unwrap_or_default();
    let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
