//! What happened in a run, in one order: what clients asked, what they heard, what was broken.
//!
//! The text of a history is what a seed must give twice, byte for byte.

mod call;

use std::fmt::{self, Write as _};
use std::sync::Arc;

use parking_lot::Mutex;
use roost_model::NodeId;

use super::clock::WorldTime;
pub use call::{Access, Call, Outcome, Register, Value};

/// A run's history. Cheap to clone; all parts of a run write into one.
#[derive(Debug, Clone)]
pub struct History {
    time: WorldTime,
    /// Whether every line is printed at once.
    echo: bool,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    text: String,
    /// Counts everything that is written down: a clock that never stands still.
    moment: u64,
    operations: Vec<Operation>,
}

/// One thing that a client asked for.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The node whose client it was.
    pub node: NodeId,
    /// What it asked for.
    pub call: Call,
    /// When it asked.
    pub invoked: u64,
    /// When it was answered; none when it never was.
    pub returned: Option<u64>,
    /// What it heard.
    pub outcome: Outcome,
}

/// An operation that is under way. Dropped without an outcome it stays unknown for ever.
#[derive(Debug)]
pub struct Open {
    history: History,
    number: usize,
}

// === impl History ===

impl History {
    pub(super) fn new(time: WorldTime, echo: bool) -> History {
        let inner = Arc::default();
        History { time, echo, inner }
    }

    /// Writes down what was done to the world.
    pub fn note(&self, text: impl fmt::Display) {
        self.write(&mut self.inner.lock(), format_args!("{text}"));
    }

    /// A client asks for something.
    pub fn begin(&self, node: NodeId, call: Call) -> Open {
        let mut inner = self.inner.lock();
        let number = inner.operations.len();
        self.write(&mut inner, format_args!("n{node} #{number} {call}"));
        let invoked = inner.moment;
        inner.operations.push(Operation {
            node,
            call,
            invoked,
            returned: None,
            outcome: Outcome::Unknown,
        });
        Open {
            history: self.clone(),
            number,
        }
    }

    /// Everything that was asked for so far, in the order in which it was asked for.
    pub fn operations(&self) -> Vec<Operation> {
        self.inner.lock().operations.clone()
    }

    /// The text so far.
    pub fn text(&self) -> String {
        self.inner.lock().text.clone()
    }

    fn write(&self, inner: &mut Inner, line: fmt::Arguments<'_>) {
        let now = self.time.now();
        inner.moment += 1;
        // Writing to a text does not fail.
        let _ = writeln!(inner.text, "{now:>6} {line}");
        if self.echo {
            println!("{now:>6} {line}");
        }
    }
}

// === impl Operation ===

impl Operation {
    /// What it answered, if it was done for sure.
    pub fn value(&self) -> Option<&Value> {
        match &self.outcome {
            Outcome::Done(value) => Some(value),
            Outcome::Refused(_) | Outcome::Unknown => None,
        }
    }

    /// Whether it had been answered before another one was asked for.
    pub fn precedes(&self, other: &Operation) -> bool {
        self.returned
            .is_some_and(|returned| returned < other.invoked)
    }
}

// === impl Open ===

impl Open {
    /// The client hears of it.
    pub fn end(self, outcome: Outcome) {
        let mut inner = self.history.inner.lock();
        let number = self.number;
        self.history
            .write(&mut inner, format_args!("   #{number} = {outcome}"));
        let moment = inner.moment;
        if let Some(operation) = inner.operations.get_mut(number) {
            operation.returned = Some(moment);
            operation.outcome = outcome;
        }
    }
}
