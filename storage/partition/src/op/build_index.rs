//! Builds an index over a path, a step at a time.

use std::sync::Arc;

use roost_model::TwinRef;

use crate::context::{Context, Stop};
use crate::error::PartitionError;
use crate::index::{self, IndexPath, Progress};
use crate::table::{INDEX, TWIN};

/// The most twins that a step takes in: it holds up everything behind it in the log.
const MAX_STEP: u32 = 4096;

/// Takes the next twins into the index over a path; the first step makes the index. Does nothing when the
/// index is built already, or can't be made.
#[derive(Debug, Clone, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct BuildIndex {
    /// Over what.
    pub path: IndexPath,
    /// The most indexes there may be.
    pub most: u32,
    /// An index that may go if there are that many already.
    pub instead_of: Option<IndexPath>,
    /// How many twins this step may look at, 1 to 4,096.
    pub step: u32,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub enum IndexStep {
    /// Twins are left for another step.
    Unfinished,
    /// Every twin is in the index.
    Built,
    /// There are as many indexes as there may be, and none could go.
    NoRoom,
}

impl BuildIndex {
    pub(crate) fn apply(self, context: &mut Context<'_>) -> Result<IndexStep, Stop> {
        if context.catalog.find(&self.path).is_none() && !self.make(context) {
            return Ok(IndexStep::NoRoom);
        }
        let Some(index) = context.catalog.find(&self.path) else {
            return Ok(IndexStep::NoRoom);
        };
        let Progress::UpTo(done) = &index.progress else {
            return Ok(IndexStep::Built);
        };
        let (id, mut from) = (index.id, done.clone());
        if !from.is_empty() {
            from.push(0);
        }
        let step = self.step.clamp(1, MAX_STEP) as usize;
        let twins = context.tx.first_from(TWIN, &from, step)?;
        for (key, bytes) in &twins {
            let twin = TwinRef::parse(bytes).map_err(|error| PartitionError::row("twin", error))?;
            if let Some(tail) = index::entry_of(id, &self.path, &twin, key) {
                context.tx.put_unread(INDEX, &tail, &[]);
            }
        }
        let full = twins.len() == step;
        let progress = match twins.into_iter().next_back() {
            Some((last, _)) if full => Progress::UpTo(last),
            _ => Progress::Built,
        };
        let built = progress == Progress::Built;
        if let Some(index) = Arc::make_mut(&mut context.catalog).find_mut(&self.path) {
            index.progress = progress;
        }
        context.put_catalog();
        Ok(if built {
            IndexStep::Built
        } else {
            IndexStep::Unfinished
        })
    }

    /// Makes the index, in place of another one if need be.
    fn make(&self, context: &mut Context<'_>) -> bool {
        if context.catalog.indexes.len() >= self.most as usize {
            let Some(id) = self
                .instead_of
                .as_ref()
                .and_then(|path| Arc::make_mut(&mut context.catalog).remove(path))
            else {
                return false;
            };
            let rows = index::prefix_of_index(id);
            let end = index::end_of(&rows);
            context.tx.delete_range_unread(INDEX, &rows, &end);
        }
        Arc::make_mut(&mut context.catalog).add(self.path.clone());
        true
    }
}
