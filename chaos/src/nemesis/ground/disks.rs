use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::nemesis::shell::run;

/// Bytes of a node's file system; its image takes as much only when it is written.
const SIZE: u64 = 2 << 30;
const FILLER: &str = "filler";
const PROBE: &str = "probe";

/// An ext4 file system of limited size for each place, in a file.
#[derive(Debug)]
pub(in crate::nemesis) struct Disks {
    folder: PathBuf,
    places: u64,
}

/// A file system that lets no write through; it does again when this is dropped.
#[derive(Debug)]
pub(in crate::nemesis) struct Frozen(String);

impl Disks {
    /// Makes them in `folder`.
    ///
    /// # Errors
    /// This machine or its kernel does not permit it.
    pub(super) fn lay(folder: &Path, places: u64) -> anyhow::Result<Self> {
        // From here on, what was made is taken away again, whatever fails.
        let disks = Self {
            folder: folder.to_owned(),
            places,
        };
        for place in 1..=places {
            let image = disks.image(place);
            File::create(&image)?.set_len(SIZE)?;
            fs::create_dir_all(disks.folder(place))?;
            run(&["mkfs.ext4", "-q", "-F", "-m", "0", &text(&image)])?;
            disks.mount(place)?;
        }
        Ok(disks)
    }

    /// Where the file system of a place is mounted.
    pub(in crate::nemesis) fn folder(&self, place: u64) -> PathBuf {
        self.folder.join(format!("disk-{place}"))
    }

    /// Takes every free byte.
    ///
    /// # Errors
    /// The space cannot be asked for or taken.
    pub(in crate::nemesis) fn fill(&self, place: u64) -> anyhow::Result<()> {
        let folder = text(&self.folder(place));
        let filler = text(&self.folder(place).join(FILLER));
        // What falls free meanwhile is taken as well.
        for _ in 0..2 {
            let free = run(&["df", "--output=avail", "-B1", &folder])?;
            let free: u64 = free.lines().last().context("df")?.trim().parse()?;
            let taken = fs::metadata(&filler).map_or(0, |file| file.len());
            let wanted = (taken + free).to_string();
            // A few blocks are needed to keep account of the others, so the last ones may be missing.
            let _ = run(&["fallocate", "-l", &wanted, &filler]);
        }
        // Block by block, until there is none.
        let mut rest = File::options().append(true).create(true).open(&filler)?;
        while rest.write_all(&[0; 4096]).is_ok() {}
        Ok(())
    }

    /// Gives the space back.
    ///
    /// # Errors
    /// There was nothing to give back.
    pub(in crate::nemesis) fn free(&self, place: u64) -> anyhow::Result<()> {
        Ok(fs::remove_file(self.folder(place).join(FILLER))?)
    }

    /// Writes a block beside a node's data and waits until it is on the disk. Gives how long that took.
    /// Blocks the thread.
    ///
    /// # Errors
    /// It cannot be written.
    pub(in crate::nemesis) fn probe(folder: &Path) -> std::io::Result<Duration> {
        let begin = Instant::now();
        let mut file = File::create(folder.join(PROBE))?;
        file.write_all(&[1; 4096])?;
        file.sync_all()?;
        Ok(begin.elapsed())
    }

    /// Lets no write through until the guard is dropped.
    ///
    /// # Errors
    /// It cannot be frozen.
    pub(in crate::nemesis) fn freeze(&self, place: u64) -> anyhow::Result<Frozen> {
        let folder = text(&self.folder(place));
        run(&["fsfreeze", "--freeze", &folder])?;
        Ok(Frozen(folder))
    }

    /// Has the kernel find an error, after which every write and every fsync fails.
    ///
    /// # Errors
    /// The kernel cannot be told to.
    pub(in crate::nemesis) fn fail(&self, place: u64) -> anyhow::Result<()> {
        let folder = text(&self.folder(place));
        let device = run(&["findmnt", "-n", "-o", "SOURCE", &folder])?;
        let device = device.trim().trim_start_matches("/dev/");
        let trigger = format!("/sys/fs/ext4/{device}/trigger_fs_error");
        fs::write(&trigger, "1").with_context(|| trigger.clone())
    }

    /// Checks the file system of a place, where nothing runs, and mounts it again.
    ///
    /// # Errors
    /// It cannot be unmounted or mounted.
    pub(in crate::nemesis) fn repair(&self, place: u64) -> anyhow::Result<()> {
        run(&["umount", &text(&self.folder(place))])?;
        // Its status tells that something was corrected.
        let _ = run(&["e2fsck", "-f", "-y", &text(&self.image(place))]);
        self.mount(place)
    }

    fn mount(&self, place: u64) -> anyhow::Result<()> {
        let (image, folder) = (text(&self.image(place)), text(&self.folder(place)));
        let options = "loop,errors=remount-ro";
        run(&["mount", "-t", "ext4", "-o", options, &image, &folder])?;
        Ok(())
    }

    fn image(&self, place: u64) -> PathBuf {
        self.folder.join(format!("disk-{place}.img"))
    }
}

impl Drop for Disks {
    fn drop(&mut self) {
        for place in 1..=self.places {
            let _ = run(&["umount", &text(&self.folder(place))]);
            let _ = fs::remove_file(self.image(place));
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = run(&["fsfreeze", "--unfreeze", &self.0]);
    }
}

/// Takes away what a run that was killed itself has left behind.
pub(super) fn sweep(folder: &Path) {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    let begin = text(&folder.join("disk-"));
    for point in points.filter(|point| point.starts_with(&begin)) {
        let _ = run(&["fsfreeze", "--unfreeze", point]);
        let _ = run(&["umount", point]);
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
