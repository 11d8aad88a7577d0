//! Judges exports in the plainest way the contract allows, to compare the program with; shares no code with it.

mod event;
mod id;
mod identity;
mod links;
pub(crate) mod options;
pub(crate) mod random;
mod record;
mod report;
mod rules;
mod session;
mod time;

pub(crate) use links::links;
use options::Options;
use serde_json::Value;

/// One input: its name on the command line (`-` for standard input) and its text.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What a run has to answer.
pub(crate) struct Audit {
    pub(crate) csv: String,
    /// The counts of the JSON report's `summary`.
    pub(crate) summary: Value,
    /// The facts of the JSON report's `sessions`.
    pub(crate) sessions: Vec<Value>,
    pub(crate) status: i32,
}

/// Reads all sources in the order of their names and judges every session in them.
pub(crate) fn audit(sources: &[Source], options: &Options) -> Audit {
    let reading = read(sources, options);
    let sessions = session::group(&reading.events, options);
    let findings = rules::judge(&sessions, options);
    let summary = report::summary(&reading, sessions.len(), &findings);
    Audit {
        csv: report::csv(&findings),
        status: status(&summary, options),
        sessions: findings.iter().map(report::facts).collect(),
        summary,
    }
}

fn read(sources: &[Source], options: &Options) -> record::Reading {
    let mut ordered: Vec<&Source> = sources.iter().collect();
    ordered.sort_by_key(|source| (source.name == "-", source.name.as_bytes()));
    let mut reading = record::Reading::default();
    for source in ordered {
        reading.read(source, options);
    }
    reading
}

