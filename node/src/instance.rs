//! One running node per data folder: a lock file that also tells which process holds it.
//!
//! The lock ends with its process, however that ends, so a process number in the file is true exactly
//! as long as the file is locked.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

const FILE: &str = "roost.pid";

/// How long a node waits for the lock: a killed predecessor may still be giving back its memory, and
/// [`running`] holds the lock for an instant.
const PATIENCE: Duration = Duration::from_secs(2);
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstanceError {
    #[error("process {pid} already runs a node on {}; stop it first (kill {pid})", directory.display())]
    Running { directory: PathBuf, pid: u32 },
    #[error("cannot use the data folder {}: {source}", directory.display())]
    Unusable {
        directory: PathBuf,
        source: io::Error,
    },
}

/// Held while a node uses its data folder.
#[derive(Debug)]
pub(crate) struct Instance {
    _locked: File,
}

impl Instance {
    /// Makes the folder if need be and locks it for this process.
    ///
    /// # Errors
    /// Another process holds it; the folder cannot be written.
    pub(crate) async fn claim(directory: &Path) -> Result<Self, InstanceError> {
        Self::claim_within(directory, PATIENCE).await
    }

    async fn claim_within(directory: &Path, patience: Duration) -> Result<Self, InstanceError> {
        let unusable = |source| InstanceError::Unusable {
            directory: directory.to_owned(),
            source,
        };
        fs::create_dir_all(directory).map_err(unusable)?;
        let mut file = open(directory).map_err(unusable)?;
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(unusable(source)),
                Err(TryLockError::WouldBlock) if tokio::time::Instant::now() < deadline => {
                    tokio::time::sleep(RETRY_INTERVAL).await;
                }
                Err(TryLockError::WouldBlock) => {
                    let pid = read_pid(&mut file).unwrap_or_default();
                    return Err(InstanceError::Running {
                        directory: directory.to_owned(),
                        pid,
                    });
                }
            }
        }
        let mut write = || {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        write().map_err(unusable)?;
        Ok(Self { _locked: file })
    }
}

/// The process that runs a node on this data folder now, if there is one.
pub(crate) fn running(directory: &Path) -> Option<u32> {
    let mut file = File::open(directory.join(FILE)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => read_pid(&mut file),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn open(directory: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(directory.join(FILE))
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_belongs_to_one_node_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("node-1");
        assert_eq!(running(&directory), None);
        let first = Instance::claim(&directory).await.unwrap();
        assert_eq!(running(&directory), Some(std::process::id()));
        let error = Instance::claim_within(&directory, Duration::ZERO)
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains(&std::process::id().to_string()),
            "{error}"
        );
        drop(first);
        assert_eq!(running(&directory), None);
        Instance::claim(&directory).await.unwrap();
    }
}
