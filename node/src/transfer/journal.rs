//! The errors of an import, each told once however often the import goes on.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Map, Value, json};

/// Collects the errors of lines, and writes those of lines that are done for good.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    /// Made with the first error.
    file: Option<BufWriter<File>>,
    /// Of lines that would be done again if the connection broke now.
    open: BTreeMap<u64, Map<String, Value>>,
    written: u64,
}

impl Journal {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            file: None,
            open: BTreeMap::new(),
            written: 0,
        }
    }

    pub(super) fn error(&mut self, line: u64, error: Map<String, Value>) {
        self.open.insert(line, error);
    }

    /// Every line up to this one is done: their errors are final.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn done(&mut self, line: u64) -> anyhow::Result<()> {
        let later = self.open.split_off(&line.saturating_add(1));
        let done = std::mem::replace(&mut self.open, later);
        for (line, error) in done {
            self.write(line, error)
                .with_context(|| format!("cannot write {}", self.path.display()))?;
        }
        Ok(())
    }

    /// The connection broke: lines that are not done will be done again.
    pub(super) fn forget_open(&mut self) {
        self.open.clear();
    }

    /// Errors so far, those of open lines included.
    pub(super) fn count(&self) -> u64 {
        self.written + self.open.len() as u64
    }

    /// # Errors
    /// The file cannot be written.
    pub(super) fn close(mut self) -> anyhow::Result<u64> {
        if let Some(mut file) = self.file.take() {
            let flushed = file.flush();
            flushed.with_context(|| format!("cannot write {}", self.path.display()))?;
        }
        Ok(self.written)
    }

    fn write(&mut self, line: u64, error: Map<String, Value>) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            slot => slot.insert(BufWriter::new(File::create(&self.path)?)),
        };
        let mut told = Map::from_iter([("line".to_owned(), json!(line))]);
        told.extend(error);
        writeln!(file, "{}", Value::Object(told))?;
        self.written += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str) -> Map<String, Value> {
        Map::from_iter([("errorCode".to_owned(), json!(code))])
    }

    #[test]
    fn an_error_is_written_once_its_line_is_done_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("errors");
        let mut journal = Journal::new(&path);
        journal.error(9, error("later"));
        journal.error(3, error("early"));
        journal.done(5).unwrap();
        assert_eq!(journal.count(), 2);
        journal.forget_open();
        journal.error(9, error("again"));
        journal.done(9).unwrap();
        assert_eq!(journal.close().unwrap(), 2);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                r#"{"errorCode":"early","line":3}"#,
                r#"{"errorCode":"again","line":9}"#
            ]
        );
    }

    #[test]
    fn without_errors_there_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("errors");
        let mut journal = Journal::new(&path);
        journal.done(100).unwrap();
        assert_eq!(journal.close().unwrap(), 0);
        assert!(!path.exists());
    }
}
