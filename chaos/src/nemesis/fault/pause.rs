use std::fs;

use rustix::process::{Pid, Signal};
use tokio::time::Instant;

use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

/// The node that leads the most stands still (SIGSTOP), with all its connections open, and goes on later.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, led) = scene.busiest().await?;
    let id = scene.id(place)?;
    let process = scene.fleet.pid(id)?;
    let begun = Instant::now();
    scene.fleet.signal(id, Signal::STOP)?;
    let went = scene.goes_on_without(place).await;
    let elected = begun.elapsed().as_millis();
    if went.is_ok() {
        scene.hold().await;
    }
    let state = state(process);
    let ended = Instant::now();
    scene.fleet.signal(id, Signal::CONT)?;
    went?;
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(state == Some('T'), format!("its state was {state:?}")),
        note: format!("it led {led} partitions; the others got on after {elected} ms"),
    })
}

/// What the kernel says that a process does; `T` when it was stopped.
fn state(process: Pid) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_pid())).ok()?;
    // The name, in parentheses, may hold anything.
    stat.rsplit_once(") ")?.1.chars().next()
}
