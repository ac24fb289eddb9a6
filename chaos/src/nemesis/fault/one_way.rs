use super::separation::separate;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::Hit;

/// The node that leads the most hears all others, and none hears it.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let others = scene.places().into_iter().filter(|other| *other != place);
    let pairs: Vec<(u64, u64)> = others.map(|other| (place, other)).collect();
    separate(scene, &pairs, vec![place], true).await
}
