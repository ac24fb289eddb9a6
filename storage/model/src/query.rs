//! The query language over twins: text in, values out.
//!
//! ```text
//!  text ─ lexer ─► tokens ─ parser ─► Query ─ Program::compile ─► Program
//!                                     (ast)                        │ for each row
//!                                                  eval ◄──────────┤
//!                                        aggregate, order ◄────────┘
//! ```
//!
//! A [`Query`] is the text as a tree; printing it gives text that parses to the same tree. A [`Program`]
//! is that tree made ready for a million rows: every distinct path has a number (a [`Slot`]), and whoever
//! holds the rows says what stands there. Nothing here knows how a row is stored.
//!
//! Source: IoT Hub developer guide, "IoT Hub query language for device and module twins, jobs, and message
//! routing". Beyond it: `ORDER BY`, `LIKE`, `TOP`, several `GROUP BY` paths and the `IS_…` functions.

mod aggregate;
mod ast;
mod error;
mod eval;
mod lexer;
mod like;
mod number;
mod order;
mod parser;
mod program;
mod value;

pub use aggregate::Accumulator;
pub use ast::{
    Aggregate, AggregateFunction, Arithmetic, Comparison, Expr, Item, Literal, OrderKey, Path,
    Projection, Query, Select, Source, TextFunction, TypeTest,
};
pub use error::QueryError;
pub use like::LikePattern;
pub use number::Number;
pub use order::SortValue;
pub use program::{
    Column, Equality, GroupTerm, Lookup, Output, Program, RootField, Slot, SortKey, SortTerm,
};
pub use value::Value;

#[cfg(test)]
mod tests;
