//! What a development folder's cluster looks like: fixed at its first start, remembered in `dev.toml`.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;

use roost_model::HubName;
use roost_model::limits::DEFAULT_PARTITIONS;
use serde::{Deserialize, Serialize};

use super::DevError;
use crate::files::{self, Access};

/// Marks a folder as made by `roost dev`; written before anything else.
const FILE: &str = "dev.toml";

const HEADER: &str = "# Made by `roost dev`; what the cluster in this folder looks like.\n";

/// The cluster of a development folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) nodes: u8,
    pub(super) hub: String,
    pub(super) partitions: u16,
    /// Node i listens on the i-th address from here.
    pub(super) first_address: Ipv4Addr,
}

/// What the command line says about it.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) nodes: Option<u8>,
    pub(super) hub: Option<String>,
    pub(super) partitions: Option<u16>,
    pub(super) first_address: Option<Ipv4Addr>,
}

impl Settings {
    /// The folder's settings, or new ones from what is wanted and the defaults.
    ///
    /// # Errors
    /// The folder cannot be used, or holds a cluster that differs from what is wanted.
    pub(super) fn settle(directory: &Path, wanted: Wanted) -> Result<Self, DevError> {
        let path = directory.join(FILE);
        if path.is_file() {
            let kept: Self =
                toml::from_str(&files::read(&path)?).map_err(|error| DevError::Settings {
                    path: path.clone(),
                    problem: error.message().to_owned(),
                })?;
            kept.refuse_changes(directory, &wanted)?;
            return Ok(kept);
        }
        let settings = Self {
            nodes: wanted.nodes.unwrap_or(3),
            hub: wanted.hub.unwrap_or_else(|| "roost.local".to_owned()),
            partitions: wanted.partitions.unwrap_or(DEFAULT_PARTITIONS),
            first_address: wanted.first_address.unwrap_or(Ipv4Addr::LOCALHOST),
        };
        HubName::parse(&settings.hub)?;
        Ok(settings)
    }

    /// Remembers the settings, which makes the folder one of `roost dev`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(super) fn save(&self, directory: &Path) -> Result<(), DevError> {
        let path = directory.join(FILE);
        let text = toml::to_string(self).map_err(|error| DevError::Settings {
            path: path.clone(),
            problem: error.to_string(),
        })?;
        files::create_folder(directory)?;
        Ok(files::write(
            &path,
            &format!("{HEADER}{text}"),
            Access::Everyone,
        )?)
    }

    fn refuse_changes(&self, directory: &Path, wanted: &Wanted) -> Result<(), DevError> {
        let compare = |option, kept: String, asked: Option<String>| match asked {
            Some(asked) if asked != kept => Err(DevError::Changed {
                path: directory.to_owned(),
                option,
                kept,
                asked,
            }),
            _ => Ok(()),
        };
        compare(
            "--nodes",
            self.nodes.to_string(),
            wanted.nodes.map(|n| n.to_string()),
        )?;
        compare("--hub", self.hub.clone(), wanted.hub.clone())?;
        compare(
            "--partitions",
            self.partitions.to_string(),
            wanted.partitions.map(|n| n.to_string()),
        )?;
        compare(
            "--first-address",
            self.first_address.to_string(),
            wanted.first_address.map(|address| address.to_string()),
        )
    }
}

/// Deletes what earlier runs left in `directory`.
///
/// # Errors
/// The folder holds something else, or cannot be emptied.
pub(super) fn wipe(directory: &Path) -> Result<(), DevError> {
    let failed = |source| DevError::Folder {
        path: directory.to_owned(),
        source,
    };
    let mut entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if entries.next().is_none() {
        return Ok(());
    }
    if !directory.join(FILE).is_file() {
        return Err(DevError::NotOurs(directory.to_owned()));
    }
    // The marker goes last, so that an interrupted deletion can be done again.
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name() == FILE {
            continue;
        }
        let path = entry.path();
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        if is_folder {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        }
        .map_err(failed)?;
    }
    fs::remove_file(directory.join(FILE)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_fixes_the_settings_and_later_ones_take_them_up() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("data");
        let first = Settings::settle(
            &directory,
            Wanted {
                nodes: Some(5),
                ..Wanted::default()
            },
        )
        .unwrap();
        assert_eq!((first.nodes, first.partitions), (5, 16));
        assert!(
            !directory.exists(),
            "a start that fails leaves nothing behind"
        );
        first.save(&directory).unwrap();
        assert_eq!(
            Settings::settle(&directory, Wanted::default()).unwrap(),
            first
        );
        let same = Wanted {
            nodes: Some(5),
            partitions: Some(16),
            ..Wanted::default()
        };
        assert_eq!(Settings::settle(&directory, same).unwrap(), first);
        let other = Wanted {
            nodes: Some(3),
            ..Wanted::default()
        };
        let error = Settings::settle(&directory, other).unwrap_err().to_string();
        assert!(
            error.contains("--nodes 5") && error.contains("--fresh"),
            "{error}"
        );
    }

    #[test]
    fn a_fresh_start_deletes_a_development_folder_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("data");
        wipe(&directory).unwrap();
        let settings = Settings::settle(&directory, Wanted::default()).unwrap();
        settings.save(&directory).unwrap();
        fs::create_dir_all(directory.join("node-1/log")).unwrap();
        fs::write(directory.join("ca.pem"), "x").unwrap();
        wipe(&directory).unwrap();
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
        wipe(&directory).unwrap();

        fs::write(directory.join("thesis.tex"), "x").unwrap();
        assert!(matches!(wipe(&directory), Err(DevError::NotOurs(_))));
        assert!(directory.join("thesis.tex").is_file());
    }
}
