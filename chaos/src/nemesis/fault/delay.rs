use tokio::time::Instant;

use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

const QUEUE: [&str; 4] = ["netem", "delay", "60ms", "20ms"];

/// Everything that one node sends comes late, and not always equally late.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let network = match scene.ground.network() {
        Ok(network) => network,
        Err(why) => return Ok(Hit::skipped(why)),
    };
    let begun = Instant::now();
    if let Err(error) = network.shape(place, &QUEUE) {
        return Ok(Hit::skipped(format!("the kernel has no netem: {error:#}")));
    }
    let went = scene.gets_on(&[place]).await;
    scene.hold().await;
    let queue = network.queue(place).unwrap_or_default();
    let ended = Instant::now();
    network.unshape(place)?;
    went?;
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(queue.contains("netem"), queue),
        note: QUEUE.join(" "),
    })
}
