use std::fs;
use std::path::Path;

use anyhow::Context;
use tokio::time::Instant;

use crate::nemesis::scene::Scene;
use crate::nemesis::shell::run;
use crate::nemesis::strike::{Hit, Hold};

/// A node is killed and its data is copied; it runs for a while, is killed again, and then starts on the
/// copy: a machine that was rolled back. It must refuse.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let id = scene.id(place)?;
    let data = scene.fleet.data(id);
    let copy = data.with_extension("copy");
    let begun = Instant::now();
    scene.fleet.kill(id)?;
    let went = scene.goes_on_without(place).await;
    let copied = run(&["cp", "-a", &text(&data), &text(&copy)]);
    scene.start(place)?;
    went?;
    copied?;
    scene.settled().await?;

    scene.fleet.kill(id)?;
    let went = scene.goes_on_without(place).await;
    fs::remove_dir_all(&data)?;
    fs::rename(&copy, &data).context("cannot put the copy back")?;
    let ended = Instant::now();
    let back = scene.revive(place).await?;
    went?;
    anyhow::ensure!(
        scene.id(place)? != id,
        "a node started from an older copy of its data, and served"
    );
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::Installed,
        note: back,
    })
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
