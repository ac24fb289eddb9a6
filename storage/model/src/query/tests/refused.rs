//! What is no query, and the character that is to blame.

use proptest::prelude::*;

use super::generate::query;
use crate::limits::{MAX_QUERY_CHARS, MAX_QUERY_DEPTH};
use crate::query::{Program, Query, QueryError};

fn refused(text: &str) -> QueryError {
    Query::parse(text).expect_err(text)
}

#[test]
fn errors_point_at_the_offending_character() {
    // `^` marks it; it is not part of the query.
    for (marked, message) in [
        ("^", "expected SELECT, found the end"),
        ("^INSERT", "expected SELECT, found INSERT"),
        ("SELECT * ^FORM devices", "expected FROM, found FORM"),
        (
            "SELECT * FROM ^twins",
            "expected devices or devices.modules, found twins",
        ),
        (
            "SELECT * FROM devices.^things",
            "expected modules, found things",
        ),
        (
            "SELECT * FROM devices.^jobs",
            "jobs can't be queried: this hub does not run jobs",
        ),
        (
            "SELECT * FROM devices WHERE tags.a =^",
            "expected a path, a constant or a function, found the end",
        ),
        (
            "SELECT * FROM devices WHERE tags.^1st = 2",
            "a number can't go on like this",
        ),
        (
            "SELECT * FROM devices WHERE tags.^1 = 2",
            "expected a name (one that begins with a digit needs [[ ]]), found 1",
        ),
        (
            "SELECT * FROM devices WHERE a = ^'open",
            "this text is never closed",
        ),
        (
            "SELECT * FROM devices WHERE a = 'x^\\n'",
            "an escape must be \\', \\\", \\\\ or \\u and four hexadecimal digits",
        ),
        (
            "SELECT * FROM devices WHERE a = '^\\ud800x'",
            "the other half of this character is missing",
        ),
        (
            "SELECT * FROM devices WHERE a ^; b",
            "this character means nothing here",
        ),
        (
            "SELECT * FROM devices WHERE tags.^[[a = 1",
            "this [[ is never closed by ]]",
        ),
        (
            "SELECT * FROM devices WHERE tags.[[^]] = 1",
            "a name must stand between [[ and ]]",
        ),
        (
            "SELECT * FROM devices WHERE a = ^1e999",
            "this number is too large",
        ),
        (
            "SELECT * FROM devices WHERE (a = 1^",
            "expected ), found the end",
        ),
        (
            "SELECT * FROM devices WHERE a = 1 ^)",
            "expected the end of the query, found )",
        ),
        (
            "SELECT * FROM devices WHERE a IN ^(1, 2)",
            "expected [, found (",
        ),
        (
            "SELECT * FROM devices WHERE a IN [1, ^b]",
            "expected a constant, found b",
        ),
        (
            "SELECT * FROM devices WHERE ^group = 1",
            "expected a path; a name like group must stand in [[ ]]",
        ),
        (
            "SELECT * FROM devices WHERE ^STARTS_WITH(a, 'b')",
            "there is no function STARTS_WITH; the one for twins is startswith",
        ),
        (
            "SELECT * FROM devices WHERE ^foo(a)",
            "there is no function foo",
        ),
        (
            "SELECT * FROM devices WHERE ^COUNT() > 1",
            "COUNT can stand behind SELECT only",
        ),
        (
            "SELECT * FROM devices WHERE is_defined(^1)",
            "expected a path, found 1",
        ),
        (
            "SELECT * FROM devices WHERE a LIKE ^b",
            "expected a pattern in quotes, found b",
        ),
        (
            "SELECT * FROM devices WHERE a LIKE ^'b!' ESCAPE '!'",
            "the pattern ends in its escape character",
        ),
        (
            "SELECT * FROM devices WHERE a LIKE 'b' ESCAPE ^'!!'",
            "the escape must be one character",
        ),
        (
            "SELECT TOP ^x * FROM devices",
            "expected a whole number of rows, found x",
        ),
        (
            "SELECT ^length(a) FROM devices",
            "expected COUNT, AVG, SUM, MIN, MAX or a path, found length",
        ),
        (
            "SELECT tags.a, ^properties.desired.a FROM devices",
            "two columns are named a; give one a name with AS",
        ),
        (
            "SELECT ^tags.a, COUNT() FROM devices",
            "tags.a must stand in GROUP BY or in an aggregate",
        ),
        (
            "SELECT ^* FROM devices GROUP BY tags.a",
            "* can't be grouped",
        ),
        (
            "SELECT COUNT() AS n FROM devices GROUP BY tags.a ORDER BY n, ^tags.b",
            "tags.b is neither a column nor grouped by",
        ),
    ] {
        let text = marked.replacen('^', "", 1);
        let error = refused(&text);
        assert_eq!(error.message, message, "{marked}");
        let at = marked[..marked.find('^').unwrap_or(0)].chars().count();
        // A mistake in a number is told where the number goes wrong.
        let behind = if message.starts_with("a number") {
            1
        } else {
            0
        };
        assert_eq!(
            error.offset,
            at + behind,
            "{marked}: {}",
            error.render(&text)
        );
    }
}

