//! Holds the published schema of the configuration file against the program that reads it.

use std::fs;
use std::process::{Command, Output};

use jsonschema::Validator;
use serde_json::Value;

/// Configurations that are fine.
const GOOD: [&str; 22] = [
    "",
    "# nothing\n",
    "inputs = []",
    "inputs = [\"a.jsonl\", \"-\", \"b/*.jsonl\"]",
    "files-from = \"list\"\ndecompress = \"br\"\nthreads = 4\nfield = [\"session_id=properties.sid\"]",
    "contract = \"observed\"\ntolerance = \"500ms\"\nidentity = \"person\"\nsession-key = \"checkout_id\"",
    "select = [\"not-a-uuid\"]\nignore = [\"past-24-hours\", \"mixed-spelling\"]",
    "csv-excel = true\ncolor = \"never\"\nprogress = \"always\"\nquiet = 2\nexit-zero = true\nallow-empty = false",
    "max-malformed = 3",
    "max-malformed = \"0.1%\"",
    "max-malformed = \"1e-1%\"",
    "format = \"csv\"\noutput = [\"a.csv\", \"json=b\"]",
    "[check]\nformat = \"jsonl\"\noutput = [\"causes=a\"]\nlimit = 0\nshow-users = true\nverbose = true",
    "check.max-dropped = 1_000\ncheck.max-dropped-percent = 2.5\ncheck.fail-on = \"at-risk\"",
    "max-malformed = \".5%\"",
    "threads = 1024\nwidth = 40",
    "[check]\nformat = \"md\"\nwidth = 65535",
    "[check]\nmax-dropped-percent = 100",
    "[links]\nbackend-lib = [\"worker\"]\nmin-linked = 50\ntolerance = \"2m\"",
    "[rules.not-a-uuid]\nseverity = \"off\"\n[rules.past-24-hours]\nmax = 3\nmax-percent = 0.5",
    "rules.not-a-uuid.severity = \"error\"\ncauses = { ulid = { severity = \"off\", max = 0 } }",
    "[rules]\n[causes]\n[check]\n[links]",
];

/// Configurations that are wrong.
const BAD: [&str; 41] = [
    "tolerence = \"1s\"",
    "max-dropped = 1",
    "limit = 3",
    "min-linked = 3",
    "config = \"other.toml\"",
    "isolated = true",
    "help = true",
    "[chek]",
    "check = 3",
    "[check]\nmax_dropped = 1",
    "[check]\nmin-linked = 1",
    "[links]\nlimit = 1",
    "[links]\nformat = \"jsonl\"",
    "format = \"jsonl\"",
    "inputs = \"a.jsonl\"",
    "inputs = [1]",
    "inputs = [\"\"]",
    "tolerance = 1",
    "tolerance = \"\"",
    "session-key = \"\"",
    "contract = \"observd\"",
    "ignore = \"not-a-uuid\"",
    "ignore = [\"not-a-uuid,past-24-hours\"]",
    "quiet = true",
    "quiet = 256",
    "quiet = -1",
    "csv-excel = \"yes\"",
    "max-malformed = \"a few\"",
    "max-malformed = -1",
    "max-malformed = \"0.5\"",
    "max-malformed = \"1.2.3%\"",
    "threads = 1025",
    "width = 39",
    "width = 65536",
    "[check]\nlimit = 1.5",
    "[check]\nmax-dropped-percent = 100.5",
    "[check]\nmax-dropped-percent = \"2\"",
    "[rules.not-a-uid]\nmax = 1",
    "[rules.not-a-uuid]\nseverity = \"warning\"",
    "[causes.ulid]\nmax = \"3\"",
    "[causes]\nulid = \"off\"",
];

/// Configurations that are wrong in ways that the schema cannot or does not tell.
const TOO_FINE: [&str; 7] = [
    "tolerance = \"1 parsec\"",
    "field = [\"session=properties.sid\"]",
    "output = [\"report.docx\"]",
    "max-malformed = \"101%\"",
    // JSON does not tell 3.0 from 3.
    "[check]\nlimit = 3.0",
    "quiet = 1\n[check]\nverbose = true",
    "[causes.ulid]\nmax = 0.0",
];

fn config(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_session-audit"));
    command.arg("config").args(arguments).output().expect("the program runs")
}

/// Whether the program takes a configuration.
fn is_taken(text: &str) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("session-audit.toml");
    fs::write(&path, text).expect("a file");
    let output = config(&["--config", path.to_str().expect("a plain path")]);
    let status = output.status.code();
    assert!(matches!(status, Some(0 | 2)), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    status == Some(0)
}

fn published() -> String {
    fs::read_to_string("session-audit.schema.json").expect("the schema")
}

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(&published()).expect("JSON");
    jsonschema::meta::validate(&schema).expect("a schema by its own schema");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

fn is_valid(validator: &Validator, text: &str) -> bool {
    validator.is_valid(&toml::from_str::<Value>(text).expect("TOML"))
}

#[test]
fn the_published_schema_is_that_of_the_program() {
    let output = config(&["--schema"]);
    let written = String::from_utf8(output.stdout).expect("UTF-8");
    let is_same = written.lines().eq(published().lines());
    assert!(is_same, "write it again: session-audit config --schema > session-audit.schema.json");
}

#[test]
fn schema_and_program_take_and_refuse_the_same() {
    let validator = validator();
    for text in GOOD {
        assert_eq!((is_valid(&validator, text), is_taken(text)), (true, true), "{text}");
    }
    for text in BAD {
        assert_eq!((is_valid(&validator, text), is_taken(text)), (false, false), "{text}");
    }
    for text in TOO_FINE {
        assert_eq!((is_valid(&validator, text), is_taken(text)), (true, false), "{text}");
    }
}

#[test]
fn what_is_printed_is_a_configuration_that_says_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("session-audit.toml");
    let values = |printed: &[u8]| {
        let printed = String::from_utf8_lossy(printed);
        printed
            .lines()
            .map(|line| line.split("  #").next().unwrap_or_default().trim_end().to_owned())
            .collect::<Vec<_>>()
    };
    for command in ["check", "links"] {
        let first =
            config(&[command, "--isolated", "--tolerance", "2s", "-q", "--ignore", "not-a-uuid,mixed-spelling"]);
        fs::write(&path, &first.stdout).expect("a file");
        let again = config(&[command, "--config", path.to_str().expect("a plain path")]);
        assert_eq!(values(&first.stdout), values(&again.stdout));
        assert!(is_valid(&validator(), &String::from_utf8_lossy(&first.stdout)));
    }
}

#[test]
fn the_readme_shows_the_example() {
    let example = fs::read_to_string("examples/session-audit.toml").expect("the example");
    let readme = fs::read_to_string("README.md").expect("a README");
    let block = format!("```toml\n{}```\n", example.replace("\r\n", "\n"));
    assert!(readme.replace("\r\n", "\n").contains(&block), "{block}");
    assert!(is_valid(&validator(), &example));
}
