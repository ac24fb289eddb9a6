//! Tokens into a tree, by recursive descent. The first character that can't be is told.

mod check;
mod expression;
mod primary;
mod select;

pub(super) use check::column;

use super::ast::{Path, Query, Source};
use super::error::QueryError;
use super::lexer::{self, Kind, Token};
use crate::limits::MAX_QUERY_CHARS;

pub(super) type Parsed<T> = Result<T, QueryError>;

pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    next: usize,
    /// Expressions that are open around the current token.
    depth: usize,
    source: Source,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// A text above [`MAX_QUERY_CHARS`] characters, one that is not of the grammar, or one whose parts do
    /// not go together.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if let Some((byte, _)) = text.char_indices().nth(MAX_QUERY_CHARS) {
            let message = format!("a query has at most {MAX_QUERY_CHARS} characters");
            return Err(QueryError::at(text, byte, message));
        }
        let tokens = lexer::tokens(text);
        let source = if reads_modules(&tokens) {
            Source::Modules
        } else {
            Source::Devices
        };
        Parser {
            text,
            tokens,
            next: 0,
            depth: 0,
            source,
        }
        .query()
    }
}

impl std::str::FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Looks ahead to the collection: paths that stand before it may begin with its name.
fn reads_modules(tokens: &[Token<'_>]) -> bool {
    let is = |index: usize, kind: Kind<'_>| {
        tokens
            .get(index)
            .is_some_and(|token: &Token<'_>| token.kind == kind)
    };
    (0..tokens.len())
        .find(|&index| {
            matches!(tokens[index].kind, Kind::Word(word) if word.eq_ignore_ascii_case("FROM"))
                && !(index > 0 && is(index - 1, Kind::Symbol(".")))
        })
        .is_some_and(|from| is(from + 2, Kind::Symbol(".")) && is(from + 3, Kind::Word("modules")))
}

impl<'t> Parser<'t> {
    fn token(&self) -> &Token<'t> {
        // The last token is never passed.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn kind(&self) -> &Kind<'t> {
        &self.token().kind
    }

    fn kind_behind(&self) -> Option<&Kind<'t>> {
        self.tokens.get(self.next + 1).map(|token| &token.kind)
    }

    /// Where the current token begins, in bytes.
    fn at(&self) -> usize {
        self.token().at
    }

    fn error(&self, at: usize, message: impl Into<String>) -> QueryError {
        QueryError::at(self.text, at, message)
    }

    /// The current token is not what must stand here.
    fn expected<T>(&self, what: &str) -> Parsed<T> {
        let found = match self.kind() {
            Kind::Bad(trouble) => return Err(self.error(self.at(), *trouble)),
            Kind::Word(word) => (*word).to_owned(),
            Kind::Raw(name) => format!("[[{name}]]"),
            Kind::Text(_) => "a text".to_owned(),
            Kind::Number(number) => number.to_string(),
            Kind::Symbol(symbol) => (*symbol).to_owned(),
            Kind::End => "the end".to_owned(),
        };
        Err(self.error(self.at(), format!("expected {what}, found {found}")))
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.kind(), Kind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.kind(), Kind::Symbol(found) if *found == symbol)
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        self.next += usize::from(found);
        found
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.next += usize::from(found);
        found
    }

    fn must_keyword(&mut self, keyword: &str) -> Parsed<()> {
        if self.take_keyword(keyword) {
            Ok(())
        } else {
            self.expected(keyword)
        }
    }

    fn must_symbol(&mut self, symbol: &str) -> Parsed<()> {
        if self.take_symbol(symbol) {
            Ok(())
        } else {
            self.expected(symbol)
        }
    }

    /// One or more, with commas between.
    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut found = vec![one(self)?];
        while self.take_symbol(",") {
            found.push(one(self)?);
        }
        Ok(found)
    }

    /// A path, without the collection's name that may stand before it.
    fn path(&mut self) -> Parsed<Path> {
        let mut names = vec![self.first_name()?];
        let mut plain = vec![matches!(self.tokens[self.next - 1].kind, Kind::Word(_))];
        while self.take_symbol(".") {
            let (name, is_plain) = match self.kind() {
                Kind::Word(word) => (*word, true),
                Kind::Raw(name) => (*name, false),
                Kind::Number(_) => {
                    return self.expected("a name (one that begins with a digit needs [[ ]])");
                }
                _ => return self.expected("a name"),
            };
            names.push(name.to_owned());
            plain.push(is_plain);
            self.next += 1;
        }
        let collection = match self.source {
            Source::Devices => &["devices"][..],
            Source::Modules => &["devices", "modules"],
        };
        let prefixed = names.len() > collection.len()
            && names.iter().zip(collection).all(|(name, own)| name == own)
            && plain[..collection.len()].iter().all(|plain| *plain);
        if prefixed {
            names.drain(..collection.len());
        }
        match Path::new(names) {
            Some(path) => Ok(path),
            None => self.expected("a path"),
        }
    }

    fn first_name(&mut self) -> Parsed<String> {
        let name = match self.kind() {
            Kind::Word(word) if lexer::is_keyword(word) => {
                let message = format!("expected a path; a name like {word} must stand in [[ ]]");
                return Err(self.error(self.at(), message));
            }
            Kind::Word(word) => (*word).to_owned(),
            Kind::Raw(name) => (*name).to_owned(),
            _ => return self.expected("a path"),
        };
        self.next += 1;
        Ok(name)
    }
}
