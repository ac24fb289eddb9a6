//! A source file as the budgets see it: without its inline tests.

use std::path::{Path, PathBuf};

use super::function::{self, Function};
use super::{lexer, tree};

/// One file below some crate's `src/`, tests apart.
#[derive(Debug)]
pub(super) struct Source {
    /// Path relative to the root.
    pub(super) path: PathBuf,
    /// Lines that are not part of an inline test module.
    pub(super) lines: usize,
    /// Functions outside of inline tests.
    pub(super) functions: Vec<Function>,
}

impl Source {
    /// Every file of every crate that is not a test.
    pub(super) fn all() -> Vec<Source> {
        tree::rust_files()
            .iter()
            .filter(|path| !is_test(path))
            .map(|p| Source::read(p))
            .collect()
    }

    fn read(path: &Path) -> Source {
        let text = std::fs::read_to_string(tree::root().join(path))
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        Source::of(path, &text)
    }

    fn of(path: &Path, text: &str) -> Source {
        let blanked = lexer::blank(text);
        let (kept, removed) = without_inline_tests(&blanked);
        Source {
            path: path.to_path_buf(),
            lines: text.lines().count() - removed,
            functions: function::functions(path, &kept),
        }
    }
}

/// What of a file is in the product, and what is test code; comments and literals are blank in both.
#[derive(Debug)]
pub(crate) struct Halves {
    /// Path relative to the root.
    pub(crate) path: PathBuf,
    pub(crate) product: String,
    pub(crate) tests: String,
}

impl Halves {
    /// Every Rust file.
    pub(crate) fn all() -> Vec<Self> {
        let of = |path: PathBuf| {
            let text = std::fs::read_to_string(tree::root().join(&path))
                .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
            let blanked = lexer::blank(&text);
            let (product, tests) = if is_test(&path) || path.starts_with("chaos") {
                (String::new(), blanked)
            } else {
                let (product, _) = without_inline_tests(&blanked);
                // What was blanked in the one is what the other consists of.
                let tests = blanked.bytes().zip(product.bytes());
                let tests = tests.map(|(all, kept)| if all == kept { b' ' } else { all });
                let tests = String::from_utf8_lossy(&tests.collect::<Vec<_>>()).into_owned();
                (product, tests)
            };
            Self {
                path,
                product,
                tests,
            }
        };
        tree::rust_files().into_iter().map(of).collect()
    }
}

/// Whether a name occurs as a word of its own.
pub(crate) fn names(text: &str, word: &str) -> bool {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    })
}

/// Test code lives in `tests/` folders and in `tests.rs` beside or below what it tests.
fn is_test(path: &Path) -> bool {
    let in_tests_folder = path.iter().skip(1).any(|part| part == "tests");
    in_tests_folder || path.file_name().is_some_and(|name| name == "tests.rs")
}

/// Blanks the braces of `#[cfg(test)] mod … { … }` and counts the lines that they span.
fn without_inline_tests(blanked: &str) -> (String, usize) {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = blanked.to_owned();
    let mut removed = 0;
    let mut from = 0;
    while let Some(offset) = kept[from..].find(MARK) {
        let start = from + offset;
        from = start + MARK.len();
        let open = kept[from..].find(['{', ';']).map(|offset| from + offset);
        // `#[cfg(test)] mod tests;` names another file; anything with a body is test code.
        if let Some(open) = open.filter(|&open| kept.as_bytes()[open] == b'{')
            && let Some(end) = function::block_end(&kept, open)
        {
            removed += kept[start..end].matches('\n').count() + 1;
            let blank: String = kept[start..end]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' })
                .collect();
            kept.replace_range(start..end, &blank);
        }
    }
    (kept, removed)
}

#[test]
fn inline_tests_count_neither_as_lines_nor_as_functions() {
    let text = "fn kept() {}\n\n#[cfg(test)]\nmod tests {\n    fn gone() {}\n}\n";
    let source = Source::of(Path::new("a.rs"), text);
    assert_eq!(source.lines, 2);
    assert_eq!(source.functions.len(), 1);
}

#[test]
fn inline_tests_are_the_other_half() {
    let product = names("fn kept() { MAX }", "MAX") && !names("fn kept() { MAXIMUM }", "MAX");
    assert!(product);
    let halves = Halves::all();
    let limits = halves
        .iter()
        .find(|halves| halves.path.ends_with("storage/model/src/limits.rs"))
        .unwrap();
    assert!(names(&limits.product, "MAX_ID_CHARS") && !names(&limits.tests, "MAX_ID_CHARS"));
    assert!(names(&limits.tests, "assert_eq") && !names(&limits.product, "assert_eq"));
}
