use anyhow::Context;

use super::separation::separate;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::Hit;

/// Two nodes lose each other; everybody else sees both.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let places = scene.by_leaders().await?;
    let mut two = places.iter().map(|(place, _)| *place);
    let (one, other) = two.next().zip(two.next()).context("a cluster of one")?;
    let pairs = [(one, other), (other, one)];
    separate(scene, &pairs, vec![one, other], false).await
}
