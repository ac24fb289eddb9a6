//! The partition row counts what is there, and its counters are ahead of everything given out.

use std::collections::BTreeSet;

use roost_model::Identity;

use super::Findings;
use crate::error::PartitionError;
use crate::reader::Reader;

pub(super) fn check(reader: &Reader, found: &mut Findings) -> Result<(), PartitionError> {
    let row = reader.row();
    let (mut devices, mut disabled, mut modules) = (0, 0, 0);
    let (mut etags, mut generations) = (BTreeSet::new(), BTreeSet::new());
    for record in reader.identities(None, usize::MAX)? {
        let name = || record.identity.to_string();
        found.require(etags.insert(record.etag), "entity tags are unique", name);
        found.require(
            generations.insert(record.generation),
            "generations are unique",
            name,
        );
        found.require(
            record.etag <= row.last_etag,
            "entity tags are counted",
            name,
        );
        found.require(
            record.generation <= row.last_generation,
            "generations are counted",
            name,
        );
        if record.identity.is_module() {
            modules += 1;
            let device = reader.identity(&Identity::device(record.identity.device.clone()))?;
            found.require(device.is_some(), "a module has its device", name);
            found.require(record.is_enabled(), "a module is enabled", name);
        } else {
            devices += 1;
            disabled += u64::from(!record.is_enabled());
        }
    }
    let counted = (row.devices, row.disabled_devices, row.modules);
    let actual = (devices, disabled, modules);
    found.require(counted == actual, "identities are counted", || {
        format!("{counted:?} for {actual:?}")
    });
    Ok(())
}