/// The exit status of section 9, from the summary's counts.
fn status(summary: &Value, options: &Options) -> i32 {
    let count = |name: &str| summary[name].as_u64().expect("a count is a number");
    let sessions = count("sessions");
    let no_verdict = (count("malformed_records") > 0 && !options.any_malformed)
        || (count("events") == count("events_without_session_id") && !options.allow_empty);
    let over_count = match (options.max_dropped, options.max_dropped_percent) {
        (None, Some(_)) => false,
        (limit, _) => count("dropped") > limit.unwrap_or(0),
    };
    let over_share = options.max_dropped_percent.is_some_and(|percent| count("dropped") * 100 > percent * sessions);
    match (no_verdict, over_count || over_share) {
        (true, _) => 2,
        (false, over) => i32::from(over),
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, Source, audit};

    const ID: &str = "019cae0b-6964-7c1e-9a4b-5d0e6f7a8b9c";
    const HEADER: &str = "session_id,team_id,verdict,effect,reason,reasons,events,users,id_time,first_event,last_event,\
        first_offset_ms,last_offset_ms,libs,cause,file,line,event_uuid\n";

    fn source(name: &str, lines: &[String]) -> Source {
        Source { name: name.into(), text: lines.join("\n") }
    }

    /// A line with an id, a time, a user and more.
    fn line(id: &str, time: &str, user: &str, rest: &str) -> String {
        format!(
            r#"{{"event":"e","uuid":"{user}1","distinct_id":"{user}","timestamp":"{time}","properties":{{"$session_id":"{id}"{rest}}}}}"#
        )
    }

    /// The CSV below the header.
    fn rows(sources: &[Source], options: &Options) -> String {
        let csv = audit(sources, options).csv;
        csv.strip_prefix(HEADER).expect("the header is always there").to_owned()
    }

    fn judged(time: &str, tolerance_us: i64) -> String {
        let options = Options { tolerance: ("", tolerance_us), ..Options::default() };
        let row = rows(&[source("a", &[line(ID, time, "u", "")])], &options);
        row.split(',').skip(3).take(2).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn time_rules_hold_to_the_microsecond() {
        assert_eq!(judged("2026-03-02T10:15:09.412Z", 0), "");
        assert_eq!(judged("2026-03-02T10:15:09.411999Z", 0), "misplaced id-after-first-event");
        assert_eq!(judged("2026-03-02T10:15:09.411999Z", 1), "");
        assert_eq!(judged("2026-02-27T10:15:09.412Z", 0), "misplaced id-after-first-event");
        assert_eq!(judged("2026-02-27T10:15:09.411999Z", 0), "unreachable id-after-first-event");
        assert_eq!(judged("2026-03-03T10:15:09.411999Z", 0), "");
        assert_eq!(judged("2026-03-03T10:15:09.412Z", 0), "misplaced past-24-hours");
        assert_eq!(judged("2026-03-03T10:15:09.412Z", 1), "");
        assert_eq!(judged("2026-03-03T10:15:09.412001Z", 1), "misplaced past-24-hours");
        assert_eq!(judged("2026-03-05T10:15:09.412Z", 0), "misplaced past-24-hours");
        assert_eq!(judged("2026-03-05T10:15:09.412001Z", 0), "unreachable past-24-hours");
        assert_eq!(judged("2026-03-05", 0), "");
    }

    #[test]
    fn a_row_holds_the_facts_of_its_session() {
        let (early, late) = ("2026-03-02 10:15:09.4115", "2026-03-03T11:15:09.412+01:00");
        let upper = ID.to_uppercase();
        let sources = [
            source("-", &[line("é,\\u001b", early, "z", "")]),
            source("b", &[line(ID, early, "v", r#","$lib":"web""#), line(&upper, late, "v", "")]),
            source("a", &[line(ID, late, "u", r#","$lib":"api""#)]),
        ];
        let facts =
            "2,2026-03-02T10:15:09.412Z,2026-03-02T10:15:09.411500Z,2026-03-03T10:15:09.412000Z,-1,86400000,api|web";
        let reasons = "shared-by-users|mixed-spelling|id-after-first-event|past-24-hours";
        let expected = format!(
            "{ID},,dropped,merged,shared-by-users,{reasons},3,{facts},,b,1,v1\n\
            \"é,\\u001b\",,dropped,excluded,not-a-uuid,not-a-uuid,1,1,,2026-03-02T10:15:09.411500Z,\
            2026-03-02T10:15:09.411500Z,,,,,-,1,z1\n"
        );
        assert_eq!(rows(&sources, &Options::default()), expected);
    }

    #[test]
    fn own_sessions_prove_sharing_and_tearing() {
        let key = |value: &str| format!(r#","cart":{value}"#);
        let time = "2026-03-02T10:15:10Z";
        let other = ID.replace("019cae", "019cad");
        let lines = [
            line(ID, time, "u", ""),
            line(ID, time, "u", &key("5")),
            line(ID, time, "u", &key("\"6\"")),
            line(&other, time, "w", &key("\"5\"")),
        ];
        let select = vec!["shared-by-sessions", "inconsistent-id"];
        let options = Options { session_key: Some("cart"), select, observed: true, ..Options::default() };
        let audit = audit(&[source("a", &lines)], &options);
        let facts: Vec<String> = audit.sessions.iter().map(|facts| facts["reasons"].to_string()).collect();
        let event =
            |line: u8, user: &str| format!(r#""event":{{"file":"a","line":{line},"time":null,"uuid":"{user}1"}}"#);
        let torn = |event: String| format!(r#"{{"effect":"split",{event},"rule":"inconsistent-id"}}"#);
        let shared = format!(r#"{{"effect":"merged",{},"rule":"shared-by-sessions"}}"#, event(3, "u"));
        assert_eq!(facts[0], format!("[{}]", torn(event(4, "w"))));
        assert_eq!(facts[1], format!("[{shared},{}]", torn(event(1, "u"))));
        assert_eq!((audit.status, &audit.summary["at_risk"]), (0, &2.into()));
    }

    #[test]
    fn statuses_are_those_of_the_gate() {
        let status =
            |text: &str, options: Options| audit(&[Source { name: "a".into(), text: text.into() }], &options).status;
        let bad = line("x", "", "u", "");
        let with = Options::default;
        assert_eq!(status("", with()), 2);
        assert_eq!(status("", Options { allow_empty: true, ..with() }), 0);
        assert_eq!(status(&bad, with()), 1);
        assert_eq!(status(&bad, Options { max_dropped: Some(1), ..with() }), 0);
        assert_eq!(status(&bad, Options { max_dropped_percent: Some(99), ..with() }), 1);
        assert_eq!(status(&bad, Options { max_dropped_percent: Some(100), ..with() }), 0);
        assert_eq!(status(&(bad.clone() + "\nnope"), with()), 2);
        assert_eq!(status(&(bad + "\nnope"), Options { any_malformed: true, ..with() }), 1);
    }
}
