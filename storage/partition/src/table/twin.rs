//! Rows of twins. An identity whose twin was never changed has none.

use bytes::Bytes;
use roost_model::Twin;

use crate::error::PartitionError;

pub(crate) fn decode(bytes: Bytes) -> Result<Twin, PartitionError> {
    Twin::new(bytes).map_err(|error| PartitionError::row("twin", error))
}
