//! Holds the files for CI against each other, the README and the program's own command line.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The copies that users take, all of them quoted in the README.
const EXAMPLES: [&str; 3] =
    ["examples/ci/github.yml", "examples/ci/gitlab-ci.yml", "examples/ci/pre-commit-config.yaml"];

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The text at a path of keys and numbers.
fn string<'y>(yaml: &'y Value, pointer: &str) -> &'y str {
    let value = yaml.pointer(pointer).unwrap_or_else(|| panic!("there is no {pointer}"));
    value.as_str().unwrap_or_else(|| panic!("{pointer} is no text"))
}

/// The scripts of steps.
fn scripts<'y>(yaml: &'y Value, steps: &str) -> Vec<&'y str> {
    let steps = yaml.pointer(steps).and_then(Value::as_array).expect("a list of steps");
    steps.iter().filter_map(|step| step["run"].as_str()).collect()
}

/// Everything in these files that stands on the program's command line.
fn command_lines() -> Vec<String> {
    let (action, github) = (yaml("action.yml"), yaml("examples/ci/github.yml"));
    let (gitlab, hook) = (yaml("examples/ci/gitlab-ci.yml"), yaml(".pre-commit-hooks.yaml"));
    let passed = scripts(&action, "/runs/steps")[1].lines().filter_map(|line| line.split_once("set -- "));
    let mut lines: Vec<_> = passed.map(|(_, words)| words.to_owned()).collect();
    lines.push(string(&github, "/jobs/session-audit/steps/1/with/args").to_owned());
    lines.push(string(&gitlab, "/session-audit/script/0").to_owned());
    lines.push(string(&hook, "/0/entry").to_owned());
    let args = &yaml("examples/ci/pre-commit-config.yaml")["repos"][0]["hooks"][0]["args"];
    let args = args.as_array().expect("a list of arguments");
    lines.extend(args.iter().map(|arg| arg.as_str().expect("arguments are texts").to_owned()));
    lines
}

#[test]
fn all_files_are_yaml() {
    let own = ["action.yml", ".pre-commit-hooks.yaml", ".github/workflows/release.yml"];
    for path in own.into_iter().chain(EXAMPLES) {
        yaml(path);
    }
}

#[test]
fn the_readme_quotes_the_examples() {
    let readme = text("README.md");
    for path in EXAMPLES {
        assert!(readme.contains(&format!("```yaml\n{}```\n", text(path))), "{path}");
    }
    for input in yaml("action.yml")["inputs"].as_object().expect("inputs").keys() {
        assert!(readme.contains(&format!("| `{input}` |")), "{input}");
    }
}

#[test]
fn options_are_those_of_the_program() {
    let help = Command::new(env!("CARGO_BIN_EXE_session-audit")).args(["check", "--help"]).output().expect("help");
    let help = String::from_utf8(help.stdout).expect("text");
    let word = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
        text[..end].to_owned()
    };
    let known: BTreeSet<_> = help.split_whitespace().filter(|text| text.starts_with('-')).map(word).collect();
    let lines = command_lines();
    let used: BTreeSet<_> = lines
        .iter()
        .flat_map(|line| line.split_whitespace())
        .filter(|text| text.starts_with('-') && text.len() > 1 && *text != "--")
        .map(word)
        .collect();
    assert!(used.len() >= 5, "{used:?}");
    assert_eq!(used.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn the_hook_sees_all_files_in_one_run() {
    let hook = &yaml(".pre-commit-hooks.yaml")[0];
    assert_eq!(string(hook, "/id"), "session-audit");
    assert_eq!(string(hook, "/language"), "rust");
    assert_eq!((hook["require_serial"].as_bool(), hook["pass_filenames"].as_bool()), (Some(true), Some(false)));
}

#[test]
fn nothing_from_outside_is_run_as_code() {
    let release = yaml(".github/workflows/release.yml");
    let action = yaml("action.yml");
    let jobs = ["build", "publish"].map(|job| scripts(&release, &format!("/jobs/{job}/steps")));
    let all = scripts(&action, "/runs/steps").into_iter().chain(jobs.into_iter().flatten());
    for script in all {
        assert!(!script.contains("${{"), "{script}");
        assert!(!script.contains("eval "), "{script}");
    }
}

#[test]
fn all_names_of_archives_agree() {
    let (release, action) = (yaml(".github/workflows/release.yml"), yaml("action.yml"));
    let cargo = text("Cargo.toml");
    let packed =
        release["jobs"]["build"]["steps"].as_array().expect("steps").iter().find(|step| step["name"] == "Pack");
    let packed = packed.and_then(|step| step["run"].as_str()).expect("a script");
    assert!(packed.contains("name=\"session-audit-$GITHUB_REF_NAME-$TARGET\""), "{packed}");
    let installed = scripts(&action, "/runs/steps")[0];
    assert!(installed.contains("name=\"session-audit-v$version-$target\""), "{installed}");
    let name = "{ name }-v{ version }-{ target }";
    for line in [
        format!("pkg-url = \"{{ repo }}/releases/download/v{{ version }}/{name}{{ archive-suffix }}\""),
        format!("bin-dir = \"{name}/{{ bin }}{{ binary-ext }}\""),
        format!("repository = \"{}\"", env!("CARGO_PKG_REPOSITORY")),
    ] {
        assert!(cargo.lines().any(|known| known == line), "{line}");
    }
    let targets = release.pointer("/jobs/build/strategy/matrix/include").and_then(Value::as_array).expect("targets");
    for target in targets {
        let target = string(target, "/target");
        assert!(installed.contains(&format!("target={target}")), "{target}");
        let is_zip = packed.contains("7z a \"$name.zip\"") && target.contains("windows");
        assert_eq!(cargo.contains(&format!("[package.metadata.binstall.overrides.{target}]")), is_zip, "{target}");
    }
    for (script, path) in [(installed, "action.yml"), (&text("examples/ci/gitlab-ci.yml"), "gitlab-ci.yml")] {
        assert!(script.contains(&format!("{}/releases/download/v", env!("CARGO_PKG_REPOSITORY"))), "{path}");
    }
    assert!(text("examples/ci/gitlab-ci.yml").contains("name=\"session-audit-v$VERSION-x86_64-unknown-linux-musl\""));
}

#[test]
fn versions_are_that_of_the_program() {
    assert_eq!(string(&yaml("action.yml"), "/inputs/version/default"), VERSION);
    assert_eq!(string(&yaml("examples/ci/gitlab-ci.yml"), "/session-audit/variables/VERSION"), VERSION);
    let github = yaml("examples/ci/github.yml");
    let used = string(&github, "/jobs/session-audit/steps/1/uses");
    assert_eq!(used, format!("session-audit/session-audit@v{VERSION}"));
    assert_eq!(string(&yaml("examples/ci/pre-commit-config.yaml"), "/repos/0/rev"), format!("v{VERSION}"));
}
