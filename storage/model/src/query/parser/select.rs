//! The clauses around the condition.

use super::super::ast::{
    Aggregate, AggregateFunction, Item, OrderKey, Path, Projection, Query, Select, Source,
};
use super::super::lexer::Kind;
use super::check::Places;
use super::{Parsed, Parser};
use crate::query::number::Number;

impl Parser<'_> {
    pub(super) fn query(mut self) -> Parsed<Query> {
        let mut places = Places::default();
        self.must_keyword("SELECT")?;
        let top = self.top()?;
        let select = self.select(&mut places)?;
        self.must_keyword("FROM")?;
        let source = self.source()?;
        let filter = if self.take_keyword("WHERE") {
            Some(self.expression()?.expr)
        } else {
            None
        };
        let mut group_by = Vec::new();
        if self.take_keyword("GROUP") {
            self.must_keyword("BY")?;
            group_by = placed(
                self.list(|parser| parser.placed_path())?,
                &mut places.groups,
            );
        }
        let mut order_by = Vec::new();
        if self.take_keyword("ORDER") {
            self.must_keyword("BY")?;
            order_by = placed(self.list(Self::order_key)?, &mut places.orders);
        }
        if !matches!(self.kind(), Kind::End) {
            return self.expected("the end of the query");
        }
        let query = Query {
            top,
            select,
            source,
            filter,
            group_by,
            order_by,
        };
        places.check(&self, query)
    }

    fn top(&mut self) -> Parsed<Option<u64>> {
        if !self.take_keyword("TOP") {
            return Ok(None);
        }
        match self.kind() {
            Kind::Number(Number::Int(count)) => {
                let count = u64::try_from(*count).unwrap_or(0);
                self.next += 1;
                Ok(Some(count))
            }
            _ => self.expected("a whole number of rows"),
        }
    }

    fn select(&mut self, places: &mut Places) -> Parsed<Select> {
        places.select = self.at();
        if self.take_symbol("*") {
            return Ok(Select::All);
        }
        let items = self.list(Self::item)?;
        Ok(Select::Items(placed(items, &mut places.items)))
    }

    fn item(&mut self) -> Parsed<(usize, Item)> {
        let at = self.at();
        let is_call = matches!(self.kind_behind(), Some(Kind::Symbol("(")));
        let projection = match self.kind() {
            Kind::Word(word) if is_call => match aggregate_function(word) {
                Some(function) => Projection::Aggregate(self.aggregate(function)?),
                None => return self.expected("COUNT, AVG, SUM, MIN, MAX or a path"),
            },
            _ => Projection::Path(self.path()?),
        };
        let alias = if self.take_keyword("AS") {
            Some(self.first_name()?)
        } else {
            None
        };
        Ok((at, Item { projection, alias }))
    }

    fn aggregate(&mut self, function: AggregateFunction) -> Parsed<Aggregate> {
        self.next += 1;
        self.must_symbol("(")?;
        let path = match function {
            AggregateFunction::Count if self.is_symbol(")") => None,
            AggregateFunction::Count if self.take_symbol("*") => None,
            _ => Some(self.path()?),
        };
        self.must_symbol(")")?;
        Ok(Aggregate { function, path })
    }

    fn source(&mut self) -> Parsed<Source> {
        if !matches!(self.kind(), Kind::Word("devices")) {
            return self.expected("devices or devices.modules");
        }
        self.next += 1;
        if !self.take_symbol(".") {
            return Ok(Source::Devices);
        }
        match self.kind() {
            Kind::Word("modules") => {
                self.next += 1;
                Ok(Source::Modules)
            }
            Kind::Word("jobs") => Err(self.error(
                self.at(),
                "jobs can't be queried: this hub does not run jobs",
            )),
            _ => self.expected("modules"),
        }
    }

    fn placed_path(&mut self) -> Parsed<(usize, Path)> {
        Ok((self.at(), self.path()?))
    }

    fn order_key(&mut self) -> Parsed<(usize, OrderKey)> {
        let (at, path) = self.placed_path()?;
        let descending = self.take_keyword("DESC");
        if !descending {
            self.take_keyword("ASC");
        }
        Ok((at, OrderKey { path, descending }))
    }
}

/// The aggregate function that a word names.
pub(super) fn aggregate_function(word: &str) -> Option<AggregateFunction> {
    AggregateFunction::ALL
        .into_iter()
        .find(|function| function.name().eq_ignore_ascii_case(word))
}

fn placed<T>(found: Vec<(usize, T)>, places: &mut Vec<usize>) -> Vec<T> {
    let (at, values): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    *places = at;
    values
}
