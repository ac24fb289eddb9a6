use std::fs::{self, File};
use std::path::Path;

use super::damage;
use crate::nemesis::chance::Chance;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::Hit;

/// A file of a killed node's data has lost its end when the node starts.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    damage::strike(scene, cut).await
}

fn cut(file: &Path, chance: &mut Chance) -> anyhow::Result<(String, bool)> {
    let length = fs::metadata(file)?.len();
    let kept = chance.below(length);
    let opened = File::options().write(true).open(file)?;
    opened.set_len(kept)?;
    opened.sync_all()?;
    let what = format!("everything behind byte {kept} of {length}");
    Ok((what, fs::metadata(file)?.len() < length))
}
