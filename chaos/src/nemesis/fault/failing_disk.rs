use tokio::time::Instant;

use crate::nemesis::ground::Disks;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// Every write and every fsync of the node that leads the most fails, and it must end. Later its disk is
/// repaired, and the node is started again.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let disks = match scene.ground.disks() {
        Ok(disks) => disks,
        Err(why) => return Ok(Hit::skipped(why)),
    };
    let begun = Instant::now();
    if let Err(error) = disks.fail(place) {
        return Ok(Hit::skipped(format!("no error can be injected: {error:#}")));
    }
    let went = scene.goes_on_without(place).await;
    let after = begun.elapsed().as_millis();
    if went.is_ok() {
        scene.hold().await;
    }
    let probe = Disks::probe(&disks.folder(place));
    let end = scene.gives_up(place).await;
    let ended = Instant::now();
    scene
        .ground
        .disks()
        .map_err(anyhow::Error::msg)?
        .repair(place)?;
    let back = scene.revive(place).await?;
    went?;
    let end = end?;
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(probe.is_err(), "a write beside the data got through"),
        note: format!("the others got on after {after} ms; {end}; {back}"),
    })
}
