//! Tries what only Unix has: permissions, links, devices, named pipes and signals.

use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::thread;
use std::time::{Duration, Instant};

use super::*;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions can be set");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("the file is there").permissions().mode() & 0o777
}

/// Runs a program of the system, such as `mkfifo`; false where there is none.
fn system(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).status().is_ok_and(|status| status.success())
}

/// Runs the tool as somebody whom permissions bind: they do not bind the superuser.
fn run_as_user(folder: &TempDir, args: &[&str]) -> Output {
    const NOBODY: u32 = 65534;
    let mut command = tool(folder, args);
    if File::open(folder.path().join("secret")).is_ok() {
        set_mode(folder.path(), 0o755);
        command.uid(NOBODY).gid(NOBODY);
    }
    command.output().expect("the tool can be run by any user")
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    let folder = folder();
    set_mode(&write(&folder, "secret", DROPPED), 0);
    let output = run_as_user(&folder, &["--allow-empty", "--exit-zero", "secret"]);
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("secret could not be opened: Permission denied"), "{}", stderr(&output));
}

#[test]
fn a_folder_that_may_not_be_written_keeps_the_old_report() {
    let folder = folder();
    write(&folder, "events.jsonl", DROPPED);
    set_mode(&write(&folder, "secret", ""), 0);
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).expect("a folder in the folder");
    let report = write(&folder, "inner/report.csv", "old");
    set_mode(&inner, 0o555);
    let output = run_as_user(&folder, &["-q", "events.jsonl", "-o", "inner/report.csv"]);
    set_mode(&inner, 0o755);
    assert_eq!((status(&output), read(&report).as_str()), (2, "old"));
    assert!(stderr(&output).contains("could not write inner/report.csv"), "{}", stderr(&output));
}

#[test]
fn a_full_disk_is_named_and_the_other_reports_are_written() {
    let folder = folder();
    if !Path::new("/dev/full").exists() {
        return;
    }
    write(&folder, "events.jsonl", DROPPED);
    let report = write(&folder, "report.csv", "old");
    let output = run(&folder, &["-q", "events.jsonl", "-o", "csv=/dev/full", "-o", "report.csv"]);
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("could not write /dev/full"), "{}", stderr(&output));
    assert!(read(&report).contains("ses_01"));
    let full = File::options().write(true).open("/dev/full").expect("the device can be opened");
    let output = tool(&folder, &["events.jsonl"]).stdout(full).output().expect("the tool runs");
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("could not write to standard output"), "{}", stderr(&output));
}

