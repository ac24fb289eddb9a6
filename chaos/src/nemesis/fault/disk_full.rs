use std::io::ErrorKind;

use tokio::time::Instant;

use crate::nemesis::ground::Disks;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// The disk of the node that leads the most has no free byte, and it must end. Later there is room again,
/// and the node is started again.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let disks = match scene.ground.disks() {
        Ok(disks) => disks,
        Err(why) => return Ok(Hit::skipped(why)),
    };
    let begun = Instant::now();
    disks.fill(place)?;
    let went = scene.goes_on_without(place).await;
    let after = begun.elapsed().as_millis();
    if went.is_ok() {
        scene.hold().await;
    }
    let probe = Disks::probe(&disks.folder(place));
    let full = matches!(&probe, Err(error) if error.kind() == ErrorKind::StorageFull);
    let end = scene.gives_up(place).await;
    let ended = Instant::now();
    scene
        .ground
        .disks()
        .map_err(anyhow::Error::msg)?
        .free(place)?;
    let back = scene.revive(place).await?;
    went?;
    let end = end?;
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(full, format!("a write beside the data: {probe:?}")),
        note: format!("the others got on after {after} ms; {end}; {back}"),
    })
}
