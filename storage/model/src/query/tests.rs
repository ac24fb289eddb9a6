//! The language as a whole; pieces are tested beside themselves.

mod generate;
mod grammar;
mod meaning;
mod reference;
mod refused;
