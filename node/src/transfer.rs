//! The registry to and from a file of `devices.txt` lines.

mod bar;
mod export;
mod import;
mod journal;
mod report;
mod source;

pub(crate) use export::export;
pub(crate) use import::{Import, Imported};