#[test]
fn a_disk_that_fills_up_keeps_the_old_report() {
    let folder = folder();
    let many: String = (0..5_000).map(|n| DROPPED.replace("ses_01", &format!("ses_{n}"))).collect();
    write(&folder, "many.jsonl", many);
    let report = write(&folder, "report.csv", "old");
    // A limit on the size of files stands for a full disk.
    let limited =
        format!("trap '' XFSZ; ulimit -f 64; '{}' -qq many.jsonl -o report.csv", env!("CARGO_BIN_EXE_session-audit"));
    let output = Command::new("sh").args(["-c", &limited]).current_dir(folder.path()).output().expect("a shell");
    assert_eq!(status(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("could not write report.csv"), "{}", stderr(&output));
    assert_eq!(read(&report), "old");
    assert_eq!(names(&folder), ["many.jsonl", "report.csv"]);
}

#[test]
fn permissions_of_an_old_report_are_kept() {
    let folder = folder();
    write(&folder, "events.jsonl", FINE);
    let report = write(&folder, "report.csv", "old");
    set_mode(&report, 0o640);
    assert_eq!(status(&run(&folder, &["-qq", "events.jsonl", "-o", "report.csv"])), 0);
    assert!(read(&report).starts_with("session_id,team_id,"));
    assert_eq!(mode(&report), 0o640);
}

#[test]
fn a_link_stays_a_link_and_its_target_is_replaced() {
    let folder = folder();
    write(&folder, "events.jsonl", FINE);
    let target = write(&folder, "target.csv", "old");
    let link = folder.path().join("link.csv");
    symlink("target.csv", &link).expect("a link can be made");
    assert_eq!(status(&run(&folder, &["-qq", "events.jsonl", "-o", "link.csv"])), 0);
    assert!(read(&target).starts_with("session_id,team_id,"));
    assert_eq!(fs::read_link(&link).expect("still a link"), Path::new("target.csv"));
}

#[test]
fn an_output_that_is_an_input_behind_a_link_is_refused() {
    let folder = folder();
    let events = write(&folder, "events.jsonl", DROPPED);
    symlink("events.jsonl", folder.path().join("link.jsonl")).expect("a link can be made");
    fs::hard_link(&events, folder.path().join("same.jsonl")).expect("a second name can be made");
    for (input, output) in [("events.jsonl", "link.jsonl"), ("link.jsonl", "events.jsonl")] {
        let done = run(&folder, &["-q", input, "-o", output]);
        assert_eq!(status(&done), 2, "{}", stderr(&done));
        assert!(stderr(&done).contains("it is also an input"), "{}", stderr(&done));
    }
    assert_eq!(read(&events), DROPPED);
    // A second name is not the input itself: the old file stands under the first.
    run(&folder, &["-q", "events.jsonl", "-o", "same.jsonl"]);
    assert_eq!(read(&events), DROPPED);
}

#[test]
fn a_device_stays_a_device() {
    let folder = folder();
    write(&folder, "events.jsonl", DROPPED);
    let output = run(&folder, &["-qq", "events.jsonl", "-o", "csv=/dev/null"]);
    assert_eq!((status(&output), stderr(&output)), (1, String::new()));
    let null = fs::metadata("/dev/null").expect("the device is there");
    assert!(null.file_type().is_char_device());
    let output = run(&folder, &["--format", "csv", "-o", "csv=/dev/stdout", "events.jsonl"]);
    assert_eq!(stdout(&output).matches("ses_01").count(), 2, "{}", stdout(&output));
}

#[test]
fn a_named_pipe_is_read_and_written() {
    let folder = folder();
    let (input, report) = (folder.path().join("in.jsonl"), folder.path().join("out.csv"));
    if !system("mkfifo", &[&input.to_string_lossy(), &report.to_string_lossy()]) {
        return;
    }
    let writer = thread::spawn(move || fs::write(input, DROPPED));
    let reader = thread::spawn({
        let report = report.clone();
        move || fs::read_to_string(report)
    });
    let output = run(&folder, &["-qq", "in.jsonl", "-o", "out.csv"]);
    assert_eq!((status(&output), stderr(&output)), (1, String::new()));
    writer.join().expect("the writer ends").expect("the pipe takes the events");
    assert!(reader.join().expect("the reader ends").expect("the pipe gives the report").contains("ses_01"));
    assert!(fs::metadata(&report).expect("the pipe is there").file_type().is_fifo());
}

/// Whether a report is being written: something of it is in a file beside its place.
fn is_being_written(folder: &TempDir) -> bool {
    let mut unfinished = names(folder).into_iter().filter(|name| name.starts_with(".session-audit-"));
    unfinished.any(|name| fs::metadata(folder.path().join(name)).is_ok_and(|metadata| metadata.len() > 0))
}

#[test]
fn an_interrupt_of_writing_leaves_the_old_report_and_nothing_else() {
    let folder = folder();
    let many: String = (0..60_000).map(|n| DROPPED.replace("ses_01", &format!("ses_{n}"))).collect();
    write(&folder, "many.jsonl", many);
    let report = write(&folder, "report.json", "old");
    let mut child = tool(&folder, &["many.jsonl", "-qq", "-o", "report.json"]).spawn().expect("the tool starts");
    let deadline = Instant::now() + Duration::from_secs(59);
    while !is_being_written(&folder) {
        assert!(Instant::now() < deadline && child.try_wait().is_ok_and(|ended| ended.is_none()), "nothing is written");
        thread::sleep(Duration::from_millis(1));
    }
    assert!(system("kill", &["-INT", &child.id().to_string()]));
    assert_eq!(child.wait().expect("the tool has ended").code(), Some(130));
    assert_eq!(read(&report), "old");
    assert_eq!(names(&folder), ["many.jsonl", "report.json"]);
}

#[test]
fn an_interrupt_of_reading_leaves_the_old_report_and_nothing_else() {
    let folder = folder();
    let report = write(&folder, "report.csv", "old");
    let mut command = tool(&folder, &["check", "-", "-o", "report.csv"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the tool starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // More than a pipe holds: when all of it is taken, the tool is in the middle of reading.
    stdin.write_all(DROPPED.repeat(20_000).as_bytes()).expect("the tool reads");
    assert!(system("kill", &["-INT", &child.id().to_string()]));
    let deadline = Instant::now() + Duration::from_secs(20);
    while child.try_wait().expect("the tool can be asked").is_none() {
        assert!(Instant::now() < deadline, "the tool goes on after an interrupt");
        thread::sleep(Duration::from_millis(10));
    }
    drop(stdin);
    let output = child.wait_with_output().expect("the tool has ended");
    assert_eq!((status(&output), stdout(&output)), (130, String::new()), "{}", stderr(&output));
    assert_eq!(read(&report), "old");
    assert_eq!(names(&folder), ["report.csv"]);
}

#[test]
fn a_folder_with_a_pipe_and_links_in_a_circle_is_read() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("exports/deep")).expect("a folder");
    write(&folder, "exports/deep/a.jsonl", FINE);
    symlink("..", folder.path().join("exports/deep/up")).expect("a link");
    symlink("/nowhere", folder.path().join("exports/notes.txt")).expect("a link");
    assert!(system("mkfifo", &[&folder.path().join("exports/b.jsonl").to_string_lossy()]));
    let output = run(&folder, &["exports"]);
    assert_eq!((status(&output), stderr(&output).as_str()), (0, ""));
}

#[test]
fn an_output_that_is_standard_input_or_the_list_of_inputs_is_refused() {
    let folder = folder();
    let input = write(&folder, "in.jsonl", FINE);
    let list = write(&folder, "list.jsonl", "in.jsonl\n");
    let stdin = File::open(&input).expect("the input");
    let output = tool(&folder, &["-", "-o", "in.jsonl"]).stdin(stdin).output().expect("the tool runs");
    assert_eq!((status(&output), read(&input).as_str()), (2, FINE));
    let output = run(&folder, &["--files-from", "list.jsonl", "-o", "list.jsonl"]);
    assert_eq!((status(&output), read(&list).as_str()), (2, "in.jsonl\n"));
}

/// Runs the tool behind a shell's redirections, with `$tool` for its name.
fn shell(folder: &TempDir, line: &str) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", line]).env("tool", env!("CARGO_BIN_EXE_session-audit")).current_dir(folder.path());
    command.stdin(Stdio::null()).output().expect("a shell")
}

