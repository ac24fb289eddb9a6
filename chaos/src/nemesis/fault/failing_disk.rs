use super::dead_disk::{self, Death};
use crate::nemesis::ground::Disks;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::Hit;

/// Every write and every fsync of the node that leads the most fails, and it must end. Later its disk is
/// repaired, and the node is started again.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let death = Death {
        kill: |disks, place| {
            let failed = disks.fail(place);
            Ok(failed
                .err()
                .map(|error| format!("no error can be injected: {error:#}")))
        },
        seen: Result::is_err,
        mend: Disks::repair,
    };
    dead_disk::strike(scene, death).await
}
