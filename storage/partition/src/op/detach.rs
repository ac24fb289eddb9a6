//! Ends a session.

use bytes::BytesMut;
use roost_model::{
    ConnectionEpoch, DetachReason, Identity, MessageSource, Origin, SequenceNumber, encode_record,
    identity_key,
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
        context.end_session(&mut record, self.why)?;
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
