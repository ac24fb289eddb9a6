use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, interval, sleep};

use crate::nemesis::ground::Disks;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// No write gets through for this long,
const STILL: Duration = Duration::from_millis(200);
/// this often.
const EVERY: Duration = Duration::from_millis(300);

/// The disk of the node that leads the most stands still again and again.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let disks = match scene.ground.disks() {
        Ok(disks) => disks,
        Err(why) => return Ok(Hit::skipped(why)),
    };
    let folder = disks.folder(place);
    let (mut slowest, mut times) = (Duration::ZERO, 0);
    let mut ticks = interval(EVERY);
    let begun = Instant::now();
    while begun.elapsed() < scene.holds_for() {
        ticks.tick().await;
        let frozen = match disks.freeze(place) {
            Ok(frozen) => frozen,
            Err(error) => return Ok(Hit::skipped(format!("it cannot be frozen: {error:#}"))),
        };
        times += 1;
        let folder = folder.clone();
        let probe = spawn_blocking(move || Disks::probe(&folder));
        sleep(STILL).await;
        drop(frozen);
        slowest = slowest.max(probe.await??);
    }
    let ended = Instant::now();
    scene.gets_on(&[]).await?;
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(slowest >= STILL / 2, "no write was held up"),
        note: format!(
            "{times} times {STILL:?} without a write; one beside the data took {} ms",
            slowest.as_millis()
        ),
    })
}
