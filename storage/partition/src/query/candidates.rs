//! Walking what may be in an answer, in the order of keys.

use std::ops::ControlFlow;

use roost_engine::Cursor;

use super::plan::{KeyRange, Plan, Way};
use super::{QueryFailure, Scene};
use crate::index;
use crate::table::{IDENTITY, INDEX, TWIN};

/// A row that may be in the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// The identity's key.
    pub(super) key: &'a [u8],
    /// Its twin's row; `None` if the twin was never changed.
    pub(super) twin: Option<&'a [u8]>,
    /// Its registry row, where it was read anyway.
    pub(super) identity: Option<&'a [u8]>,
}

type Take<'t> = &'t mut dyn FnMut(Candidate<'_>) -> ControlFlow<()>;

/// Hands over candidates behind a key until `take` has enough.
pub(super) fn walk(
    scene: &Scene<'_>,
    plan: &Plan,
    after: Option<&[u8]>,
    take: Take<'_>,
) -> Result<(), QueryFailure> {
    match &plan.way {
        Way::Index(prefixes) => indexed(scene, prefixes, after, take),
        Way::Ranges {
            ranges,
            stored_twins,
        } => {
            // The first key behind another is that key with a zero.
            let behind = after
                .map(|after| [after, &[0]].concat())
                .unwrap_or_default();
            for KeyRange { from, to } in ranges {
                let from = scene.prefix.key(from.max(&behind));
                let to = match to {
                    Some(to) => scene.prefix.key(to),
                    None => scene.prefix.end().to_vec(),
                };
                let flow = if *stored_twins {
                    twins(scene, &from, &to, take)?
                } else {
                    identities(scene, &from, &to, take)?
                };
                if flow.is_break() {
                    return Ok(());
                }
            }
            Ok(())
        }
    }
}

fn twins(
    scene: &Scene<'_>,
    from: &[u8],
    to: &[u8],
    take: Take<'_>,
) -> Result<ControlFlow<()>, QueryFailure> {
    scene.view.walk(&[(TWIN, from, to)], |mut cursors| {
        let Some(twins) = cursors.first_mut() else {
            return Ok(ControlFlow::Continue(()));
        };
        while let Some((key, twin)) = twins.row() {
            let candidate = Candidate {
                key: scene.prefix.tail(key),
                twin: Some(twin),
                identity: None,
            };
            if take(candidate).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            twins.advance();
        }
        twins.check()?;
        Ok(ControlFlow::Continue(()))
    })
}

/// Every identity, with its twin if that is stored: both tables have the same keys in the same order.
fn identities(
    scene: &Scene<'_>,
    from: &[u8],
    to: &[u8],
    take: Take<'_>,
) -> Result<ControlFlow<()>, QueryFailure> {
    let ranges = [(IDENTITY, from, to), (TWIN, from, to)];
    scene.view.walk(&ranges, |mut cursors| {
        let [identities, twins] = cursors.as_mut_slice() else {
            return Ok(ControlFlow::Continue(()));
        };
        while let Some((key, identity)) = identities.row() {
            while twins.key().is_some_and(|twin| twin < key) {
                twins.advance();
            }
            let twin = twins.row().filter(|(twin, _)| *twin == key);
            let candidate = Candidate {
                key: scene.prefix.tail(key),
                twin: twin.map(|(_, bytes)| bytes),
                identity: Some(identity),
            };
            if take(candidate).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            identities.advance();
        }
        identities.check()?;
        twins.check()?;
        Ok(ControlFlow::Continue(()))
    })
}

/// The identities that rows of an index name, each once.
fn indexed(
    scene: &Scene<'_>,
    prefixes: &[Vec<u8>],
    after: Option<&[u8]>,
    take: Take<'_>,
) -> Result<(), QueryFailure> {
    let bounds: Vec<(Vec<u8>, Vec<u8>)> = prefixes
        .iter()
        .map(|prefix| {
            let from = match after {
                Some(after) => [prefix, after, &[0]].concat(),
                None => prefix.clone(),
            };
            let key = |tail: &[u8]| scene.prefix.key(tail);
            (key(&from), key(&index::end_of(prefix)))
        })
        .collect();
    let ranges: Vec<_> = bounds
        .iter()
        .map(|(from, to)| (INDEX, from.as_slice(), to.as_slice()))
        .collect();
    scene.view.walk(&ranges, |mut cursors| {
        while let Some(key) = smallest(scene, &cursors).map(<[u8]>::to_vec) {
            for cursor in &mut cursors {
                if identity_key(scene, cursor) == Some(&key) {
                    cursor.advance();
                }
            }
            let twin = scene.view.get(TWIN, &scene.prefix.key(&key))?;
            let candidate = Candidate {
                key: &key,
                twin: twin.as_deref(),
                identity: None,
            };
            if take(candidate).is_break() {
                return Ok(());
            }
        }
        for cursor in &cursors {
            cursor.check()?;
        }
        Ok(())
    })
}

fn smallest<'c>(scene: &Scene<'_>, cursors: &'c [Cursor<'_>]) -> Option<&'c [u8]> {
    cursors
        .iter()
        .filter_map(|cursor| identity_key(scene, cursor))
        .min()
}

fn identity_key<'c>(scene: &Scene<'_>, cursor: &'c Cursor<'_>) -> Option<&'c [u8]> {
    index::identity_key(scene.prefix.tail(cursor.key()?))
}
