use std::io::ErrorKind;

use super::dead_disk::{self, Death};
use crate::nemesis::ground::Disks;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::Hit;

/// The disk of the node that leads the most has no free byte, and it must end. Later there is room again,
/// and the node is started again.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let death = Death {
        kill: |disks, place| disks.fill(place).map(|()| None),
        seen: |probe| matches!(probe, Err(error) if error.kind() == ErrorKind::StorageFull),
        mend: Disks::free,
    };
    dead_disk::strike(scene, death).await
}
