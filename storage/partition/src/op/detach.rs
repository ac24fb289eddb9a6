//! Ends a session.

use bytes::BytesMut;
use roost_model::{
    ConnectionEpoch, Identity, MessageSource, Origin, SequenceNumber, encode_record, identity_key,
};

use crate::context::{Context, Stop};
use crate::outcome::EndedSession;
use crate::session::SessionState;

/// Never refused: a session that is not the current one has ended already.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct Detach {
    /// Whose.
    pub identity: Identity,
    /// Which of its sessions.
    pub epoch: ConnectionEpoch,
    /// How it came to its end.
    pub why: DetachReason,
}

/// How a session came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub enum DetachReason {
    /// The device said goodbye.
    Clean,
    /// The connection broke.
    Lost,
    /// The credential ran out.
    Expired,
    /// The hub took the right to be connected away.
    Revoked,
    /// The node that held the connection is gone.
    NodeLost,
    /// No node claimed the connection in time after a change of leader.
    GraceExpired,
}

/// What a detach did.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub enum Detached {
    /// The session is over.
    Ended {
        /// Which.
        session: EndedSession,
        /// Where its will was stored, if it had one and it was due.
        will: Option<SequenceNumber>,
    },
    /// It was not the current session; nothing was changed.
    NotCurrent,
}

impl Detach {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<Detached, Stop> {
        let key = identity_key(&self.identity);
        let state = context.sessions.read().get(&key).cloned();
        let Some(state) = state.filter(|state| state.epoch == self.epoch) else {
            return Ok(Detached::NotCurrent);
        };
        let mut record = context.existing(&self.identity)?;
        context.end_session(&mut record)?;
        context.put_identity(&record);
        let will = if self.why.publishes_will() {
            store_will(&self.identity, &state, context)?
        } else {
            None
        };
        Ok(Detached::Ended {
            session: state.ended(self.identity),
            will,
        })
    }
}

impl DetachReason {
    /// Whether the device left without a goodbye.
    ///
    /// Source: MQTT 3.1.1, 3.1.2.5; a device that the hub cuts does not speak again.
    pub const fn publishes_will(self) -> bool {
        matches!(self, Self::Lost | Self::NodeLost | Self::GraceExpired)
    }
}

fn store_will(
    identity: &Identity,
    state: &SessionState,
    context: &mut Context<'_>,
) -> Result<Option<SequenceNumber>, Stop> {
    let Some(will) = &state.will else {
        return Ok(None);
    };
    let origin = Origin {
        identity,
        generation: state.generation,
        auth: state.auth,
        source: MessageSource::Telemetry,
        // The will is not one of the session's numbered events.
        epoch: ConnectionEpoch(0),
        sequence: 0,
    };
    let mut record = BytesMut::new();
    context.store_announcements()?;
    encode_record(&mut record, &origin, &will.telemetry());
    Ok(Some(context.store_events(1, &record)?))
}
