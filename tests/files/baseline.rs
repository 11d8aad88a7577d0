//! Writes baselines and holds runs against them.

use super::*;

/// Writes a baseline of an export, in parts that are named in some order.
fn baseline(folder: &TempDir, args: &[&str], inputs: &[&str]) -> String {
    let output = run(folder, &[&["baseline"][..], args, inputs].concat());
    assert_eq!((status(&output), stderr(&output)), (0, String::new()));
    stdout(&output)
}

#[test]
fn baselines_are_the_same_for_any_order_and_number_of_threads() {
    let folder = folder();
    let export = export();
    let lines: Vec<_> = export.split_inclusive(|b| *b == b'\n').collect();
    for (name, part) in ["a.jsonl", "b.jsonl", "c.jsonl"].into_iter().zip(lines.chunks(lines.len() / 3 + 1)) {
        write(&folder, name, part.concat());
    }
    for kind in [&[][..], &["--rates"]] {
        let written = |threads, inputs| baseline(&folder, &[&["--threads", threads], kind].concat(), inputs);
        let first = written("1", &["a.jsonl", "b.jsonl", "c.jsonl"]);
        assert!(first.lines().count() > 20, "{first}");
        assert!(first == written("2", &["c.jsonl", "a.jsonl", "b.jsonl"]), "2 threads");
        assert!(first == written("8", &["b.jsonl", "c.jsonl", "a.jsonl"]), "8 threads");
        let path = write(&folder, "baseline.json", &first);
        let margin = ["--baseline-margin", "0", "--baseline-min-sessions", "0"];
        for format in ["text", "json"] {
            let report = |threads, inputs: [&str; 3]| {
                let args = ["check", "--format", format, "--threads", threads, "--baseline", "baseline.json"];
                let output = run(&folder, &[&args[..], &margin, &inputs].concat());
                assert_eq!(status(&output), 0, "{}", stdout(&output));
                stdout(&output)
            };
            let first = report("1", ["a.jsonl", "b.jsonl", "c.jsonl"]);
            assert!(first == report("8", ["c.jsonl", "b.jsonl", "a.jsonl"]), "{format}");
            assert!(!first.contains("stale baseline"), "{first}");
        }
        assert_eq!(read(&path), first);
    }
}

#[test]
fn hostile_ids_read_back_as_they_were_written() {
    let folder = folder();
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/baseline/hostile.in/events.jsonl");
    fs::copy(events, folder.path().join("events.jsonl")).expect("the file can be copied");
    let written = baseline(&folder, &[], &["events.jsonl"]);
    let is_harmless = |c: char| c == '\n' || !c.is_control() && !"\u{202e}\u{2066}".contains(c);
    assert!(written.chars().all(is_harmless), "{written}");
    write(&folder, "known.json", written);
    let output = run(&folder, &["check", "--format=json", "--baseline=known.json", "events.jsonl"]);
    assert_eq!(status(&output), 0, "{}", stdout(&output));
    let report = stdout(&output);
    assert!(report.contains("\"known\": 12,") && report.contains("\"stale\": 0,"), "{report}");
}

#[test]
fn long_ids_that_begin_alike_are_told_apart() {
    let folder = folder();
    let event = |number| format!("{{\"event\":\"a\",\"$session_id\":\"{}{number:03}\"}}\n", "k".repeat(5000));
    write(&folder, "known.jsonl", (0..200).map(event).collect::<String>());
    write(&folder, "all.jsonl", (0..=200).rev().map(event).collect::<String>());
    let written = baseline(&folder, &[], &["known.jsonl"]);
    assert_eq!(written.matches("session_id_sha256").count(), 200);
    write(&folder, "known.json", written);
    let output = run(&folder, &["check", "--limit=0", "--baseline=known.json", "all.jsonl"]);
    assert_eq!(status(&output), 1);
    assert!(stdout(&output).contains("FAIL  1 dropped and not in the baseline > 0 allowed"), "{}", stdout(&output));
}

#[test]
fn an_old_baseline_is_replaced_as_a_whole_or_not_at_all() {
    let folder = folder();
    write(&folder, "events.jsonl", DROPPED);
    write(&folder, "cut.jsonl.zst", &zstd::encode_all(DROPPED.as_bytes(), 3).expect("memory can be written")[..9]);
    let path = write(&folder, "known.json", "old");
    let output = run(&folder, &["baseline", "events.jsonl", "cut.jsonl.zst", "-o", "known.json"]);
    assert_eq!((status(&output), read(&path).as_str()), (2, "old"));
    let output = run(&folder, &["baseline", "events.jsonl", "-o", "known.json"]);
    assert_eq!((status(&output), stdout(&output), stderr(&output)), (0, String::new(), String::new()));
    assert!(read(&path).contains("\"ses_01\""));
    assert_eq!(names(&folder), ["cut.jsonl.zst", "events.jsonl", "known.json"]);
}

#[test]
fn a_baseline_of_many_entries_is_held() {
    let folder = folder();
    let entry = |n| format!("{{\"session_id\":\"ses_{n}\",\"rule\":\"not-a-uuid\"}}");
    let entries: Vec<_> = (0..30_000).map(entry).collect();
    let list = entries.join(",\n");
    write(&folder, "known.json", format!("{{\"schema_version\":1,\"kind\":\"findings\",\"findings\":[{list}]}}"));
    write(&folder, "events.jsonl", (0..30_000).map(|n| DROPPED.replace("01", &n.to_string())).collect::<String>());
    let output = run(&folder, &["check", "-q", "--limit=0", "--baseline=known.json", "events.jsonl"]);
    assert_eq!((status(&output), stderr(&output)), (0, String::new()));
}
