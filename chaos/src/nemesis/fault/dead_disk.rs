//! What disks that take no more writes have in common.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use crate::nemesis::ground::Disks;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// How a disk dies, and how it is mended.
pub(super) struct Death {
    /// Gives why it cannot be brought about here, if it cannot.
    pub(super) kill: fn(&Disks, u64) -> anyhow::Result<Option<String>>,
    /// Whether it is there, by how a write beside the data went.
    pub(super) seen: fn(&io::Result<Duration>) -> bool,
    pub(super) mend: fn(&Disks, u64) -> anyhow::Result<()>,
}

/// The disk of the node that leads the most dies, and the node must end. Later the disk is mended, and the
/// node is started again.
pub(super) async fn strike(scene: &mut Scene, death: Death) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let disks = match scene.ground.disks() {
        Ok(disks) => disks,
        Err(why) => return Ok(Hit::skipped(why)),
    };
    let begun = Instant::now();
    if let Some(why) = (death.kill)(disks, place)? {
        return Ok(Hit::skipped(why));
    }
    let went = scene.goes_on_without(place).await;
    let after = begun.elapsed().as_millis();
    if went.is_ok() {
        scene.hold().await;
    }
    let probe = Disks::probe(&disks.folder(place));
    let end = scene.gives_up(place).await;
    let ended = Instant::now();
    (death.mend)(scene.ground.disks().map_err(anyhow::Error::msg)?, place)?;
    let back = scene.revive(place).await?;
    went?;
    let end = end?;
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(
            (death.seen)(&probe),
            format!("a write beside the data: {probe:?}"),
        ),
        note: format!("the others got on after {after} ms; {end}; {back}"),
    })
}
