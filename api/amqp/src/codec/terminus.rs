//! The two ends of a link [3.5].

mod archetype;
mod source;
mod target;

pub use self::archetype::TargetArchetype;
pub use self::source::Source;
pub use self::target::Target;
