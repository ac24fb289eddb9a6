//! A file of lines as the body of a request, from any line on.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio_util::io::ReaderStream;

const CHUNK_BYTES: usize = 256 << 10;

/// Where in the file the sender is.
#[derive(Debug, Clone)]
pub(super) struct Sent(Arc<AtomicU64>);

impl Sent {
    /// Bytes from the file's begin on.
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The file's content from a line on, counted from 1. Blocks while it looks for the line.
///
/// # Errors
/// The file cannot be read.
pub(super) fn open(
    path: &Path,
    line: u64,
) -> io::Result<(
    Sent,
    impl Stream<Item = io::Result<Bytes>> + Send + 'static + use<>,
)> {
    let mut file = File::open(path)?;
    let offset = offset_of(&mut file, line)?;
    file.seek(SeekFrom::Start(offset))?;
    let sent = Sent(Arc::new(AtomicU64::new(offset)));
    let counter = sent.clone();
    let reader = ReaderStream::with_capacity(tokio::fs::File::from_std(file), CHUNK_BYTES);
    let stream = reader.inspect(move |chunk| {
        if let Ok(bytes) = chunk {
            counter.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
    });
    Ok((sent, stream))
}

/// The end of the file when it has not so many lines.
fn offset_of(file: &mut File, line: u64) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(CHUNK_BYTES, file);
    let mut offset = 0;
    for _ in 1..line {
        let skipped = reader.skip_until(b'\n')? as u64;
        if skipped == 0 {
            break;
        }
        offset += skipped;
    }
    Ok(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text_from(path: &Path, line: u64) -> (u64, String) {
        let (sent, stream) = open(path, line).unwrap();
        let before = sent.bytes();
        let chunks: Vec<_> = stream.collect().await;
        let bytes: Vec<u8> = chunks.into_iter().flat_map(Result::unwrap).collect();
        (before, String::from_utf8(bytes).unwrap())
    }

    #[tokio::test]
    async fn a_file_is_sent_from_the_line_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("devices.txt");
        std::fs::write(&path, "one\r\ntwo\r\n\r\nfour").unwrap();
        assert_eq!(text_from(&path, 1).await.1, "one\r\ntwo\r\n\r\nfour");
        assert_eq!(text_from(&path, 2).await, (5, "two\r\n\r\nfour".to_owned()));
        assert_eq!(text_from(&path, 4).await.1, "four");
        assert_eq!(text_from(&path, 5).await.1, "");
        assert_eq!(text_from(&path, 99).await.1, "");
    }
}
