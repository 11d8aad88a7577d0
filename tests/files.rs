//! Runs the tool where it needs a file system of its own: names, outputs, pipes, signals, and files too big to keep.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

#[path = "files/baseline.rs"]
mod baseline;
#[path = "../examples/make_export/generate.rs"]
mod generate;
#[path = "files/spilling.rs"]
mod spilling;
#[cfg(unix)]
#[path = "files/unix.rs"]
mod unix;

/// One dropped session of one event.
const DROPPED: &str = "{\"event\":\"a\",\"uuid\":\"e1\",\"properties\":{\"$session_id\":\"ses_01\"}}\n";
/// One session that is fine.
const FINE: &str = "{\"event\":\"a\",\"properties\":{\"$session_id\":\"019cadfd-8900-7000-8000-000000000001\"}}\n";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

fn tool(folder: &TempDir, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_session-audit"));
    command.args(args).current_dir(folder.path()).stdin(Stdio::null());
    command
}

fn run(folder: &TempDir, args: &[&str]) -> Output {
    tool(folder, args).output().expect("the tool runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("reports are UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("the tool ends by itself")
}

fn write(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("the test's folder can be written");
    path
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the file can be read")
}

/// The names in a folder, in order.
fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("the test's folder can be listed");
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A made-up export of some MB with every kind of broken session.
fn export() -> Vec<u8> {
    let shares = "0.2".parse().expect("a share of broken sessions");
    let plan = generate::Plan { events: 1500, sessions: 250, broken: shares, ..generate::Plan::default() };
    let mut bytes = Vec::new();
    plan.write(&mut bytes).expect("memory can be written");
    bytes
}

/// What is good, empty, cut off, damaged or missing, a hundred times: nothing is lost, and nobody waits for ever.
#[test]
fn many_inputs_of_all_kinds_are_read_alike_by_any_number_of_threads() {
    let folder = folder();
    let zstd = zstd::encode_all(DROPPED.as_bytes(), 3).expect("memory can be written");
    let mut args = vec!["check".to_owned(), "--format=csv".to_owned(), "--threads=0".to_owned()];
    for number in 0..20 {
        for (name, bytes) in [
            ("fine.jsonl", FINE.as_bytes()),
            ("dropped.jsonl", DROPPED.as_bytes()),
            ("empty.jsonl", b""),
            ("dropped.jsonl.zst", &zstd),
            ("cut.jsonl.zst", &zstd[..zstd.len() / 2]),
        ] {
            let name = format!("{number}-{name}");
            write(&folder, &name, bytes);
            args.push(name);
        }
        args.push(format!("{number}-missing.jsonl"));
    }
    let with_threads = |threads: usize| {
        let threads = format!("--threads={threads}");
        let args: Vec<_> = args.iter().map(|arg| if arg == "--threads=0" { &threads } else { arg }.as_str()).collect();
        let output = run(&folder, &args);
        (status(&output), stdout(&output), stderr(&output))
    };
    let alone = with_threads(1);
    assert_eq!(alone.0, 2);
    assert!(
        alone.1.lines().nth(1).is_some_and(|row| row.starts_with("ses_01,,dropped,excluded,not-a-uuid,not-a-uuid,40,"))
    );
    assert_eq!(alone.2.matches("ends early").count(), 20, "{}", alone.2);
    for threads in [2, 3, 16] {
        assert_eq!(with_threads(threads), alone, "{threads} threads");
    }
}

#[test]
#[cfg(not(windows))]
fn posthogs_own_names_and_every_encoding_give_the_same_sessions() {
    let folder = folder();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/compression/every-kind.in");
    let mut reports = Vec::new();
    for extension in ["jsonl", "jsonl.gz", "jsonl.br", "jsonl.zst"] {
        let name = format!("2025-03-14T00:00:00+00:00-2025-03-14T01:00:00+00:00-1.{extension}");
        fs::copy(data.join(format!("export.{extension}")), folder.path().join(&name)).expect("the file can be copied");
        let output = run(&folder, &["check", "--format", "csv", &name]);
        assert_eq!(status(&output), 1, "{}", stderr(&output));
        assert!(stdout(&output).contains(&name));
        reports.push(stdout(&output).replace(&name, "FILE"));
    }
    assert!(reports.iter().all(|report| *report == reports[0]), "{reports:#?}");
    write(&folder, "2025-03-14T00:00:00+00:00-2025-03-14T01:00:00+00:00_manifest.json", "{\"files\":[]}");
    let whole = run(&folder, &["check", "--format", "jsonl", "."]);
    assert!(stdout(&whole).contains("\"events\":24,"), "{}", stdout(&whole));
}

#[test]
fn threads_and_the_order_of_inputs_change_no_byte() {
    let folder = folder();
    let export = export();
    assert!(export.len() > 3 << 20, "{} bytes", export.len());
    let lines: Vec<_> = export.split_inclusive(|b| *b == b'\n').collect();
    for (name, part) in ["a.jsonl", "b.jsonl", "c.jsonl"].into_iter().zip(lines.chunks(lines.len() / 3 + 1)) {
        write(&folder, name, part.concat());
    }
    for format in ["csv", "json", "jsonl", "text", "markdown", "sarif", "junit", "gitlab"] {
        let report = |threads: &str, inputs: [&str; 3]| {
            let output = run(&folder, &[&["check", "--format", format, "--threads", threads][..], &inputs].concat());
            assert_eq!(status(&output), 1, "{}", stderr(&output));
            stdout(&output)
        };
        let first = report("1", ["a.jsonl", "b.jsonl", "c.jsonl"]);
        assert!(first.lines().count() > 20, "{first}");
        assert!(first == report("2", ["c.jsonl", "a.jsonl", "b.jsonl"]), "{format} with 2 threads");
        assert!(first == report("8", ["b.jsonl", "c.jsonl", "a.jsonl"]), "{format} with 8 threads");
    }
}

#[test]
fn one_file_is_read_alike_by_any_number_of_threads() {
    let folder = folder();
    write(&folder, "export.jsonl", export());
    let report = |threads| stdout(&run(&folder, &["--format", "csv", "--threads", threads, "export.jsonl"]));
    let first = report("1");
    assert!(first.lines().count() > 20, "{first}");
    assert!(first == report("2") && first == report("8"));
}

#[test]
fn a_line_of_64_mib_is_read() {
    let folder = folder();
    let mut file = io::BufWriter::new(File::create(folder.path().join("long.jsonl")).expect("the folder is writable"));
    let mut add = |text: &str| file.write_all(text.as_bytes()).expect("the file can be written");
    add("{\"event\":\"a\",\"properties\":{\"title\":\"");
    let piece = "0123456789abcdef".repeat(1 << 12);
    (0..(64 << 20) / piece.len()).for_each(|_| add(&piece));
    add("\",\"$session_id\":\"ses_01\"}}\n");
    add(DROPPED);
    file.flush().expect("the file can be written");
    let output = run(&folder, &["--format", "csv", "long.jsonl"]);
    assert_eq!((status(&output), stderr(&output)), (1, String::new()));
    assert!(stdout(&output).contains("ses_01,,dropped,excluded,not-a-uuid,not-a-uuid,2,0,"), "{}", stdout(&output));
}

#[test]
fn ten_thousand_levels_are_read() {
    let folder = folder();
    let levels = 10_000;
    let array = "[".repeat(levels) + &"]".repeat(levels);
    let object = "{\"a\":".repeat(levels) + "1" + &"}".repeat(levels);
    let line = |root: &str, deep: &str| {
        format!("{{\"event\":\"a\",\"deep\":{root},\"properties\":{{\"deep\":{deep},\"$session_id\":\"ses_01\"}}}}\n")
    };
    write(&folder, "deep.jsonl", line("1", &array) + &line(&object, "1") + &line(&array, &object) + DROPPED);
    write(&folder, "array.json", format!("[{},{}]", line(&array, &object), line("1", "2")));
    let output = run(&folder, &["--format", "csv", "deep.jsonl", "array.json"]);
    assert_eq!((status(&output), stderr(&output)), (1, String::new()));
    assert!(stdout(&output).contains("ses_01,,dropped,excluded,not-a-uuid,not-a-uuid,6,0,"), "{}", stdout(&output));
}

#[test]
fn standard_input_that_is_a_file_is_read_too() {
    let folder = folder();
    let input = File::open(write(&folder, "events.jsonl", DROPPED)).expect("the file can be read");
    let output = tool(&folder, &["--format", "csv"]).stdin(input).output().expect("the tool runs");
    assert!(stdout(&output).contains(",-,1,e1\n"), "{}", stdout(&output));
}

#[test]
fn a_closed_pipe_ends_quietly_with_the_verdicts_status() {
    let folder = folder();
    let many: String = (0..20_000).map(|n| DROPPED.replace("ses_01", &format!("ses_{n}"))).collect();
    write(&folder, "many.jsonl", many);
    for (format, allowed, expected) in [("text", "0", 1), ("csv", "0", 1), ("json", "0", 1), ("jsonl", "99999", 0)] {
        let args = ["check", "many.jsonl", "--limit", "20000", "--format", format, "--max-dropped", allowed];
        let mut command = tool(&folder, &args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the tool starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a first line");
        let output = child.wait_with_output().expect("the tool ends");
        assert_eq!((status(&output), stderr(&output)), (expected, String::new()), "{format} after {line:?}");
    }
}

#[test]
fn no_verdict_does_not_keep_a_report_from_being_replaced() {
    let folder = folder();
    write(&folder, "events.jsonl", DROPPED);
    let report = write(&folder, "report.json", "old");
    let output = run(&folder, &["-qq", "events.jsonl", "missing.jsonl", "-o", "report.json"]);
    assert_eq!((status(&output), stderr(&output)), (2, String::new()));
    assert!(read(&report).contains("\"complete\": false"));
    assert_eq!(names(&folder), ["events.jsonl", "report.json"]);
}

#[test]
fn a_report_in_the_folder_of_the_inputs_is_written_again() {
    let folder = folder();
    let input = write(&folder, "in.jsonl", DROPPED);
    for (command, output) in [("check", "report.json"), ("check", "report.jsonl"), ("links", "links.json")] {
        let args = [command, ".", "-qq", "--allow-empty", "-o", output];
        let first = run(&folder, &args);
        let report = read(&folder.path().join(output));
        let again = run(&folder, &args);
        assert_eq!((status(&again), stderr(&again)), (status(&first), stderr(&first)), "{command} {output}");
        assert_eq!(read(&folder.path().join(output)), report);
        let named = run(&folder, &[&args[..], &[output]].concat());
        assert!(status(&named) == 2 && stderr(&named).contains("it is also an input"), "{}", stderr(&named));
        fs::remove_file(folder.path().join(output)).expect("the report can be removed");
    }
    for _ in 0..2 {
        let output = run(&folder, &["baseline", ".", "-o", "known.json"]);
        assert_eq!((status(&output), stderr(&output)), (0, String::new()));
    }
    // What is no report is never written over.
    let output = run(&folder, &["check", ".", "-q", "-o", "csv=in.jsonl"]);
    assert!(status(&output) == 2 && stderr(&output).contains("it is also an input"), "{}", stderr(&output));
    assert_eq!(read(&input), DROPPED);
}

#[test]
fn every_page_that_the_manual_names_is_there() {
    let folder = folder();
    let output = run(&folder, &["man", "--output", "share/man"]);
    assert_eq!((status(&output), stdout(&output), stderr(&output)), (0, String::new(), String::new()));
    let root = read(&folder.path().join("share/man/session-audit.1"));
    let named = |page: &str| page.split("session\\-audit\\-").skip(1).count();
    assert!(named(&root) > 10, "{root}");
    for rest in root.split("\nsession\\-audit\\-").skip(1) {
        let name = rest.split("(1)").next().expect("a section").replace('\\', "");
        let page = read(&folder.path().join(format!("share/man/session-audit-{name}.1")));
        assert!(page.contains(&format!(".TH session-audit-{name} ")), "{page}");
    }
}

#[test]
fn a_list_of_inputs_may_come_from_any_editor() {
    let folder = folder();
    write(&folder, "a.jsonl", DROPPED);
    write(&folder, "b.jsonl", FINE);
    write(&folder, "list", "\u{feff}a.jsonl\r\n  \r\nb.jsonl");
    let output = run(&folder, &["--files-from", "list", "--format", "csv"]);
    assert_eq!((status(&output), stderr(&output)), (1, String::new()));
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = b"\xff.jsonl";
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), DROPPED).expect("any name will do");
        write(&folder, "list", name);
        assert_eq!(status(&run(&folder, &["--files-from", "list", "-qq"])), 1);
    }
}

