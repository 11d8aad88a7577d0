//! Describes the rules as SARIF does, from the table of rules.

use serde_json::json;
use serde_sarif::sarif::{MultiformatMessageString, ReportingConfiguration, ReportingDescriptor};

use super::{HELP_URI, properties};
use crate::report::markdown;
use crate::rules::{RULES, Rule};

/// All rules in the order of their table, to which results refer by number.
pub(super) fn rules() -> Vec<ReportingDescriptor> {
    RULES.iter().map(descriptor).collect()
}

fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let first = rule.doc.split("\n\n").next().unwrap_or_default();
    let help = MultiformatMessageString::builder().text(help(rule)).markdown(help_in_markdown(rule));
    let mut properties = properties([("requirement", json!(rule.requirement)), ("precision", json!("very-high"))]);
    properties.tags = Some(vec!["posthog".to_owned(), "session-id".to_owned()]);
    ReportingDescriptor::builder()
        .id(rule.name)
        .short_description(text(&format!("{}.", capitalized(rule.summary))))
        .full_description(text(&joined(first)))
        .help(help.build())
        .help_uri(HELP_URI)
        .default_configuration(ReportingConfiguration::builder().level("error").build())
        .properties(properties)
        .build()
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

fn help(rule: &Rule) -> String {
    format!("{}\n\nThe fix: {}.", rule.doc, rule.help)
}

fn help_in_markdown(rule: &Rule) -> String {
    let help = help(rule);
    let paragraphs: Vec<_> = help.split("\n\n").map(|paragraph| markdown::prose(&joined(paragraph))).collect();
    paragraphs.join("\n\n")
}

/// A paragraph on one line.
fn joined(paragraph: &str) -> String {
    paragraph.replace('\n', " ")
}

fn capitalized(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GitHub takes no longer description than 1024 characters.
    #[test]
    fn descriptions_are_as_short_as_github_wants_them() {
        for rule in rules() {
            let full = rule.full_description.expect("a description").text;
            assert!(full.len() < 1024 && !full.contains('\n'), "{}", rule.id);
        }
    }
}
