//! What a member of the workspace says about itself in its manifest.

use std::collections::BTreeSet;
use std::path::Path;

use toml::{Table, Value};

use super::tree;

/// One crate of the workspace.
#[derive(Debug)]
pub(super) struct Member {
    /// The package's name.
    pub(super) name: String,
    /// Packages named in any dependency table: normal, dev, build and per target.
    pub(super) dependencies: BTreeSet<String>,
    /// Whether `[lints] workspace = true` stands in the manifest.
    pub(super) inherits_lints: bool,
}

impl Member {
    /// All members, as the root manifest lists them.
    pub(super) fn all() -> Vec<Member> {
        let root = manifest(Path::new(""));
        let folders = root["workspace"]["members"]
            .as_array()
            .expect("members is a list");
        folders
            .iter()
            .map(|folder| Member::read(Path::new(folder.as_str().expect("a member is a path"))))
            .collect()
    }

    fn read(folder: &Path) -> Member {
        let manifest = manifest(folder);
        let name = manifest["package"]["name"]
            .as_str()
            .expect("a package has a name")
            .to_owned();
        let mut dependencies = dependencies_in(&manifest);
        for target in manifest
            .get("target")
            .and_then(Value::as_table)
            .into_iter()
            .flatten()
        {
            dependencies.extend(target.1.as_table().map(dependencies_in).unwrap_or_default());
        }
        let inherits_lints = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(Value::as_bool)
            .unwrap_or(false);
        Member {
            name,
            dependencies,
            inherits_lints,
        }
    }
}

fn manifest(folder: &Path) -> Table {
    let path = tree::root().join(folder).join("Cargo.toml");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    text.parse()
        .unwrap_or_else(|error| panic!("{} is not TOML: {error}", path.display()))
}

fn dependencies_in(table: &Table) -> BTreeSet<String> {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .filter_map(|kind| table.get(*kind)?.as_table())
        .flatten()
        .map(|(name, value)| {
            // `alias = { package = "name" }` imports `name`.
            let renamed = value.get("package").and_then(Value::as_str);
            renamed.unwrap_or(name).to_owned()
        })
        .collect()
}
