use tokio::time::Instant;

use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// A node dies with its data, and a new one takes its place.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, led) = scene.busiest().await?;
    let old = scene.id(place)?;
    let begun = Instant::now();
    scene.fleet.kill(old)?;
    let went = scene.goes_on_without(place).await;
    let ended = Instant::now();
    let new = scene.replace(place).await?;
    went?;
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::Installed,
        note: format!("it led {led} partitions; node {new} took the place of node {old}"),
    })
}
