use tokio::time::Instant;

use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// Every node is told to stop and started again, one after the other, each when all is well: what an
/// operator does for a new version.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let places = scene.places();
    let begun = Instant::now();
    for place in &places {
        scene.stop(*place).await?;
        scene.start(*place)?;
        scene.settled().await?;
    }
    Ok(Hit {
        note: format!(
            "{} nodes ended by themselves when they were told to",
            places.len()
        ),
        places,
        begun,
        ended: Instant::now(),
        hold: Hold::Installed,
    })
}
