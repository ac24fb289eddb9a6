//! What partitions have in common.

use tokio::time::Instant;

use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// Loses everything that the first of each pair sends to the second. If `led`, others must lead what the
/// first of `places` led. Clients reach all nodes.
pub(super) async fn separate(
    scene: &mut Scene,
    pairs: &[(u64, u64)],
    places: Vec<u64>,
    led: bool,
) -> anyhow::Result<Hit> {
    let network = match scene.ground.network() {
        Ok(network) => network,
        Err(why) => return Ok(Hit::skipped(why)),
    };
    let begun = Instant::now();
    let cut = pairs
        .iter()
        .try_for_each(|(from, to)| network.cut(*from, *to));
    let went = match (cut, places.first()) {
        (Ok(()), Some(first)) if led => scene.goes_on_without(*first).await,
        (Ok(()), _) => scene.gets_on(&places).await,
        (failed, _) => failed,
    };
    let after = begun.elapsed().as_millis();
    if went.is_ok() {
        scene.hold().await;
    }
    let mut receivers: Vec<u64> = pairs.iter().map(|(_, to)| *to).collect();
    receivers.sort_unstable();
    receivers.dedup();
    let mut lost = 0;
    let ended = Instant::now();
    for place in receivers {
        lost += network.lost(place).unwrap_or_default();
        network.mend(place)?;
    }
    went?;
    Ok(Hit {
        places,
        begun,
        ended,
        hold: Hold::seen(lost > 0, "no packet was lost"),
        note: format!("the others got on after {after} ms; {lost} packets were lost"),
    })
}

/// Both ways between every one of `some` and every other one of `all`.
pub(super) fn around(some: &[u64], all: &[u64]) -> Vec<(u64, u64)> {
    let others = all.iter().filter(|place| !some.contains(place));
    let pairs = others.flat_map(|other| some.iter().map(|one| (*one, *other)));
    pairs
        .flat_map(|(one, other)| [(one, other), (other, one)])
        .collect()
}