#[test]
fn an_open_file_is_written_where_it_is() {
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/../dev/stdout", "link"] {
        let folder = folder();
        write(&folder, "in.jsonl", DROPPED);
        symlink("/dev/stdout", folder.path().join("link")).expect("a link");
        let log = write(&folder, "build.log", "begun\n");
        let out = write(&folder, "out.txt", "old\n".repeat(1000));
        if !Path::new(name).exists() {
            continue;
        }
        let ended = shell(&folder, &format!("\"$tool\" in.jsonl -qq -o csv={name} >> build.log"));
        assert_eq!((status(&ended), stderr(&ended)), (1, String::new()));
        assert!(read(&log).starts_with("begun\nsession_id,"), "{name}: {}", read(&log));
        shell(&folder, &format!("{{ \"$tool\" in.jsonl -q -o csv={name}; echo ended; }} > out.txt"));
        let written = read(&out);
        assert!(written.starts_with("session_id,") && written.ends_with("\nended\n"), "{name}: {written}");
        assert!(written.contains("error[not-a-uuid]"), "{name}: {written}");
        shell(&folder, &format!("\"$tool\" in.jsonl --format csv -o jsonl={name} > out.txt"));
        let written = read(&out);
        assert!(written.starts_with("{\"type\":\"run\"") && written.contains("\nsession_id,"), "{name}: {written}");
        assert_eq!(names(&folder), ["build.log", "in.jsonl", "link", "out.txt"]);
    }
}

#[test]
fn other_open_files_are_never_overwritten() {
    let folder = folder();
    write(&folder, "in.jsonl", DROPPED);
    let log = write(&folder, "build.log", "begun\n");
    shell(&folder, "\"$tool\" in.jsonl -qq -o csv=/dev/stderr 2>> build.log");
    let ended = shell(&folder, "\"$tool\" in.jsonl -qq -o csv=/dev/fd/3 3>> build.log");
    assert_eq!((status(&ended), stderr(&ended)), (1, String::new()));
    assert_eq!(read(&log).matches("\nsession_id,").count(), 2, "{}", read(&log));
    let ended = shell(&folder, "\"$tool\" in.jsonl -qq -o csv=/dev/fd/77");
    assert_eq!((status(&ended), stderr(&ended).contains("no such file is open")), (2, true), "{}", stderr(&ended));
}

#[test]
fn an_input_that_is_also_open_for_writing_is_refused() {
    let folder = folder();
    let input = write(&folder, "in.jsonl", DROPPED);
    for line in ["-o csv=/dev/stdout >> in.jsonl", "-o csv=/dev/fd/3 3>> in.jsonl", "-o csv=/dev/stdin < in.jsonl"] {
        let ended = shell(&folder, &format!("\"$tool\" in.jsonl -qq {line}"));
        assert_eq!((status(&ended), read(&input).as_str()), (2, DROPPED), "{line}");
        assert!(stderr(&ended).contains("it is also an input"), "{}", stderr(&ended));
    }
}

