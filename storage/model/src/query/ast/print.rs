//! Trees as text. What is printed parses to the same tree.

use std::fmt::{Display, Formatter, Result, Write};

use super::{Aggregate, Expr, Item, Literal, OrderKey, Path, Projection, Query, Select};
use crate::query::lexer::is_plain_name;

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("SELECT ")?;
        if let Some(top) = self.top {
            write!(f, "TOP {top} ")?;
        }
        match &self.select {
            Select::All => f.write_str("*")?,
            Select::Items(items) => list(f, items)?,
        }
        write!(f, " FROM {}", self.source.name())?;
        if let Some(filter) = &self.filter {
            write!(f, " WHERE {filter}")?;
        }
        if !self.group_by.is_empty() {
            f.write_str(" GROUP BY ")?;
            list(f, &self.group_by)?;
        }
        if !self.order_by.is_empty() {
            f.write_str(" ORDER BY ")?;
            list(f, &self.order_by)?;
        }
        Ok(())
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.projection {
            Projection::Path(path) => path.fmt(f)?,
            Projection::Aggregate(aggregate) => aggregate.fmt(f)?,
        }
        match &self.alias {
            None => Ok(()),
            Some(alias) => {
                f.write_str(" AS ")?;
                name(f, alias)
            }
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.path {
            None => write!(f, "{}()", self.function.name()),
            Some(path) => write!(f, "{}({path})", self.function.name()),
        }
    }
}

impl Display for OrderKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let direction = if self.descending { " DESC" } else { "" };
        write!(f, "{}{direction}", self.path)
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (index, segment) in self.names().iter().enumerate() {
            if index > 0 {
                f.write_char('.')?;
            }
            // Unquoted, it would be taken for the collection's name.
            if index == 0 && segment == "devices" {
                f.write_str("[[devices]]")?;
            } else {
                name(f, segment)?;
            }
        }
        Ok(())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Undefined => f.write_str("undefined"),
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(value) => text(f, value),
            Self::Array(values) => array(f, values),
        }
    }
}

impl<P: Display> Display for Expr<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Literal(literal) => literal.fmt(f),
            Self::Path(path) => path.fmt(f),
            Self::Negate(inner) => write!(f, "-({inner})"),
            Self::Not(inner) => write!(f, "NOT ({inner})"),
            Self::All(terms) => joined(f, terms, " AND "),
            Self::Any(terms) => joined(f, terms, " OR "),
            Self::Compare(how, left, right) => {
                write!(f, "({left}) {} ({right})", how.symbol())
            }
            Self::Arithmetic(how, left, right) => {
                write!(f, "({left}) {} ({right})", how.symbol())
            }
            Self::In(inner, values) => {
                write!(f, "({inner}) IN ")?;
                array(f, values)
            }
            Self::NotIn(inner, values) => {
                write!(f, "({inner}) NIN ")?;
                array(f, values)
            }
            Self::Like(inner, pattern) => {
                write!(f, "({inner}) LIKE ")?;
                text(f, pattern.text())?;
                match pattern.escape() {
                    None => Ok(()),
                    Some(escape) => {
                        f.write_str(" ESCAPE ")?;
                        text(f, escape.encode_utf8(&mut [0; 4]))
                    }
                }
            }
            Self::IsDefined(path) => write!(f, "IS_DEFINED({path})"),
            Self::IsOfType(test, inner) => write!(f, "{}({inner})", test.name()),
            Self::Text(function, left, right) => {
                write!(f, "{}({left}, {right})", function.name())
            }
        }
    }
}

fn list<T: Display>(f: &mut Formatter<'_>, values: &[T]) -> Result {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        value.fmt(f)?;
    }
    Ok(())
}

fn joined<P: Display>(f: &mut Formatter<'_>, terms: &[Expr<P>], between: &str) -> Result {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        write!(f, "({term})")?;
    }
    Ok(())
}

/// A space behind the bracket: two brackets would begin a raw name.
fn array(f: &mut Formatter<'_>, values: &[Literal]) -> Result {
    f.write_str("[ ")?;
    list(f, values)?;
    f.write_str(" ]")
}

fn name(f: &mut Formatter<'_>, name: &str) -> Result {
    if is_plain_name(name) {
        f.write_str(name)
    } else {
        write!(f, "[[{name}]]")
    }
}

fn text(f: &mut Formatter<'_>, text: &str) -> Result {
    f.write_char('\'')?;
    for char in text.chars() {
        match char {
            '\'' | '\\' => write!(f, "\\{char}")?,
            char if char.is_control() && (char as u32) < 0x10000 => {
                write!(f, "\\u{:04x}", char as u32)?;
            }
            char => f.write_char(char)?,
        }
    }
    f.write_char('\'')
}
