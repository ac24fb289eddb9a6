//! Merging, from encoded bytes to encoded bytes (RFC 7396).

use super::encoding::{Cursor, Malformed, NULL, OBJECT, RawEntry, put_block, put_head, put_key};
use super::view::Stamp;

/// Appends the object that `old` (a section's entries) becomes by `patch` (a patch's entries).
///
/// What changes gets the stamp, and so do the objects around it; what does not is copied as it is.
/// The depth of recursion is that of the patch.
pub(super) fn object(
    out: &mut Vec<u8>,
    old: &[u8],
    patch: &[u8],
    stamp: Option<Stamp>,
) -> Result<(), Malformed> {
    put_head(out, OBJECT, stamp);
    put_block(out, |out| {
        let (mut olds, mut news) = (Cursor(old), Cursor(patch));
        let (mut before, mut change) = (olds.next_entry()?, news.next_entry()?);
        loop {
            match (before, change) {
                (None, None) => return Ok(()),
                (Some(kept), None) => {
                    // Nothing else changes: the rest is one run of bytes.
                    out.extend_from_slice(kept.raw);
                    out.extend_from_slice(olds.0);
                    return Ok(());
                }
                (Some(kept), Some(new)) if kept.key < new.key => {
                    out.extend_from_slice(kept.raw);
                    before = olds.next_entry()?;
                }
                (Some(kept), Some(new)) if kept.key == new.key => {
                    apply(out, Some(kept), new, stamp)?;
                    before = olds.next_entry()?;
                    change = news.next_entry()?;
                }
                (_, Some(new)) => {
                    apply(out, None, new, stamp)?;
                    change = news.next_entry()?;
                }
            }
        }
    })
}

fn apply(
    out: &mut Vec<u8>,
    before: Option<RawEntry<'_>>,
    change: RawEntry<'_>,
    stamp: Option<Stamp>,
) -> Result<(), Malformed> {
    match change.node.kind {
        NULL => {}
        OBJECT => {
            put_key(out, change.key);
            let old = before.filter(|before| before.node.kind == OBJECT);
            let old = old.map_or(&[][..], |before| before.node.payload);
            object(out, old, change.node.payload, stamp)?;
        }
        kind => {
            put_key(out, change.key);
            put_head(out, kind, stamp);
            out.extend_from_slice(change.node.rest);
        }
    }
    Ok(())
}
