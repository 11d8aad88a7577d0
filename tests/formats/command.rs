//! Parses workflow commands as GitHub's runner does (`ActionCommand.cs`).

use std::collections::BTreeMap;

/// A command.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) message: String,
}

const NAMES: [&str; 12] = [
    "error",
    "warning",
    "notice",
    "debug",
    "group",
    "endgroup",
    "add-mask",
    "stop-commands",
    "set-output",
    "set-env",
    "add-path",
    "echo",
];

/// The command that a line is: `::error file=x::message` behind white space, or `##[error]message` anywhere.
pub(crate) fn parse(line: &str) -> Option<Command> {
    let trimmed = line.trim_start();
    new_style(trimmed).or_else(|| old_style(line))
}

fn new_style(line: &str) -> Option<Command> {
    let (head, message) = line.strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), undone(value)));
    let properties = properties.trim().split(',').filter_map(pair).collect();
    NAMES.contains(&name).then(|| Command { name: name.to_owned(), properties, message: undone(message) })
}

fn old_style(line: &str) -> Option<Command> {
    let (_, rest) = line.split_once("##[")?;
    let (head, message) = rest.split_once(']')?;
    let name = head.split(' ').next()?;
    NAMES.contains(&name).then(|| Command {
        name: name.to_owned(),
        properties: BTreeMap::new(),
        message: undone(message),
    })
}

fn undone(text: &str) -> String {
    let undone = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
    undone.replace("%25", "%")
}

#[test]
fn what_the_runner_takes_for_a_command() {
    let command = parse("  ::error file=a%3Ab,line=1::c%0Ad").expect("a command");
    assert_eq!((command.name.as_str(), command.message.as_str()), ("error", "c\nd"));
    assert_eq!(command.properties["file"], "a:b");
    assert!(parse("x ##[warning]y").is_some());
    assert!(parse("x ::error::y").is_none() && parse("::other::y").is_none());
}
