//! Just enough of Rust's lexical grammar to find braces: comments, strings and characters are blanked.

/// The text with everything inside comments, string and character literals replaced by spaces. Line
/// breaks stay, so line numbers hold.
pub(super) fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at).min(bytes.len());
        if end == at {
            out.push(bytes[at]);
            at += 1;
        } else {
            out.extend(
                bytes[at..end]
                    .iter()
                    .map(|&b| if b == b'\n' { b'\n' } else { b' ' }),
            );
            at = end;
        }
    }
    // Every multi-byte character outside of literals was copied whole.
    String::from_utf8_lossy(&out).into_owned()
}

/// Where the comment or literal that starts at `at` ends; `at` when none starts there.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return at + rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return block_comment_end(bytes, at);
    }
    if let Some(end) = raw_string_end(bytes, at) {
        return end;
    }
    match rest.first() {
        Some(b'"') => quoted_end(bytes, at, b'"'),
        // A lifetime has no closing quote within the next few bytes.
        Some(b'\'') if is_character(rest) => quoted_end(bytes, at, b'\''),
        _ => at,
    }
}

fn block_comment_end(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut next) = (0usize, at);
    while next < bytes.len() {
        if bytes[next..].starts_with(b"/*") {
            (depth, next) = (depth + 1, next + 2);
        } else if bytes[next..].starts_with(b"*/") {
            (depth, next) = (depth - 1, next + 2);
            if depth == 0 {
                return next;
            }
        } else {
            next += 1;
        }
    }
    bytes.len()
}

/// End of `r"…"`, `r#"…"#`, `br"…"` and their like.
fn raw_string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let inside_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    let start = at + usize::from(matches!(bytes[at], b'b' | b'c'));
    if inside_word || bytes.get(start) != Some(&b'r') {
        return None;
    }
    let hashes = bytes[start + 1..]
        .iter()
        .take_while(|&&b| b == b'#')
        .count();
    let open = start + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"')
        .chain(std::iter::repeat_n(b'#', hashes))
        .collect();
    let body = &bytes[open + 1..];
    let length = body.windows(close.len()).position(|window| window == close);
    Some(length.map_or(bytes.len(), |length| open + 1 + length + close.len()))
}

fn quoted_end(bytes: &[u8], at: usize, quote: u8) -> usize {
    let mut next = at + 1;
    while next < bytes.len() {
        match bytes[next] {
            b'\\' => next += 2,
            b if b == quote => return next + 1,
            _ => next += 1,
        }
    }
    bytes.len()
}

fn is_character(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'\\') => true,
        // One character of up to four bytes, then the closing quote.
        Some(first) => {
            let width = match first {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            };
            rest.get(1 + width) == Some(&b'\'')
        }
        None => false,
    }
}

#[test]
fn braces_in_literals_and_comments_do_not_count() {
    let text = r##"fn a<'x>() { '{'; "}\"}"; r#"{"{"#; b'\''; /* { /* } */ */ } // }"##;
    let blanked = blank(text);
    assert_eq!(blanked.matches('{').count(), 1, "{blanked}");
    assert_eq!(blanked.matches('}').count(), 1, "{blanked}");
    assert!(blanked.contains("<'x>"));
    assert_eq!(blanked.len(), text.len());
}
