//! A twin for people.

use std::borrow::Cow;

use roost_model::Identity;
use serde_json::Value;

use crate::output::{Paint, say};

/// Prints the sections without `$metadata`, each with its `$version`.
pub(super) fn twin(identity: &Identity, twin: &Value) -> anyhow::Result<()> {
    let paint = Paint::stdout();
    say!("{}", paint.strong(identity));
    for (label, member) in [
        ("connection", "connectionState"),
        ("etag", "etag"),
        ("version", "version"),
    ] {
        say!("  {label:<12}{}", text(&twin[member]));
    }
    let properties = &twin["properties"];
    for (label, section) in [
        ("tags", &twin["tags"]),
        ("desired", &properties["desired"]),
        ("reported", &properties["reported"]),
    ] {
        say!();
        match section["$version"].as_u64() {
            Some(version) => say!("{} (version {version})", paint.strong(&label)),
            None => say!("{}", paint.strong(&label)),
        }
        say!("{}", serde_json::to_string_pretty(&plain(section))?);
    }
    Ok(())
}

/// A section without what the hub adds.
fn plain(section: &Value) -> Value {
    let mut plain = section.clone();
    if let Some(object) = plain.as_object_mut() {
        object.remove("$metadata");
        object.remove("$version");
    }
    plain
}

fn text(value: &Value) -> Cow<'_, str> {
    match value.as_str() {
        Some(text) => text.into(),
        None => value.to_string().into(),
    }
}
