//! Text into tokens. Trouble becomes a token too, and is told when the parser comes to it.

mod literal;

use super::number::Number;

/// Words that a path can't begin with unless it is put into `[[ ]]`.
const KEYWORDS: [&str; 21] = [
    "SELECT",
    "TOP",
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "BY",
    "ASC",
    "DESC",
    "AS",
    "AND",
    "OR",
    "NOT",
    "IN",
    "NIN",
    "LIKE",
    "ESCAPE",
    "TRUE",
    "FALSE",
    "NULL",
    "UNDEFINED",
];

/// Longer ones first.
const SYMBOLS: [&str; 19] = [
    "!=", "<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "|", "(", ")", "[", "]", ",",
    ".",
];

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    /// Where it begins, in bytes.
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'t> {
    /// A name or keyword.
    Word(&'t str),
    /// `[[name]]`, without the brackets.
    Raw(&'t str),
    Text(String),
    Number(Number),
    Symbol(&'static str),
    /// Nothing of the language, and why.
    Bad(&'static str),
    End,
}

/// All tokens; the last one is [`Kind::End`] or [`Kind::Bad`].
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let (kind, taken) = match token(trimmed) {
            Ok(token) => token,
            Err(Trouble { what, behind }) => {
                at += behind;
                (Kind::Bad(what), 0)
            }
        };
        let last = matches!(kind, Kind::Bad(_) | Kind::End);
        found.push(Token { kind, at });
        if last {
            return found;
        }
        at += taken;
    }
}

/// What is wrong, and how many bytes behind the token's first one.
struct Trouble {
    what: &'static str,
    behind: usize,
}

impl Trouble {
    fn at(behind: usize, what: &'static str) -> Self {
        Self { what, behind }
    }
}

/// The token that a text begins with, and its length in bytes.
fn token(text: &str) -> Result<(Kind<'_>, usize), Trouble> {
    let Some(first) = text.chars().next() else {
        return Ok((Kind::End, 0));
    };
    if let Some(rest) = text.strip_prefix("[[") {
        return raw(rest);
    }
    match first {
        '\'' | '"' => literal::text(text, first),
        '0'..='9' => literal::number(text),
        first if begins_word(first) => {
            let end = text
                .find(|char| !continues_word(char))
                .unwrap_or(text.len());
            Ok((Kind::Word(&text[..end]), end))
        }
        _ => SYMBOLS
            .into_iter()
            .find(|symbol| text.starts_with(symbol))
            .map(|symbol| (Kind::Symbol(symbol), symbol.len()))
            .ok_or(Trouble::at(0, "this character means nothing here")),
    }
}

/// What stands between `[[` and `]]`; the name may end in a bracket of its own.
fn raw(rest: &str) -> Result<(Kind<'_>, usize), Trouble> {
    let Some(mut end) = rest.find("]]") else {
        return Err(Trouble::at(0, "this [[ is never closed by ]]"));
    };
    while rest[end..].starts_with("]]]") {
        end += 1;
    }
    if end == 0 {
        return Err(Trouble::at(2, "a name must stand between [[ and ]]"));
    }
    Ok((Kind::Raw(&rest[..end]), end + 4))
}

fn begins_word(char: char) -> bool {
    char.is_alphabetic() || char == '_' || char == '$'
}

fn continues_word(char: char) -> bool {
    begins_word(char) || char.is_numeric()
}

/// Whether a name needs no `[[ ]]`.
pub(super) fn is_plain_name(name: &str) -> bool {
    name.starts_with(begins_word) && name.chars().all(continues_word) && !is_keyword(name)
}

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS
        .iter()
        .any(|keyword| keyword.eq_ignore_ascii_case(word))
}
