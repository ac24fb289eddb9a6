use std::os::unix::process::ExitStatusExt;

use tokio::time::Instant;

use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

const SIGKILL: i32 = 9;

/// The node that leads the most is killed with SIGKILL, and started again.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, led) = scene.busiest().await?;
    let begun = Instant::now();
    let status = scene.fleet.kill(scene.id(place)?)?;
    let went = scene.goes_on_without(place).await;
    let elected = begun.elapsed().as_millis();
    if went.is_ok() {
        scene.hold().await;
    }
    let ended = Instant::now();
    scene.start(place)?;
    went?;
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(status.signal() == Some(SIGKILL), status.to_string()),
        note: format!("it led {led} partitions; the others got on after {elected} ms"),
    })
}
