//! What damage to a node's data has in common.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tokio::time::Instant;

use crate::nemesis::chance::Chance;
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// The two databases of a node, as its folder has them.
const DATABASES: [&str; 2] = ["log", "state"];

/// Kills a node, lets `damage` change one file of its data, and starts it again. `damage` gives what it
/// did, in words, and whether the file is another one now. A node that comes across the damage ends and is
/// replaced; so is one that has not, a while later, as it would at some other time.
pub(super) async fn strike(
    scene: &mut Scene,
    damage: impl FnOnce(&Path, &mut Chance) -> anyhow::Result<(String, bool)>,
) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let id = scene.id(place)?;
    let begun = Instant::now();
    scene.fleet.kill(id)?;
    let went = scene.goes_on_without(place).await;
    let file = choose(&scene.fleet.data(id), &mut scene.chance)?;
    let (what, changed) = damage(&file, &mut scene.chance)?;
    let name = file.strip_prefix(scene.fleet.data(id)).unwrap_or(&file);
    let name = name.display().to_string();
    let mut back = scene.revive(place).await?;
    went?;
    if scene.id(place)? == id {
        back = format!("{back}; {}", scene.retire(place).await?);
    }
    let ended = Instant::now();
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(changed, format!("{name} is as it was")),
        note: format!("{what} of {name}; {back}"),
    })
}

/// One of the files that hold something, of the log or of the state.
fn choose(data: &Path, chance: &mut Chance) -> anyhow::Result<PathBuf> {
    let mut files = Vec::new();
    collect(data, &mut files)?;
    // The order of a folder is not the same twice.
    files.sort_unstable();
    // The log is a file or two among hundreds, and what was promised stands there first.
    let database = DATABASES[usize::try_from(chance.below(2))?];
    files.retain(|file| file.starts_with(data.join(database)));
    let turn = usize::try_from(chance.below(files.len() as u64))?;
    files.get(turn).cloned().context("the node has no data")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if holds_data(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// Tables, blobs, logs and manifests; not what the engine says for people to read.
fn holds_data(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let of_data = [".sst", ".blob", ".log"]
        .iter()
        .any(|end| name.ends_with(end));
    let holds = fs::metadata(path).is_ok_and(|file| file.len() > 0);
    holds && (of_data || name.starts_with("MANIFEST") || name == "CURRENT")
}
