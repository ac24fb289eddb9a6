use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::nemesis::shell::run;

/// Where Debian puts the library, under `/usr/lib` or a folder for the processor's kind in it.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
/// What the library leaves behind in shared memory with every process that is killed.
const SHARED: [&str; 2] = ["faketime_shm_", "sem.faketime_sem_"];
const SHARED_FOLDER: &str = "/dev/shm";

/// A wall clock for each place. All processes of a machine have the kernel's; `libfaketime` stands between
/// a node and the C library, and adds what a file says. Clocks that nobody sets are left alone.
#[derive(Debug)]
pub(in crate::nemesis) struct Clocks {
    folder: PathBuf,
    /// What is put before the C library.
    preload: PathBuf,
}

impl Clocks {
    /// Makes them in `folder`, all of them right.
    ///
    /// # Errors
    /// The library is not there, or does nothing here.
    pub(super) fn lay(folder: &Path, places: u64) -> anyhow::Result<Self> {
        let preload = library().context("libfaketime is not installed")?;
        let clocks = Self {
            folder: folder.to_owned(),
            preload,
        };
        for place in 1..=places {
            clocks.set(place, 0)?;
        }
        clocks.try_out()?;
        Ok(clocks)
    }

    /// Words that stand before the command of a process with the clock of a place.
    pub(super) fn launcher(&self, place: u64) -> Vec<String> {
        let file = self.file(place);
        vec![
            "env".to_owned(),
            format!("LD_PRELOAD={}", self.preload.display()),
            format!("FAKETIME_TIMESTAMP_FILE={}", file.display()),
            "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
            "FAKETIME_CACHE_DURATION=1".to_owned(),
        ]
    }

    /// Lets the clock of a place be so many seconds ahead; negative for behind. Processes see it within
    /// two seconds.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(in crate::nemesis) fn set(&self, place: u64, ahead: i64) -> anyhow::Result<()> {
        // Renamed into its place, as it may be read at any moment.
        let (file, draft) = (self.file(place), self.file(place).with_extension("new"));
        fs::write(&draft, format!("{ahead:+}\n"))?;
        Ok(fs::rename(draft, file)?)
    }

    fn file(&self, place: u64) -> PathBuf {
        self.folder.join(format!("clock-{place}"))
    }

    /// Sees a process with a clock that is wrong.
    fn try_out(&self) -> anyhow::Result<()> {
        const HOUR: i64 = 3600;
        self.set(1, HOUR)?;
        let mut words = self.launcher(1);
        words.extend(["date", "+%s"].map(str::to_owned));
        let seconds = |words: &[&str]| anyhow::Ok(run(words)?.trim().parse::<i64>()?);
        let wrong = seconds(&words.iter().map(String::as_str).collect::<Vec<_>>());
        self.set(1, 0)?;
        let ahead = wrong? - seconds(&["date", "+%s"])?;
        ensure!(
            (HOUR - 10..=HOUR).contains(&ahead),
            "a clock that should be {HOUR} s ahead is {ahead} s ahead"
        );
        Ok(())
    }
}

impl Drop for Clocks {
    fn drop(&mut self) {
        sweep();
    }
}

/// Takes away what was shared by processes that are no more.
pub(super) fn sweep() {
    let Ok(entries) = fs::read_dir(SHARED_FOLDER) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = SHARED.iter().find_map(|prefix| name.strip_prefix(prefix));
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn library() -> Option<PathBuf> {
    let root = Path::new("/usr/lib");
    let folders = fs::read_dir(root).ok()?.flatten().map(|entry| entry.path());
    let places = std::iter::once(root.to_owned()).chain(folders);
    places.map(|at| at.join(LIBRARY)).find(|file| file.exists())
}
