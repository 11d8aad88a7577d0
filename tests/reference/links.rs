//! Follows backend events to sessions in the plainest way, for the rows of `links --format csv`.

use super::event::Event;
use super::id::Key;
use super::identity::{Node, Users};
use super::options::Options;
use super::report::shown;
use super::rules::{self, HOURS_24_US};
use super::session::{self, Session};
use super::{Source, read};
use std::cmp::Reverse;
use std::collections::BTreeMap;

const HEADER: [&str; 15] = [
    "event",
    "lib",
    "events",
    "with_id",
    "aggregated",
    "linked",
    "same_user",
    "replay",
    "no_session_id",
    "look_alike_property",
    "broken_session_id",
    "no_client_events",
    "outside_session",
    "other_user",
    "replay_unknown",
];

/// What a row counts, in the order of the columns from `events` on.
type Counts = [u64; 12];

/// Where a miss is counted.
#[derive(Clone, Copy)]
enum Miss {
    NoId = 6,
    LookAlike,
    Broken,
    NoClient,
    Outside,
    Other,
}

/// What is known of a session.
struct Facts<'a> {
    broken: Option<&'a str>,
    clients: Vec<Option<Node>>,
    /// `Some(false)` is not recorded, `None` is unknown.
    recorded: Option<bool>,
}

fn is_backend(event: &Event) -> bool {
    let servers = ["posthog-node", "posthog-python"];
    event.is_server
        || event.name.as_deref().is_some_and(|name| name.starts_with("$ai_"))
        || event.lib.as_deref().is_some_and(|lib| servers.contains(&lib))
}

fn is_client(event: &Event) -> bool {
    event.lib.as_deref() == Some("web") && !event.is_server
}

/// The csv of `links`.
pub(crate) fn links(sources: &[Source], options: &Options) -> String {
    let reading = read(sources, options);
    let users = Users::of(&reading.events, options.identity);
    let sessions = session::group(&reading.events, options);
    let findings = rules::judge(&sessions, options);
    let mut rows = BTreeMap::<_, (Counts, u64)>::new();
    for session in &sessions {
        let finding = findings.iter().find(|finding| std::ptr::eq(finding.session, session));
        let facts = facts(session, finding.map(|finding| finding.breaks[0].rule), &users);
        for event in session.events.iter().filter(|event| is_backend(event)) {
            let (counts, unknown) = rows.entry(name(event)).or_default();
            follow(event, session, &facts, users.user(event).as_ref(), options, counts, unknown);
        }
    }
    for event in reading.events.iter().filter(|event| event.session_id.is_none() && is_backend(event)) {
        let (counts, _) = rows.entry(name(event)).or_default();
        counts[0] += 1;
        counts[if event.has_look_alike { Miss::LookAlike } else { Miss::NoId } as usize] += 1;
    }
    csv(rows)
}

fn name(event: &Event) -> (Option<String>, Option<String>) {
    (event.name.clone(), event.lib.clone())
}

fn facts<'a>(session: &Session, broken: Option<&'a str>, users: &Users) -> Facts<'a> {
    let clients = session.events.iter().filter(|event| is_client(event)).map(|event| users.user(event)).collect();
    Facts { broken, clients, recorded: recorded(session) }
}

/// Whether there is a recording of a session: nobody denies one unless all who speak of it do.
fn recorded(session: &Session) -> Option<bool> {
    let statuses: Vec<&str> = session.events.iter().filter_map(|event| event.recording.as_deref()).collect();
    let is_part = |event: &&Event| event.name.as_deref() == Some("$snapshot");
    if session.events.iter().any(is_part) || statuses.iter().any(|status| ["active", "sampled"].contains(status)) {
        return Some(true);
    }
    let are_denials = statuses.iter().all(|status| ["disabled", "missing_config"].contains(status));
    (!statuses.is_empty() && are_denials).then_some(false)
}

fn follow(
    event: &Event,
    session: &Session,
    facts: &Facts,
    user: Option<&Node>,
    options: &Options,
    counts: &mut Counts,
    unknown: &mut u64,
) {
    let is_same = user.is_some() && facts.clients.iter().any(|client| client.as_ref() == user);
    let has_client = !facts.clients.is_empty();
    counts[0] += 1;
    counts[1] += 1;
    if facts.broken.is_none() {
        counts[2] += 1;
        counts[3] += u64::from(has_client);
        if has_client && is_same {
            counts[4] += 1;
            counts[5] += u64::from(facts.recorded == Some(true));
            *unknown += u64::from(facts.recorded.is_none());
            return;
        }
    }
    let miss = match facts.broken {
        Some("not-a-uuid" | "not-version-7" | "not-rfc-variant") => Miss::Broken,
        _ if !has_client => Miss::NoClient,
        _ if is_outside(event, &session.key, options) => Miss::Outside,
        _ if !is_same => Miss::Other,
        _ => Miss::Broken,
    };
    counts[miss as usize] += 1;
}

/// Whether the event by itself breaks one of the rules about time that take part.
fn is_outside(event: &Event, key: &Key, options: &Options) -> bool {
    let Some((id_us, us)) = key.time_us().zip(event.time_us) else { return false };
    let is_early = us < id_us - options.tolerance.1 && options.judges("id-after-first-event");
    let is_late = us >= id_us + HOURS_24_US + options.tolerance.1 && options.judges("past-24-hours");
    is_early || is_late
}

fn csv(rows: BTreeMap<(Option<String>, Option<String>), (Counts, u64)>) -> String {
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by_key(|(_, (counts, _))| Reverse(counts[0]));
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(HEADER).expect("memory takes it");
    for ((event, lib), (counts, unknown)) in rows {
        let text = |text: Option<String>| text.as_deref().map(shown).unwrap_or_default();
        let mut fields = vec![text(event), text(lib)];
        let is_unknown = counts[4] > 0 && counts[4] == unknown;
        let count =
            |(place, count): (usize, &u64)| if place == 5 && is_unknown { String::new() } else { count.to_string() };
        fields.extend(counts.iter().enumerate().map(count));
        fields.push(unknown.to_string());
        csv.write_record(fields).expect("memory takes it");
    }
    String::from_utf8(csv.into_inner().expect("memory takes it")).expect("UTF-8")
}
