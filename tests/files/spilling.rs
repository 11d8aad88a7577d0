//! Keeps events in temporary files: with the same answer as in memory, with clear errors, and without leaving any.

use super::*;

/// The formats of `check`, each with the file that it is written to.
const OUTPUTS: [&str; 11] = [
    "text=r.txt",
    "csv=r.csv",
    "json=r.json",
    "jsonl=r.jsonl",
    "causes=r.causes",
    "html=r.html",
    "markdown=r.md",
    "sarif=r.sarif",
    "junit=r.xml",
    "github=r.github",
    "gitlab=r.gitlab",
];

/// An export with every cause, text keys and several of the application's own sessions.
fn varied_export() -> Vec<u8> {
    let shares = "0.3".parse().expect("a share of broken sessions");
    let plan = generate::Plan {
        events: 3000,
        sessions: 400,
        broken: shares,
        small: true,
        checkout: true,
        causes: 2,
        ..generate::Plan::default()
    };
    let mut bytes = Vec::new();
    plan.write(&mut bytes).expect("memory can be written");
    bytes
}

/// Every report of a run, by the name of its file.
fn reports(folder: &TempDir, limit: &str, threads: &str) -> Vec<(String, String)> {
    let options = ["--session-key", "checkout_id", "--show-users", "--exit-zero", "-q", "--width", "120"];
    let memory = ["--memory-limit", limit, "--temp-dir", "temp", "--threads", threads];
    let outputs = OUTPUTS.iter().flat_map(|output| ["-o", output]);
    let args: Vec<_> = ["check", "events.jsonl"].into_iter().chain(options).chain(memory).chain(outputs).collect();
    let output = run(folder, &args);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    let links = run(folder, &[&["links", "events.jsonl", "--format", "json", "--exit-zero"], &memory[..]].concat());
    let mut reports = vec![("links".to_owned(), stdout(&links))];
    for output in OUTPUTS {
        let (_, name) = output.split_once('=').expect("a format and a file");
        reports.push((name.to_owned(), read(&folder.path().join(name))));
    }
    reports
}

#[test]
fn every_format_says_the_same_whether_events_are_in_memory_or_in_files() {
    let folder = folder();
    let temp = folder.path().join("temp");
    fs::create_dir(&temp).expect("a folder in the folder");
    write(&folder, "events.jsonl", varied_export());
    let expected = reports(&folder, "1GiB", "1");
    assert!(expected.iter().all(|(_, report)| !report.is_empty()));
    // With no memory at all a block is one row.
    for (limit, threads) in [("0", "1"), ("0", "2"), ("112B", "2"), ("64KiB", "8"), ("500KB", "2")] {
        for ((name, report), (_, expected)) in reports(&folder, limit, threads).iter().zip(&expected) {
            assert!(report == expected, "{name} with --memory-limit {limit} --threads {threads}");
        }
    }
    assert_eq!(fs::read_dir(&temp).expect("the folder can be listed").count(), 0);
}

#[test]
fn the_trace_of_a_session_is_the_same_from_files() {
    let folder = folder();
    write(&folder, "events.jsonl", varied_export());
    let csv = stdout(&run(&folder, &["check", "events.jsonl", "--format", "csv", "-q"]));
    let ids: Vec<_> = csv.lines().skip(1).filter_map(|row| row.split(',').next()).collect();
    for id in ids.iter().step_by(ids.len() / 5) {
        let trace = |limit: &str| run(&folder, &["explain", id, "events.jsonl", "--memory-limit", limit]);
        assert_eq!(stdout(&trace("0")), stdout(&trace("1GiB")), "{id}");
    }
}

#[test]
fn a_folder_for_temporary_files_that_does_not_serve_is_named() {
    let folder = folder();
    write(&folder, "events.jsonl", DROPPED);
    write(&folder, "file", "");
    let old = write(&folder, "report.csv", "old");
    for temp in ["missing", "file"] {
        for limit in ["0", "1GiB"] {
            let args = ["events.jsonl", "-q", "-o", "report.csv", "--memory-limit", limit, "--temp-dir", temp];
            let output = run(&folder, &args);
            assert_eq!((status(&output), read(&old).as_str()), (2, "old"), "{temp} {limit}");
            let expected = format!("could not keep events in temporary files in {temp}");
            assert!(stderr(&output).contains(&expected), "{}", stderr(&output));
        }
    }
}

#[test]
fn sizes_of_memory_that_make_no_sense_are_refused() {
    let folder = folder();
    for size in ["", "x", "1x", "-1", "1GiB2"] {
        let output = run(&folder, &["events.jsonl", &format!("--memory-limit={size}")]);
        assert_eq!(status(&output), 2, "{size}");
        assert!(stderr(&output).contains("--memory-limit"), "{}", stderr(&output));
    }
}
