//! Who is connected, since when, where, and how the last connection ended.

use roost_model::Identity;

use super::RegistryAnswer;
use crate::client::{ConnectionView, SessionView};
use crate::leadership::Leadership;
use crate::read::not_found;
use crate::wire::Refused;

/// Reads an identity's connection, linearizably.
pub(super) async fn read(
    leadership: &Leadership,
    identity: &Identity,
) -> Result<RegistryAnswer, Refused> {
    let barrier = leadership.handle.read_barrier().await;
    barrier.map_err(|not_leading| Refused::NotLeader(not_leading.leader))?;
    let record = leadership
        .identity(identity)?
        .ok_or_else(|| not_found(identity))?;
    let session = leadership.reader().session(identity);
    Ok(RegistryAnswer::Connection(ConnectionView {
        changed_at: record.connection_state_updated_at,
        last_activity_at: record.last_activity_at,
        session: session.map(|session| SessionView {
            node: session.node,
            protocol: session.protocol,
            auth: session.auth,
            expires_at: session.expires_at,
        }),
        last_ending: record.last_ending,
    }))
}