#[test]
fn a_query_of_as_many_characters_as_it_may_have_is_read_and_one_more_is_refused() {
    let query = |length: usize| {
        let start = "SELECT * FROM devices WHERE tags.a = '";
        format!("{start}{}'", "\u{e4}".repeat(length - start.len() - 1))
    };
    assert!(Query::parse(&query(MAX_QUERY_CHARS)).is_ok());
    let error = refused(&query(MAX_QUERY_CHARS + 1));
    assert_eq!(error.offset, MAX_QUERY_CHARS);
    assert_eq!(error.message, "a query has at most 8192 characters");
}

#[test]
fn expressions_lie_in_one_another_as_deep_as_they_may_and_no_deeper() {
    let wrapped = |open: &str, close: &str, levels: usize| {
        let (open, close) = (open.repeat(levels), close.repeat(levels));
        format!("SELECT * FROM devices WHERE {open}a{close}")
    };
    // The condition itself, and the path, are a level each.
    assert!(Query::parse(&wrapped("(", ")", MAX_QUERY_DEPTH - 1)).is_ok());
    assert!(Query::parse(&wrapped("NOT ", "", MAX_QUERY_DEPTH - 1)).is_ok());
    for (open, close) in [("(", ")"), ("NOT ", ""), ("- ", ""), ("is_null(", ")")] {
        let error = refused(&wrapped(open, close, MAX_QUERY_DEPTH));
        assert_eq!(
            error.message,
            "at most 64 expressions can lie in one another"
        );
    }
    let chain = |terms: usize| wrapped("1 + ", "", terms);
    assert!(Query::parse(&chain(MAX_QUERY_DEPTH - 1)).is_ok());
    refused(&chain(MAX_QUERY_DEPTH));
    refused(&format!(
        "SELECT * FROM devices WHERE a IN {}",
        "[ ".repeat(500)
    ));
}

#[test]
fn a_long_chain_of_and_is_one_level() {
    let text = format!("SELECT * FROM devices WHERE a{}", " AND a".repeat(1000));
    assert!(Query::parse(&text).is_ok());
}

#[test]
fn columns_and_keys_are_taken_up_to_their_limits() {
    let columns = |count: usize| {
        let names: Vec<_> = (0..count).map(|index| format!("a{index}")).collect();
        names.join(", ")
    };
    assert!(Query::parse(&format!("SELECT {} FROM devices", columns(100))).is_ok());
    refused(&format!("SELECT {} FROM devices", columns(101)));
    let order = |count| format!("SELECT * FROM devices ORDER BY {}", columns(count));
    assert!(Query::parse(&order(8)).is_ok());
    assert_eq!(
        refused(&order(9)).message,
        "a query has at most 8 keys to order by"
    );
    let group = |count| format!("SELECT COUNT() FROM devices GROUP BY {}", columns(count));
    assert!(Query::parse(&group(8)).is_ok());
    refused(&group(9));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,60}") {
        if let Err(error) = Query::parse(&text) {
            let _ = error.render(&text);
        }
    }

    #[test]
    fn text_of_the_languages_own_words_never_panics(
        words in prop::collection::vec(prop::sample::select(vec![
            "SELECT", "*", "FROM", "devices", "WHERE", "a", ".", ",", "(", ")", "[", "]", "[[", "]]", "'x'",
            "'", "\\", "1", "0x", "-", "=", "AND", "NOT", "IN", "LIKE", "ESCAPE", "GROUP", "ORDER", "BY", "TOP",
            "COUNT", "is_defined", "AS", "\u{e4}", "\n",
        ]), 0..25),
        between in "[ ]?",
    ) {
        let text = words.join(&between);
        if let Err(error) = Query::parse(&text) {
            let _ = error.render(&text);
        }
    }

    #[test]
    fn a_cut_off_query_never_panics(query in query(), cut in 0usize..200) {
        let text: String = query.to_string().chars().take(cut).collect();
        if let Ok(query) = Query::parse(&text) {
            let _ = Program::compile(&query);
        }
    }
}
