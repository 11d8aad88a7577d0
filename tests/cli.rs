//! Runs the command lines of `testdata` and compares what they print and how they end.

use trycmd::TestCases;

/// Runs every case of a folder; `TRYCMD=overwrite` writes what the tool prints into the cases instead.
fn run(folder: &str) {
    TestCases::new()
        .env("NO_COLOR", "1")
        .case(format!("testdata/{folder}/*.trycmd"))
        .case(format!("testdata/{folder}/*.toml"))
        .run();
}

#[test]
fn rules() {
    run("rules");
}

#[test]
fn users() {
    run("users");
}

#[test]
fn causes() {
    run("causes");
}

#[test]
fn links() {
    run("links");
}

#[test]
fn explain() {
    run("explain");
}

#[test]
fn inspect() {
    run("inspect");
}

#[test]
fn shapes() {
    run("shapes");
}

#[test]
fn compression() {
    run("compression");
}

#[test]
fn bad_input() {
    run("bad-input");
}

#[test]
fn gate() {
    run("gate");
}

#[test]
fn baseline() {
    run("baseline");
}

#[test]
fn report() {
    run("report");
}

#[test]
fn html() {
    run("html");
}

#[test]
fn commands() {
    run("commands");
}

#[test]
fn render() {
    run("render");
}

#[test]
fn diff() {
    run("diff");
}

#[test]
fn config() {
    run("config");
}

#[test]
fn formats() {
    run("formats");
}

#[test]
fn sql() {
    run("sql");
}

#[cfg(feature = "parquet")]
#[test]
fn parquet() {
    run("parquet");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_parquet() {
    run("without-parquet");
}
