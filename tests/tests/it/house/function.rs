//! Functions and their lengths, found by counting braces.

use std::fmt;
use std::path::{Path, PathBuf};

/// One function with a body.
#[derive(Debug, Clone)]
pub(super) struct Function {
    path: PathBuf,
    /// Line of its `fn`, from 1.
    line: usize,
    name: String,
    /// Lines from `fn` to the closing brace, both included.
    pub(super) lines: usize,
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>6} {}:{} {}",
            self.lines,
            self.path.display(),
            self.line,
            self.name
        )
    }
}

/// Every function of a text whose comments and literals are blanked.
pub(super) fn functions(path: &Path, blanked: &str) -> Vec<Function> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(offset) = blanked[from..].find("fn ") {
        let start = from + offset;
        from = start + 3;
        let before = blanked[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let name: String = blanked[from..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if name.is_empty() {
            continue; // `impl Fn(..)` bounds and `fn (..)` pointer types have no name
        }
        if let Some(end) = body_end(blanked, from) {
            found.push(Function {
                path: path.to_path_buf(),
                line: blanked[..start].matches('\n').count() + 1,
                name,
                lines: blanked[start..end].matches('\n').count() + 1,
            });
        }
    }
    found
}

/// Where the body of the function whose signature holds `from` ends; none for a declaration.
fn body_end(blanked: &str, from: usize) -> Option<usize> {
    let mut nesting = 0i32;
    for (offset, byte) in blanked[from..].bytes().enumerate() {
        match byte {
            b'(' | b'[' => nesting += 1,
            b')' | b']' => nesting -= 1,
            b';' if nesting == 0 => return None,
            b'{' if nesting == 0 => return block_end(blanked, from + offset),
            _ => {}
        }
    }
    None
}

/// The byte after the brace that closes the one at `open`.
pub(super) fn block_end(blanked: &str, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (offset, byte) in blanked[open..].bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(open + offset + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn a_function_is_measured_from_its_name_to_its_closing_brace() {
    let text = "trait T { fn declared(&self) -> [u8; 3]; }\n\nfn long<F: Fn(u8)>(\n f: F,\n) {\n if x { y }\n}\n";
    let found = functions(Path::new("a.rs"), text);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].name.as_str(), found[0].line, found[0].lines),
        ("long", 3, 5)
    );
}