/// `/dev/shm` is a folder like any other.
#[test]
fn a_file_below_the_devices_is_a_file() {
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else { return };
    let input = write(&folder, "in.jsonl", DROPPED);
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let around = path("in.jsonl").replacen("/dev/", "/dev/../dev/", 1);
    for output in [path("in.jsonl"), around] {
        let ended = run(&folder, &["check", "-q", &path("in.jsonl"), "-o", &format!("json={output}")]);
        assert_eq!((status(&ended), read(&input).as_str()), (2, DROPPED));
        assert!(stderr(&ended).contains("it is also an input"), "{}", stderr(&ended));
    }
    let old = write(&folder, "old.csv", "old\n".repeat(1000));
    for name in ["old.csv", "new.csv"] {
        let ended = run(&folder, &["-qq", "in.jsonl", "-o", &path(name)]);
        assert_eq!((status(&ended), stderr(&ended)), (1, String::new()));
    }
    assert_eq!(read(&old), read(&folder.path().join("new.csv")));
}

#[test]
fn a_device_takes_several_reports() {
    let folder = folder();
    write(&folder, "in.jsonl", FINE);
    for outputs in [["csv=/dev/null", "json=/dev/null"], ["csv=/dev/stderr", "json=/dev/fd/2"]] {
        let ended = run(&folder, &["-q", "in.jsonl", "-o", outputs[0], "-o", outputs[1]]);
        assert_eq!(status(&ended), 0, "{}", stderr(&ended));
    }
    // Both a terminal's: it is no file that could be lost.
    let ended = run(&folder, &["--allow-empty", "-", "-o", "csv=/dev/null"]);
    assert_eq!((status(&ended), stderr(&ended)), (0, String::new()));
    let ended = shell(&folder, "\"$tool\" in.jsonl -o csv=/dev/stdout -o out.txt > out.txt");
    assert!(stderr(&ended).contains("it is named twice"), "{}", stderr(&ended));
}

#[test]
fn a_pipe_is_no_configuration() {
    let folder = folder();
    write(&folder, "in.jsonl", FINE);
    assert!(system("mkfifo", &[&folder.path().join("session-audit.toml").to_string_lossy()]));
    for args in [["in.jsonl", "-q"].as_slice(), &["in.jsonl", "--config", "session-audit.toml"]] {
        let output = run(&folder, args);
        let why = "error: could not read the configuration session-audit.toml: it is no regular file\n";
        assert_eq!((status(&output), stderr(&output).as_str()), (2, format!("session-audit: {why}").as_str()));
    }
}

#[test]
fn a_killed_run_leaves_no_temporary_file() {
    for (signal, ends_with) in [("-KILL", None), ("-INT", Some(130))] {
        let folder = folder();
        fs::create_dir(folder.path().join("temp")).expect("a folder in the folder");
        let mut command = tool(&folder, &["check", "-", "--memory-limit", "0", "--temp-dir", "temp"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the tool starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // More than a pipe and the tool's buffers hold, so that some of it is in files by now.
        stdin.write_all(FINE.repeat(50_000).as_bytes()).expect("the tool reads");
        assert!(system("kill", &[signal, &child.id().to_string()]));
        let ended = child.wait().expect("the tool ends");
        assert_eq!(ended.code(), ends_with);
        let left = fs::read_dir(folder.path().join("temp")).expect("the folder can be listed");
        assert_eq!(left.count(), 0, "{signal}");
    }
}

#[test]
fn a_full_folder_for_temporary_files_is_named_and_the_old_report_stays() {
    let folder = folder();
    write(&folder, "events.jsonl", FINE.repeat(20_000));
    let report = write(&folder, "report.csv", "old");
    // No file may grow beyond 64 blocks of 512 bytes, and a program that ignores the signal is told so.
    let limited = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let args = ["events.jsonl", "-o", "report.csv", "--memory-limit", "0", "--temp-dir", "."];
    let mut command = Command::new("sh");
    command.args(["-c", limited, env!("CARGO_BIN_EXE_session-audit")]).args(args).current_dir(folder.path());
    let output = command.output().expect("there is a shell");
    assert_eq!((status(&output), read(&report).as_str()), (2, "old"), "{}", stderr(&output));
    let expected = "error: could not keep events in temporary files in . (--temp-dir, --memory-limit): ";
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    assert_eq!(names(&folder), ["events.jsonl", "report.csv"]);
}
