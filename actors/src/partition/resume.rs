//! Delivery of messages goes on after a change of leader.

use ractor::ActorRef;
use roost_cluster::blocking;

use super::PartitionMessage;
use crate::leadership::Leadership;

/// Finds the attached devices that want messages and have some, and wakes their actors up.
pub(super) async fn wake_receivers(leadership: Leadership, actor: ActorRef<PartitionMessage>) {
    let reader = leadership.reader().clone();
    if reader.queue_statistics().queued == 0 {
        return;
    }
    let found = blocking::run(move || {
        let sessions = reader.sessions()?;
        let wanting = sessions
            .into_iter()
            .filter(|(_, session)| session.channels.wants_messages());
        let mut found = Vec::new();
        for (identity, _) in wanting {
            if reader.queue_depth(&identity)? > 0 {
                found.push(identity);
            }
        }
        Ok::<_, roost_partition::PartitionError>(found)
    });
    match found.await {
        Ok(Ok(identities)) => {
            for identity in identities {
                // An actor that has stopped leads no more.
                let _ = actor.cast(PartitionMessage::Wake(identity));
            }
        }
        Ok(Err(error)) => tracing::error!(%error, "cannot find out who waits for messages"),
        Err(error) => tracing::error!(%error, "cannot find out who waits for messages"),
    }
}
