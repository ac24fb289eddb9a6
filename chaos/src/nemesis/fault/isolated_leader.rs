use super::separation::{around, separate};
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::Hit;

/// The node that leads the most loses all others, and they lose it.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let pairs = around(&[place], &scene.places());
    separate(scene, &pairs, vec![place], true).await
}
