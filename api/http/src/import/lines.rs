//! From chunks of bytes to lines.

/// The longest line: a device with a twin at its limits, escaped as JSON may be, and its metadata.
pub(super) const MAX_LINE_BYTES: usize = 1 << 20;

/// Cuts bytes into lines, whatever the pieces they come in.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The begin of a line whose end has not come yet.
    rest: Vec<u8>,
    /// A line that came in pieces.
    whole: Vec<u8>,
    /// The line at hand is too long: it is passed over.
    skipping: bool,
}

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Text(&'a [u8]),
    TooLong,
}

impl Lines {
    /// Takes the next line that ends in `bytes` out of them; none when there is no more, and what is
    /// left was kept for later.
    pub(super) fn next<'l, 'b: 'l>(&'l mut self, bytes: &mut &'b [u8]) -> Option<Line<'l>> {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            self.keep(std::mem::take(bytes));
            return None;
        };
        let (line, rest) = bytes.split_at(end);
        *bytes = rest.get(1..).unwrap_or_default();
        let skips = std::mem::take(&mut self.skipping);
        if skips || self.rest.len() + line.len() > MAX_LINE_BYTES {
            self.rest.clear();
            return Some(Line::TooLong);
        }
        if self.rest.is_empty() {
            return Some(Line::Text(trim(line)));
        }
        self.whole.clear();
        self.whole.append(&mut self.rest);
        self.whole.extend_from_slice(line);
        Some(Line::Text(trim(&self.whole)))
    }

    /// The line that no line end follows.
    pub(super) fn last(&self) -> Option<Line<'_>> {
        if self.skipping {
            Some(Line::TooLong)
        } else if self.rest.is_empty() {
            None
        } else {
            Some(Line::Text(trim(&self.rest)))
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.skipping || self.rest.len() + bytes.len() > MAX_LINE_BYTES {
            self.skipping = true;
            self.rest.clear();
        } else {
            self.rest.extend_from_slice(bytes);
        }
    }
}

/// Without white space around it, and without the mark that some programs put before UTF-8.
fn trim(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(line)
        .trim_ascii()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<Option<String>> {
        let told = |line: Line<'_>| match line {
            Line::Text(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
            Line::TooLong => None,
        };
        let mut found = Vec::new();
        let mut lines = Lines::default();
        for chunk in chunks {
            let mut bytes: &[u8] = chunk;
            while let Some(line) = lines.next(&mut bytes) {
                found.push(told(line));
            }
        }
        found.extend(lines.last().map(told));
        found
    }

    fn texts(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn lines_end_with_and_without_a_carriage_return_and_the_last_one_with_nothing() {
        let bytes = b"\xef\xbb\xbf{1}\r\n{2}\n\n{3}";
        assert_eq!(lines(&[bytes]), texts(&["{1}", "{2}", "", "{3}"]));
        assert_eq!(lines(&[b"{1}\r\n"]), texts(&["{1}"]));
        assert_eq!(lines(&[]), texts(&[]));
    }

    #[test]
    fn a_line_that_is_too_long_is_told_and_the_next_one_is_read() {
        let longest = vec![b'x'; MAX_LINE_BYTES];
        let longest_text = String::from_utf8(longest.clone()).unwrap();
        let found = lines(&[&longest, b"\n{2}\n"]);
        assert_eq!(found, texts(&[&longest_text, "{2}"]));
        let found = lines(&[&longest, b"x", b"\n{2}\n"]);
        assert_eq!(found, [None, Some("{2}".to_owned())]);
        assert_eq!(lines(&[&longest, b"xx"]), [None]);
    }

    proptest! {
        #[test]
        fn the_pieces_make_no_difference(
            text in "[a-c\r\n]{0,60}",
            cuts in prop::collection::vec(0usize..60, 0..5),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| at.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([bytes.len()]) {
                pieces.push(&bytes[from..cut]);
                from = cut;
            }
            prop_assert_eq!(lines(&pieces), lines(&[bytes]));
        }
    }
}
