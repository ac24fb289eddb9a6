//! What operators stand between: constants, paths, calls, and anything in parentheses.

use super::super::ast::{Expr, Literal, TextFunction, TypeTest};
use super::super::lexer::Kind;
use super::super::number::Number;
use super::expression::Nested;
use super::select::aggregate_function;
use super::{Parsed, Parser};
use crate::limits::MAX_QUERY_DEPTH;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed<Nested> {
        let at = self.at();
        if self.take_symbol("(") {
            let inner = self.expression()?;
            self.must_symbol(")")?;
            return Ok(inner);
        }
        let is_call = matches!(self.kind_behind(), Some(Kind::Symbol("(")));
        match *self.kind() {
            Kind::Word(word) if is_call && !super::lexer::is_keyword(word) => self.call(word),
            Kind::Raw(_) => {
                let path = self.path()?;
                self.around(at, 0, Expr::Path(path))
            }
            Kind::Word(word) if constant_word(word).is_none() => {
                let path = self.path()?;
                self.around(at, 0, Expr::Path(path))
            }
            _ => {
                let literal = self.constant()?;
                self.around(at, 0, Expr::Literal(literal))
            }
        }
    }

    fn call(&mut self, name: &str) -> Parsed<Nested> {
        let at = self.at();
        self.next += 1;
        if name.eq_ignore_ascii_case("IS_DEFINED") {
            self.must_symbol("(")?;
            let path = self.path()?;
            self.must_symbol(")")?;
            return self.around(at, 0, Expr::IsDefined(path));
        }
        let test = TypeTest::ALL
            .into_iter()
            .find(|test| test.name().eq_ignore_ascii_case(name));
        if let Some(test) = test {
            self.must_symbol("(")?;
            let inner = self.expression()?;
            self.must_symbol(")")?;
            return self.around(at, inner.depth, Expr::IsOfType(test, Box::new(inner.expr)));
        }
        let function = TextFunction::ALL
            .into_iter()
            .find(|function| function.name().eq_ignore_ascii_case(name));
        let Some(function) = function else {
            return Err(self.error(at, unknown(name)));
        };
        self.must_symbol("(")?;
        let text = self.expression()?;
        self.must_symbol(",")?;
        let part = self.expression()?;
        self.must_symbol(")")?;
        let depth = text.depth.max(part.depth);
        let expr = Expr::Text(function, Box::new(text.expr), Box::new(part.expr));
        self.around(at, depth, expr)
    }

    /// A constant, a list of constants included.
    pub(super) fn constant(&mut self) -> Parsed<Literal> {
        let negative = self.is_symbol("-") && matches!(self.kind_behind(), Some(Kind::Number(_)));
        self.next += usize::from(negative);
        let literal = match self.kind() {
            Kind::Number(number) if negative => {
                Literal::Number(number.negate().unwrap_or(Number::Int(0)))
            }
            Kind::Number(number) => Literal::Number(*number),
            Kind::Text(text) => Literal::Text(text.clone()),
            Kind::Symbol("[") => return self.nested_array(),
            Kind::Word(word) => match constant_word(word) {
                Some(literal) => literal,
                None => return self.expected("a constant"),
            },
            _ => return self.expected("a path, a constant or a function"),
        };
        self.next += 1;
        Ok(literal)
    }

    fn nested_array(&mut self) -> Parsed<Literal> {
        if self.depth >= MAX_QUERY_DEPTH {
            let message = format!("at most {MAX_QUERY_DEPTH} lists can lie in one another");
            return Err(self.error(self.at(), message));
        }
        self.depth += 1;
        let list = self.array().map(Literal::Array);
        self.depth -= 1;
        list
    }
}

fn constant_word(word: &str) -> Option<Literal> {
    [
        ("undefined", Literal::Undefined),
        ("null", Literal::Null),
        ("true", Literal::Bool(true)),
        ("false", Literal::Bool(false)),
    ]
    .into_iter()
    .find(|(name, _)| name.eq_ignore_ascii_case(word))
    .map(|(_, literal)| literal)
}

/// Says why a call can't be; names the function that was meant.
fn unknown(name: &str) -> String {
    if aggregate_function(name).is_some() {
        return format!("{name} can stand behind SELECT only");
    }
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let known = TextFunction::ALL
        .map(TextFunction::name)
        .into_iter()
        .chain(TypeTest::ALL.map(TypeTest::name))
        .chain(["IS_DEFINED"]);
    match known.into_iter().find(|known| plain(known) == plain(name)) {
        Some(known) => format!("there is no function {name}; the one for twins is {known}"),
        None => format!("there is no function {name}"),
    }
}
