use tokio::time::Instant;

use crate::harness::{Patience, until};
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// So many seconds ahead, or behind: more than queues hold a message for one who has it, less than tokens
/// live.
const WRONG: i64 = 300;
/// A clock counts as set when it is this close; its seconds are told without fractions.
const CLOSE: i64 = 3;
/// For the new time to be seen in a node's answers.
const SEEN: Patience = Patience::seconds(20);

/// The wall clock of the node that leads the most jumps ahead or back, and later jumps to where it was.
/// Nobody loses a connection or waits for it.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let ahead = match scene.chance.below(2) {
        0 => WRONG,
        _ => -WRONG,
    };
    let begun = Instant::now();
    match scene.ground.clocks() {
        Ok(clocks) => clocks.set(place, ahead)?,
        Err(why) => return Ok(Hit::skipped(why)),
    }
    let seen = is_off_by(scene, place, ahead).await;
    let went = scene.gets_on(&[]).await;
    if went.is_ok() {
        scene.hold().await;
    }
    scene
        .ground
        .clocks()
        .map_err(anyhow::Error::msg)?
        .set(place, 0)?;
    let ended = Instant::now();
    went?;
    is_off_by(scene, place, 0).await?;
    scene.gets_on(&[]).await?;
    Ok(Hit {
        // A wrong clock is no excuse for a connection that breaks.
        places: Vec::new(),
        begun,
        ended,
        hold: Hold::seen(seen.is_ok(), "the time in its answers was right"),
        note: format!("the clock of the node in place {place} was {ahead:+} s off"),
    })
}

/// Waits until the answers of the node in a place say that its clock is off by so many seconds.
async fn is_off_by(scene: &Scene, place: u64, ahead: i64) -> anyhow::Result<()> {
    let probes = scene.fleet.probes(scene.id(place)?)?;
    until("a node's clock", SEEN, async || {
        let told = probes.clock_ahead().await;
        let told = told.map_err(|error| format!("{error:#}"))?;
        match (told - ahead).abs() <= CLOSE {
            true => Ok(()),
            false => Err(format!("it is {told} s off")),
        }
    })
    .await
}
