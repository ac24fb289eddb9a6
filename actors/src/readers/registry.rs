//! The rules of seats, without a clock and without a network.

use std::collections::BTreeMap;
use std::time::Duration;

use roost_model::NodeId;
use tokio::time::Instant;

use super::{Claim, Denial, Stamp};

/// A node that has said nothing for so long has no readers any more. Three times what edges take
/// between naming theirs.
pub(super) const SILENCE: Duration = Duration::from_secs(15);

/// Who reads a partition, as its leader knows it in one term.
#[derive(Debug)]
pub(super) struct Registry {
    term: u64,
    granted: u64,
    most: usize,
    groups: BTreeMap<String, Vec<Seat>>,
    heard: BTreeMap<NodeId, Instant>,
}

#[derive(Debug, Clone)]
struct Seat {
    node: NodeId,
    number: u64,
    level: Option<i64>,
    name: String,
    stamp: Stamp,
}

/// A reader that has lost its seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Displaced {
    pub(super) node: NodeId,
    pub(super) number: u64,
    pub(super) why: Denial,
}

// === impl Registry ===

impl Registry {
    /// Nobody's, with at most so many seats of a group for readers without an owner level.
    pub(super) fn new(term: u64, most: usize) -> Registry {
        Registry {
            term,
            granted: 0,
            most,
            groups: BTreeMap::new(),
            heard: BTreeMap::new(),
        }
    }

    /// Gives a new reader a seat, and says who loses one for it. Asking again changes nothing.
    ///
    /// # Errors
    /// Why there is none for it.
    pub(super) fn sit(
        &mut self,
        node: NodeId,
        claim: Claim,
        now: Instant,
    ) -> Result<(Stamp, Vec<Displaced>), Denial> {
        self.hear(node, now);
        let (most, next) = (self.most, self.granted + 1);
        let seats = self.groups.entry(claim.group.clone()).or_default();
        if let Some(seat) = seats.iter().find(|seat| seat.is(node, claim.number)) {
            return Ok((seat.stamp, Vec::new()));
        }
        if let Some(owner) = owner(seats)
            && owner.level > claim.level
        {
            return Err(owner.denial());
        }
        if claim.level.is_none() && seats.len() >= most {
            return Err(crowded(most));
        }
        let stamp = Stamp {
            term: self.term,
            count: next,
        };
        seats.push(Seat::of(node, claim, stamp));
        self.granted = next;
        Ok((stamp, settle(seats, most)))
    }

    /// Takes a node's word for its readers. Says for each of them why it has to go, if it has, and who
    /// else has to.
    pub(super) fn name(
        &mut self,
        node: NodeId,
        below: u64,
        claims: Vec<Claim>,
        now: Instant,
    ) -> (Vec<Option<Denial>>, Vec<Displaced>) {
        self.hear(node, now);
        let numbers: Vec<u64> = claims.iter().map(|claim| claim.number).collect();
        for seats in self.groups.values_mut() {
            seats.retain(|seat| {
                seat.node != node || seat.number >= below || numbers.contains(&seat.number)
            });
        }
        for claim in claims {
            // One that was granted nothing yet is about to ask.
            let Some(stamp) = claim.granted else { continue };
            let seats = self.groups.entry(claim.group.clone()).or_default();
            if !seats.iter().any(|seat| seat.is(node, claim.number)) {
                seats.push(Seat::of(node, claim, stamp));
            }
        }
        let most = self.most;
        let displaced = self.groups.values_mut();
        let displaced = displaced.flat_map(|seats| settle(seats, most)).collect();
        self.groups.retain(|_, seats| !seats.is_empty());
        verdicts(node, &numbers, displaced)
    }

    /// A node is gone, and its readers with it.
    pub(super) fn lose(&mut self, node: NodeId) {
        self.heard.remove(&node);
        for seats in self.groups.values_mut() {
            seats.retain(|seat| seat.node != node);
        }
        self.groups.retain(|_, seats| !seats.is_empty());
    }

    /// Somebody who wants a seat must not be kept out by those of a node that went unnoticed.
    fn hear(&mut self, node: NodeId, now: Instant) {
        self.heard.insert(node, now);
        let silent = self.heard.iter();
        let silent = silent.filter(|(_, at)| now.saturating_duration_since(**at) > SILENCE);
        let silent: Vec<NodeId> = silent.map(|(node, _)| *node).collect();
        silent.into_iter().for_each(|node| self.lose(node));
    }

    /// How many have a seat.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.groups.values().map(Vec::len).sum()
    }
}

/// The one with the highest level; among equals, who sat down last.
fn owner(seats: &[Seat]) -> Option<&Seat> {
    let owners = seats.iter().filter(|seat| seat.level.is_some());
    owners.max_by_key(|seat| (seat.level, seat.stamp))
}

/// Leaves the owner alone in the group, or the `most` that sat down first.
fn settle(seats: &mut Vec<Seat>, most: usize) -> Vec<Displaced> {
    match owner(seats).cloned() {
        Some(owner) => {
            let (stays, gone) = std::mem::take(seats)
                .into_iter()
                .partition(|seat| seat.is(owner.node, owner.number));
            *seats = stays;
            with(gone, &owner.denial())
        }
        None if seats.len() > most => {
            seats.sort_by_key(|seat| seat.stamp);
            with(seats.split_off(most), &crowded(most))
        }
        None => Vec::new(),
    }
}

fn with(gone: Vec<Seat>, why: &Denial) -> Vec<Displaced> {
    let gone = gone.into_iter().map(|seat| Displaced {
        node: seat.node,
        number: seat.number,
        why: why.clone(),
    });
    gone.collect()
}

fn crowded(most: usize) -> Denial {
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    Denial::Crowded { most }
}

/// Those of the node itself hear of it in the answer.
fn verdicts(
    node: NodeId,
    numbers: &[u64],
    displaced: Vec<Displaced>,
) -> (Vec<Option<Denial>>, Vec<Displaced>) {
    let (own, others): (Vec<_>, Vec<_>) = displaced
        .into_iter()
        .partition(|displaced| displaced.node == node && numbers.contains(&displaced.number));
    let verdict = |number: &u64| {
        let own = own.iter().find(|displaced| displaced.number == *number);
        own.map(|displaced| displaced.why.clone())
    };
    (numbers.iter().map(verdict).collect(), others)
}

// === impl Seat ===

impl Seat {
    fn of(node: NodeId, claim: Claim, stamp: Stamp) -> Seat {
        Seat {
            node,
            number: claim.number,
            level: claim.level,
            name: claim.name,
            stamp,
        }
    }

    fn is(&self, node: NodeId, number: u64) -> bool {
        self.node == node && self.number == number
    }

    fn denial(&self) -> Denial {
        Denial::Owned {
            level: self.level.unwrap_or_default(),
            by: self.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
