use tokio::time::Instant;

use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// Of a hundred packets that are sent to the node.
const LOST: u32 = 10;

/// Some of what is sent to one node is lost on its way, by other nodes and by clients.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let network = match scene.ground.network() {
        Ok(network) => network,
        Err(why) => return Ok(Hit::skipped(why)),
    };
    let begun = Instant::now();
    network.reject(place, &format!("numgen random mod 100 < {LOST}"))?;
    let went = scene.gets_on(&[place]).await;
    scene.hold().await;
    let lost = network.lost(place)?;
    let ended = Instant::now();
    network.mend(place)?;
    went?;
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(lost > 0, "no packet was lost"),
        note: format!("{lost} packets were lost, {LOST} in a hundred"),
    })
}