#[test]
fn names_of_formats_have_no_case() {
    let folder = folder();
    write(&folder, "in.jsonl", FINE);
    let output = run(&folder, &["in.jsonl", "-qq", "-o", "CSV=a", "-o", "Json=b"]);
    assert_eq!((status(&output), stderr(&output)), (0, String::new()));
    assert!(read(&folder.path().join("a")).starts_with("session_id,"));
    let output = run(&folder, &["in.jsonl", "-qq", "-o", "=a"]);
    assert!(status(&output) == 2 && stderr(&output).contains("no format is named before =a"), "{}", stderr(&output));
}

#[test]
fn a_command_behind_options_is_no_file() {
    let folder = folder();
    write(&folder, "in.jsonl", FINE);
    let output = run(&folder, &["--isolated", "check", "in.jsonl"]);
    assert!(status(&output) == 2 && stderr(&output).contains("session-audit check ..."), "{}", stderr(&output));
    write(&folder, "check", FINE);
    assert_eq!(status(&run(&folder, &["--isolated", "check", "in.jsonl"])), 0);
}

#[test]
fn a_result_from_standard_input_is_not_written_over() {
    let folder = folder();
    write(&folder, "in.jsonl", DROPPED);
    run(&folder, &["check", "in.jsonl", "-qq", "-o", "r.json"]);
    let path = folder.path().join("r.json");
    let result = read(&path);
    for args in [&["render", "-", "-o", "csv=r.json"][..], &["diff", "-", "in.jsonl", "-o", "text=r.json"]] {
        let stdin = File::open(&path).expect("the result");
        let output = tool(&folder, args).stdin(stdin).output().expect("the tool runs");
        assert!(status(&output) == 2, "{}", stderr(&output));
        // Where standard input has no name, it cannot be told.
        if cfg!(unix) {
            assert!(stderr(&output).contains("it is also an input") && read(&path) == result, "{}", stderr(&output));
        }
    }
}

