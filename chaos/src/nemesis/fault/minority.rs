use super::separation::{around, separate};
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::Hit;

/// As many nodes as the others can do without, those that lead the least, lose all others. They keep
/// each other.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let places = scene.by_leaders().await?;
    // Of three copies of a partition one may be missing, however many nodes there are.
    let few = places.iter().rev().map(|(place, _)| *place).take(1);
    let few: Vec<u64> = few.collect();
    let pairs = around(&few, &scene.places());
    separate(scene, &pairs, few, true).await
}
