use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use super::Cli;

fn refusal(line: &[&str]) -> ErrorKind {
    Cli::try_parse_from(line).unwrap_err().kind()
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_says_what_it_is_for_and_most_show_examples() {
    let command = Cli::command();
    for sub in command.get_subcommands() {
        assert!(sub.get_about().is_some(), "{}", sub.get_name());
        assert!(sub.get_after_help().is_some(), "{}", sub.get_name());
    }
}

#[test]
fn the_examples_in_the_help_can_be_typed() {
    let examples = |text: String| {
        text.lines()
            .map(str::trim)
            .filter(|line| line.starts_with("roost "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let command = Cli::command();
    let mut lines: Vec<String> = Vec::new();
    for sub in std::iter::once(&command).chain(command.get_subcommands()) {
        lines.extend(examples(
            sub.get_after_help().unwrap_or_default().to_string(),
        ));
    }
    assert!(lines.len() > 25, "{lines:?}");
    for line in lines {
        let words = words(&line);
        if let Err(error) = Cli::try_parse_from(words) {
            panic!("`{line}`: {error}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_happens() {
    for line in [
        &["roost", "dev", "--nodes", "0"][..],
        &["roost", "dev", "--partitions", "129"],
        &["roost", "device", "create", "not/a/device"],
        &["roost", "device", "list", "--top", "1001"],
        &["roost", "cluster", "join", "--id", "0", "--address", "h:1"],
        &["roost", "cluster", "join", "--id", "4", "--address", "h"],
        &["roost", "simulate", "--rate", "0"],
        &["roost", "sas", "--ttl", "soon"],
        &["roost", "pki", "init", "--hub", "not a host"],
    ] {
        assert_eq!(refusal(line), ErrorKind::ValueValidation, "{line:?}");
    }
    for line in [
        &["roost", "device", "create"][..],
        &["roost", "pki", "issue", "server"],
        &["roost", "node"],
        &[
            "roost",
            "device",
            "create",
            "d",
            "--primary-key",
            "MDEyMzQ1Njc4OWFiY2RlZg==",
        ],
    ] {
        assert_eq!(
            refusal(line),
            ErrorKind::MissingRequiredArgument,
            "{line:?}"
        );
    }
}

/// The words of a line, as a shell takes them apart, up to a pipe, a redirection, or an explanation
/// behind two spaces.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut spaces) = (Vec::new(), None, None, 0);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), letter) => word.get_or_insert_with(String::new).push(letter),
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_with(String::new);
            }
            (None, '|' | '>') => break,
            (None, ' ') if spaces == 1 => break,
            (None, ' ') => {
                words.extend(word.take());
                spaces = 1;
                continue;
            }
            (None, letter) => word.get_or_insert_with(String::new).push(letter),
        }
        spaces = 0;
    }
    words.extend(word);
    words
}
