//! Runs the README's examples and compares its tables with the program's own.

use std::fs;
use std::path::Path;

use session_audit::causes;
use session_audit::rules::RULES;

fn readme() -> String {
    fs::read_to_string("README.md").expect("a README")
}

#[test]
fn examples_print_what_the_readme_shows() {
    trycmd::TestCases::new().env("NO_COLOR", "1").case("README.md").run();
}

#[test]
fn the_rules_table_is_that_of_the_program() {
    let readme = readme();
    let rows: Vec<_> = readme
        .lines()
        .filter(|line| RULES.iter().any(|rule| line.starts_with(&format!("| `{}` |", rule.name))))
        .collect();
    assert_eq!(rows.len(), RULES.len());
    for (row, rule) in rows.into_iter().zip(&RULES) {
        let start = format!("| `{}` | {} | {}", rule.name, rule.requirement, rule.summary);
        assert!(row.starts_with(&start), "{row}\nshould begin with\n{start}");
    }
}

#[test]
fn the_causes_table_is_that_of_the_program() {
    let readme = readme();
    let rows: Vec<_> =
        readme.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 4).collect();
    let rows = |name: &str| rows.iter().filter(|row| row.starts_with(&format!("| `{name}` |"))).collect::<Vec<_>>();
    for cause in causes::all() {
        let rules: Vec<_> = cause.explains().iter().map(|rule| format!("`{rule}`")).collect();
        let rules = if rules.is_empty() { "any".to_owned() } else { rules.join(", ") };
        assert_eq!(rows(cause.name), [&format!("| `{}` | {} | {rules} |", cause.name, cause.label)]);
    }
}

#[test]
fn every_rule_has_a_case() {
    for rule in &RULES {
        let case = format!("testdata/rules/{}.trycmd", rule.name);
        assert!(Path::new(&case).is_file(), "{case} is missing");
    }
}

#[test]
fn the_two_commands_are_marked_for_ci() {
    let readme = readme();
    for (mark, command) in [
        ("<!-- main command -->\n```sh\n", "cargo run --release --locked -- check testdata/demo\n```"),
        ("<!-- test command -->\n```sh\n", "cargo test --locked\n```"),
    ] {
        let start = readme.find(mark).expect("the mark") + mark.len();
        assert!(readme[start..].starts_with(command), "{command}");
    }
}
