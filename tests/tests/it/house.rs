//! The house rules that no compiler checks: who may import whom, which framework lives where, and how
//! long a file or a function may grow. A limit that no test checks does not hold.

mod function;
mod lexer;
mod limits;
mod member;
pub(crate) mod source;
pub(crate) mod tree;

use std::collections::BTreeMap;
use std::fmt::Write;

use function::Function;
use member::Member;
use source::Source;

/// Floor of every crate. A crate imports only crates on a floor strictly below its own; crates on
/// one floor never meet.
const FLOORS: &[(&str, u8)] = &[
    ("roost-model", 0),
    ("roost-engine", 1),
    ("roost-partition", 2),
    ("roost-cluster", 3),
    ("roost-actors", 4),
    ("roost-edge", 5),
    ("roost-mqtt", 6),
    ("roost-amqp", 6),
    ("roost-http", 6),
    ("roost-node", 7),
    ("roost-chaos", 8),
    ("roost-tests", 9),
    ("roost-benches", 9),
];

/// The tools of the command line and of the consumers; a library of the hub has no use for them.
const TOOLS: &[&str] = &["roost-node", "roost-chaos", "roost-tests", "roost-benches"];

/// Frameworks and the only crates that may name them. A trailing `*` covers a family of crates.
const FRAMEWORKS: &[(&str, &[&str])] = &[
    ("rocksdb", &["roost-engine"]),
    ("openraft", &["roost-cluster"]),
    (
        "tokio-rustls",
        &["roost-cluster", "roost-mqtt", "roost-amqp"],
    ),
    ("ractor*", &["roost-actors"]),
    ("ntex*", &["roost-mqtt"]),
    ("actix*", &["roost-http"]),
    ("utoipa*", &["roost-http"]),
    ("clap*", TOOLS),
    ("figment", TOOLS),
    ("reqwest", TOOLS),
];

/// Lines of one source file, inline tests not counted.
const MAX_FILE_LINES: usize = 500;
const P95_FILE_LINES: usize = 400;
const MEDIAN_FILE_LINES: usize = 150;
/// Lines of one function, from its `fn` to its closing brace.
const MAX_FUNCTION_LINES: usize = 80;

#[test]
fn a_crate_imports_only_crates_on_floors_below_its_own() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let mut offences = String::new();
    for member in Member::all() {
        let Some(&floor) = floors.get(member.name.as_str()) else {
            let _ = writeln!(offences, "{} has no floor in this test", member.name);
            continue;
        };
        for dependency in member
            .dependencies
            .iter()
            .filter(|name| name.starts_with("roost-"))
        {
            match floors.get(dependency.as_str()) {
                Some(&below) if below < floor => {}
                Some(_) => {
                    let _ = writeln!(offences, "{} must not import {dependency}", member.name);
                }
                None => {
                    let _ = writeln!(offences, "{dependency} has no floor in this test");
                }
            }
        }
    }
    assert!(offences.is_empty(), "the layers are broken:\n{offences}");
}

#[test]
fn each_framework_is_named_in_its_own_crate_only() {
    let mut offences = String::new();
    for member in Member::all() {
        for dependency in &member.dependencies {
            let home = FRAMEWORKS
                .iter()
                .find(|(framework, _)| match framework.strip_suffix('*') {
                    Some(family) => dependency.starts_with(family),
                    None => dependency == framework,
                });
            if let Some((_, homes)) = home
                && !homes.contains(&member.name.as_str())
            {
                let _ = writeln!(
                    offences,
                    "{} names {dependency}, which belongs to {}",
                    member.name,
                    homes.join(" and ")
                );
            }
        }
    }
    assert!(
        offences.is_empty(),
        "a framework is in the wrong crate:\n{offences}"
    );
}

#[test]
fn every_crate_takes_its_lints_from_the_workspace() {
    let offenders: Vec<_> = Member::all()
        .into_iter()
        .filter(|member| !member.inherits_lints)
        .map(|m| m.name)
        .collect();
    assert!(
        offenders.is_empty(),
        "[lints] workspace = true is missing in {offenders:?}"
    );
}

#[test]
fn folders_say_the_architecture_without_mod_files() {
    let offenders: Vec<_> = tree::rust_files()
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name == "mod.rs"))
        .collect();
    assert!(
        offenders.is_empty(),
        "foo.rs beside foo/ instead of {offenders:?}"
    );
}

#[test]
fn source_files_stay_short() {
    let mut sources = Source::all();
    sources.sort_by_key(|source| std::cmp::Reverse(source.lines));
    assert!(
        !sources.is_empty(),
        "no source file found below {}",
        tree::root().display()
    );
    let at = |percent: usize| sources[sources.len() * (100 - percent) / 100].lines;
    let (longest, p95, median) = (sources[0].lines, at(95), at(50));
    println!(
        "{} files: longest {longest}, p95 {p95}, median {median} lines",
        sources.len()
    );

    let worst = sources
        .iter()
        .take(10)
        .fold(String::new(), |mut text, source| {
            let _ = writeln!(text, "{:>6} {}", source.lines, source.path.display());
            text
        });
    assert!(
        longest <= MAX_FILE_LINES,
        "a file exceeds {MAX_FILE_LINES} lines:\n{worst}"
    );
    assert!(
        p95 <= P95_FILE_LINES,
        "p95 is {p95}, above {P95_FILE_LINES} lines:\n{worst}"
    );
    assert!(
        median <= MEDIAN_FILE_LINES,
        "median is {median}, above {MEDIAN_FILE_LINES}:\n{worst}"
    );
}

#[test]
fn functions_stay_short() {
    let mut functions: Vec<Function> = Source::all()
        .iter()
        .flat_map(|source| source.functions.clone())
        .collect();
    assert!(
        functions.len() > 100,
        "the scan found only {} functions",
        functions.len()
    );
    functions.sort_by_key(|function| std::cmp::Reverse(function.lines));
    let worst = functions
        .iter()
        .take_while(|function| function.lines > MAX_FUNCTION_LINES)
        .fold(String::new(), |mut text, function| {
            let _ = writeln!(text, "{function}");
            text
        });
    assert!(
        worst.is_empty(),
        "functions exceed {MAX_FUNCTION_LINES} lines:\n{worst}"
    );
}

#[test]
fn the_tree_names_no_package_registry() {
    // Put together here, because this file is part of the tree.
    let registries: Vec<String> = [
        ["crates", "io"].as_slice(),
        &["pypi", "org"],
        &["files", "pythonhosted", "org"],
        &["registry", "npmjs", "org"],
        &["proxy", "golang", "org"],
        &["deb", "debian", "org"],
    ]
    .iter()
    .map(|labels| labels.join("."))
    .collect();
    let mut offences = String::new();
    for path in tree::text_files() {
        let Ok(text) = std::fs::read_to_string(tree::root().join(&path)) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if let Some(registry) = registries.iter().find(|registry| line.contains(*registry)) {
                let _ = writeln!(offences, "{}:{}: {registry}", path.display(), number + 1);
            }
        }
    }
    assert!(
        offences.is_empty(),
        "the ordinary clients know their registries:\n{offences}"
    );
}
