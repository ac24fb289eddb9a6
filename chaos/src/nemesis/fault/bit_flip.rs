use std::fs;
use std::path::Path;

use super::damage;
use crate::nemesis::chance::Chance;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::Hit;

/// One bit of a killed node's data is another one when it starts.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    damage::strike(scene, flip).await
}

fn flip(file: &Path, chance: &mut Chance) -> anyhow::Result<(String, bool)> {
    let mut bytes = fs::read(file)?;
    let before = bytes.clone();
    let at = usize::try_from(chance.below(bytes.len() as u64))?;
    let bit = chance.below(8);
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << bit;
    }
    fs::write(file, &bytes)?;
    let what = format!("bit {bit} of byte {at} of {}", bytes.len());
    Ok((what, fs::read(file)? != before))
}
