//! The files of the checkout.

use std::path::{Path, PathBuf};

/// Folders that hold no text of the project.
const SKIPPED: &[&str] = &[
    ".git",
    "target",
    "__pycache__",
    "node_modules",
    "roost-data",
];

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// Every Rust file, relative to the root.
pub(super) fn rust_files() -> Vec<PathBuf> {
    let mut files = all_files();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files
}

/// Every file that a person wrote, relative to the root. Lock files are written by tools.
pub(super) fn text_files() -> Vec<PathBuf> {
    let mut files = all_files();
    files.retain(|path| path.extension().is_none_or(|extension| extension != "lock"));
    files
}

fn all_files() -> Vec<PathBuf> {
    let root = root();
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()));
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            let name = entry.file_name();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && !SKIPPED.iter().any(|skipped| name == *skipped) {
                folders.push(path);
            } else if kind.is_file()
                && let Ok(relative) = path.strip_prefix(&root)
            {
                files.push(relative.to_path_buf());
            }
        }
    }
    files.sort();
    files
}
