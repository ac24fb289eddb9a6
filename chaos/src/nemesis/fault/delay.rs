use tokio::time::Instant;

use crate::nemesis::ground::{Network, Wire};
use crate::nemesis::scene::Scene;
use crate::nemesis::strike::{Hit, Hold};

const QUEUE: [&str; 4] = ["netem", "delay", "60ms", "20ms"];
/// An answer that is late takes at least this many milliseconds.
const LATE: u128 = 40;

/// What delays.
enum By {
    Kernel,
    /// For as long as it is held.
    Program {
        _wire: Wire,
    },
}

/// Everything that one node sends comes late, and not always equally late.
pub(super) async fn strike(scene: &mut Scene) -> anyhow::Result<Hit> {
    let (place, _) = scene.busiest().await?;
    let network = match scene.ground.network() {
        Ok(network) => network,
        Err(why) => return Ok(Hit::skipped(why)),
    };
    let begun = Instant::now();
    let by = match install(network, place) {
        Ok(by) => by,
        Err(error) => return Ok(Hit::skipped(format!("nothing can be delayed: {error:#}"))),
    };
    let went = scene.gets_on(&[place]).await;
    scene.hold().await;
    let took = answers_after(scene, place).await?;
    let ended = Instant::now();
    let who = match by {
        By::Kernel => {
            network.unshape(place)?;
            "netem"
        }
        By::Program { .. } => "a program between the node and the bridge",
    };
    drop(by);
    went?;
    Ok(Hit {
        places: vec![place],
        begun,
        ended,
        hold: Hold::seen(took >= LATE, format!("an answer came after {took} ms")),
        note: format!("60 ms, 20 ms more or less, by {who}; an answer took {took} ms"),
    })
}

fn install(network: &Network, place: u64) -> anyhow::Result<By> {
    match network.shape(place, &QUEUE) {
        Ok(()) => Ok(By::Kernel),
        // The kernel has no netem.
        Err(_) => Ok(By::Program {
            _wire: network.wire(place)?,
        }),
    }
}

/// Milliseconds until a node has told whether it is ready.
async fn answers_after(scene: &Scene, place: u64) -> anyhow::Result<u128> {
    let probes = scene.fleet.probes(scene.id(place)?)?;
    let asked = Instant::now();
    probes.readiness().await?;
    Ok(asked.elapsed().as_millis())
}
