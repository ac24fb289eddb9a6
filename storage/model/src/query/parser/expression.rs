//! Operators, loosest first: `OR`, `AND`, `NOT`, comparisons with `IN`, `NIN` and `LIKE`, `|`, `+ -`,
//! `* / %`, the sign.

use super::super::ast::{Arithmetic, Comparison, Expr, Literal, Path};
use super::super::lexer::Kind;
use super::super::like::{InvalidPattern, LikePattern};
use super::{Parsed, Parser};
use crate::limits::MAX_QUERY_DEPTH;

/// An expression, and how many expressions lie in one another in it.
pub(super) struct Nested {
    pub(super) expr: Expr<Path>,
    pub(super) depth: usize,
}

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parsed<Nested> {
        self.deeper(|parser| {
            parser.chain("OR", Expr::Any, |parser| {
                parser.chain("AND", Expr::All, Self::negation)
            })
        })
    }

    /// Parses one level further down, if there may be one.
    fn deeper(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<Nested>) -> Parsed<Nested> {
        if self.depth >= MAX_QUERY_DEPTH {
            return Err(self.too_deep(self.at()));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Puts an expression around others, if they are not too deep.
    pub(super) fn around(&self, at: usize, inner: usize, expr: Expr<Path>) -> Parsed<Nested> {
        if inner >= MAX_QUERY_DEPTH {
            return Err(self.too_deep(at));
        }
        let depth = inner + 1;
        Ok(Nested { expr, depth })
    }

    fn too_deep(&self, at: usize) -> super::QueryError {
        let message = format!("at most {MAX_QUERY_DEPTH} expressions can lie in one another");
        self.error(at, message)
    }

    /// Terms with a keyword between; a single one stays what it is.
    fn chain(
        &mut self,
        keyword: &str,
        join: fn(Vec<Expr<Path>>) -> Expr<Path>,
        term: impl Fn(&mut Self) -> Parsed<Nested>,
    ) -> Parsed<Nested> {
        let at = self.at();
        let first = term(self)?;
        if !self.is_keyword(keyword) {
            return Ok(first);
        }
        let mut depth = first.depth;
        let mut terms = vec![first.expr];
        while self.take_keyword(keyword) {
            let next = term(self)?;
            depth = depth.max(next.depth);
            terms.push(next.expr);
        }
        self.around(at, depth, join(terms))
    }

    fn negation(&mut self) -> Parsed<Nested> {
        let at = self.at();
        if !self.take_keyword("NOT") {
            return self.comparison();
        }
        let inner = self.deeper(Self::negation)?;
        self.around(at, inner.depth, Expr::Not(Box::new(inner.expr)))
    }

    fn comparison(&mut self) -> Parsed<Nested> {
        let mut left = self.bits()?;
        loop {
            let at = self.at();
            if let Some(how) = self.take_comparison() {
                let right = self.bits()?;
                let depth = left.depth.max(right.depth);
                let expr = Expr::Compare(how, Box::new(left.expr), Box::new(right.expr));
                left = self.around(at, depth, expr)?;
            } else if self.take_keyword("IN") {
                let list = self.array()?;
                left = self.around(at, left.depth, Expr::In(Box::new(left.expr), list))?;
            } else if self.take_keyword("NIN") {
                let list = self.array()?;
                left = self.around(at, left.depth, Expr::NotIn(Box::new(left.expr), list))?;
            } else if self.take_keyword("LIKE") {
                let pattern = self.pattern()?;
                left = self.around(at, left.depth, Expr::Like(Box::new(left.expr), pattern))?;
            } else {
                return Ok(left);
            }
        }
    }

    fn take_comparison(&mut self) -> Option<Comparison> {
        let Kind::Symbol(found) = *self.kind() else {
            return None;
        };
        let found = if found == "<>" { "!=" } else { found };
        let how = Comparison::ALL
            .into_iter()
            .find(|how| how.symbol() == found)?;
        self.next += 1;
        Some(how)
    }

    fn bits(&mut self) -> Parsed<Nested> {
        self.arithmetic(&[Arithmetic::BitOr], Self::sum)
    }

    fn sum(&mut self) -> Parsed<Nested> {
        self.arithmetic(&[Arithmetic::Add, Arithmetic::Subtract], Self::product)
    }

    fn product(&mut self) -> Parsed<Nested> {
        let operators = [
            Arithmetic::Multiply,
            Arithmetic::Divide,
            Arithmetic::Remainder,
        ];
        self.arithmetic(&operators, Self::signed)
    }

    /// Operands with operators of one rank between, from left to right.
    fn arithmetic(
        &mut self,
        operators: &[Arithmetic],
        operand: fn(&mut Self) -> Parsed<Nested>,
    ) -> Parsed<Nested> {
        let mut left = operand(self)?;
        loop {
            let at = self.at();
            let Some(how) = operators
                .iter()
                .copied()
                .find(|how| self.is_symbol(how.symbol()))
            else {
                return Ok(left);
            };
            self.next += 1;
            let right = operand(self)?;
            let depth = left.depth.max(right.depth);
            let expr = Expr::Arithmetic(how, Box::new(left.expr), Box::new(right.expr));
            left = self.around(at, depth, expr)?;
        }
    }

    fn signed(&mut self) -> Parsed<Nested> {
        let at = self.at();
        if !self.is_symbol("-") {
            return self.primary();
        }
        if let Some(Kind::Number(_)) = self.kind_behind() {
            let number = self.constant()?;
            return self.around(at, 0, Expr::Literal(number));
        }
        self.next += 1;
        let inner = self.deeper(Self::signed)?;
        self.around(at, inner.depth, Expr::Negate(Box::new(inner.expr)))
    }

    fn pattern(&mut self) -> Parsed<LikePattern> {
        let at = self.at();
        let text = self.text("a pattern in quotes")?;
        let mut escape_at = at;
        let mut escape = None;
        if self.take_keyword("ESCAPE") {
            escape_at = self.at();
            escape = Some(self.text("one character in quotes")?);
        }
        LikePattern::parse(text, escape.as_deref()).map_err(|error| {
            let at = match error {
                InvalidPattern::Escape => escape_at,
                InvalidPattern::DanglingEscape => at,
            };
            self.error(at, error.to_string())
        })
    }

    fn text(&mut self, what: &str) -> Parsed<String> {
        let Kind::Text(text) = self.kind() else {
            return self.expected(what);
        };
        let text = text.clone();
        self.next += 1;
        Ok(text)
    }

    pub(super) fn array(&mut self) -> Parsed<Vec<Literal>> {
        if matches!(self.kind(), Kind::Raw(_)) {
            return self.expected("a list of constants in [ ]");
        }
        self.must_symbol("[")?;
        if self.take_symbol("]") {
            return Ok(Vec::new());
        }
        let list = self.list(Self::constant)?;
        self.must_symbol("]")?;
        Ok(list)
    }
}
