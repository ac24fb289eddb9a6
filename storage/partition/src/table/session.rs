//! Rows of attached sessions.

use roost_model::codec;

use crate::error::PartitionError;
use crate::session::SessionState;

const VERSION: u8 = 1;

pub(crate) fn encode(state: &SessionState) -> Vec<u8> {
    codec::encode(VERSION, state)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<SessionState, PartitionError> {
    codec::decode(VERSION, bytes)
        .map(|(_, state)| state)
        .map_err(|error| PartitionError::row("session", error))
}