/// Names of files are anybody's: they may come from a list, or from a configuration in a stranger's change.
#[test]
fn names_of_files_are_harmless_in_messages() {
    let folder = folder();
    write(&folder, "in.jsonl", FINE);
    let hostile = "no\u{1b}[31m\n::error::x/a.csv";
    let csv = format!("csv={hostile}");
    for args in [
        &["check", "in.jsonl", "-o", &csv][..],
        &["check", hostile],
        &["check", "in.jsonl", "--baseline", hostile],
        &["check", "--files-from", hostile],
        &["check", "in.jsonl", "--config", hostile],
        &["render", hostile],
        &["diff", hostile, hostile],
        &["inspect", hostile],
        &["explain", "x", hostile],
    ] {
        let output = run(&folder, args);
        let told = stderr(&output);
        assert!(status(&output) == 2 && told.contains(r"\u001b[31m\u000a::error::x"), "{args:?}: {told}");
        assert!(!told.contains('\u{1b}') && !told.contains("\n::"), "{args:?}: {told}");
    }
}

#[test]
fn long_ids_that_begin_alike_are_sorted_alike_every_time() {
    let folder = folder();
    let event = |number| format!("{{\"event\":\"a\",\"$session_id\":\"{}{number}\"}}\n", "k".repeat(3000));
    write(&folder, "a.jsonl", (0..200).map(event).collect::<String>());
    let reports: Vec<_> = (0..4).map(|_| stdout(&run(&folder, &["a.jsonl", "--format", "csv"]))).collect();
    assert!(reports.iter().all(|report| *report == reports[0]));
}

