//! A stored twin belongs to an identity, and all of it can be read.

use super::Findings;
use crate::error::PartitionError;
use crate::reader::Reader;
use crate::table::{self, TWIN};

pub(super) fn check(reader: &Reader, found: &mut Findings) -> Result<(), PartitionError> {
    let rows: Vec<_> =
        reader.read(|rows, _| rows.scan_from(TWIN, &[]).collect::<Result<Vec<_>, _>>())?;
    for (tail, value) in rows {
        let identity = table::identity::parse_key(&tail)?;
        let name = || identity.to_string();
        let owner = reader.identity(&identity)?;
        found.require(owner.is_some(), "a twin has its identity", name);
        let twin = table::twin::decode(value)?;
        found.require(twin.view().check().is_ok(), "a twin can be read", name);
    }
    Ok(())
}