#[test]
fn what_is_missing_is_named_in_one_order() {
    let folder = folder();
    let one = stdout(&run(&folder, &["no-b*", "no-a*", "no-a*"]));
    assert_eq!(one, stdout(&run(&folder, &["no-a*", "no-b*"])));
}

/// Anybody can make up names and versions: those that there is no room for are one, and the same ones in every run.
#[test]
fn names_and_versions_without_end_are_told_apart_up_to_a_bound() {
    const ALL: usize = 70_000;
    const TOLD_APART: usize = 65_536;
    let folder = folder();
    let event = |n: usize| {
        let id = format!("7b0c3f52-9e1d-4c6a-8f3e-{n:012x}");
        let lib = format!("\"$lib\":\"custom\",\"$lib_version\":\"{n}\"");
        format!("{{\"event\":\"e{n}\",\"properties\":{{\"$session_id\":\"{id}\",{lib}}}}}\n")
    };
    let without_id = |n: usize| format!("{{\"event\":\"e{n}\",\"properties\":{{\"$lib\":\"custom\"}}}}\n");
    write(&folder, "events.jsonl", (0..ALL).map(event).collect::<String>());
    write(&folder, "without-id.jsonl", (0..ALL).map(without_id).collect::<String>());
    let printed = |args: &[&str], threads: &str| {
        let output = run(&folder, &[args, &["--exit-zero", "--allow-empty", "-q", "--threads", threads]].concat());
        assert_eq!(status(&output), 0, "{}", stderr(&output));
        stdout(&output)
    };
    for (args, others) in [
        (&["links", "without-id.jsonl", "--format", "csv", "--backend-lib", "custom"][..], "(other events),custom,"),
        (&["check", "events.jsonl", "--format", "causes"], "uuid-v4,(other libraries),,"),
    ] {
        let report = printed(args, "2");
        let rows: Vec<_> = report.lines().filter(|line| line.starts_with(others)).collect();
        assert_eq!((report.lines().count(), rows.len()), (1 + TOLD_APART + 1, 1), "{args:?}");
        assert!(report == printed(args, "1") && report == printed(args, "8"), "{args:?}");
    }
}
