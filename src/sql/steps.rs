//! Writes the query's steps: events, ids, sessions, verdicts.

use super::Query;
use super::dialect::Engine;
use super::text::{self, Step};
use crate::identity::Identity;
use crate::span::humane;

/// The names of all steps that a query can have.
pub(super) const NAMES: [&str; 10] = [
    "session_events",
    "generic_ids",
    "pairs",
    "links",
    "reached",
    "users",
    "ids",
    "app_sessions",
    "sessions",
    "verdicts",
];

/// The first millisecond since 1970 of the year 10000, which RFC 3339 cannot write.
const YEAR_10000_MS: i64 = 253_402_300_800_000;

/// What the step of the ids is for.
const IDS: &str = "Ids as they are spelled, a row for each user and library of theirs: few rows, so that what is asked of an \
                   id costs little. The hex digits, if ClickHouse would read the id as a UUID: 36 characters with \
                   hyphens at 8, 13, 18 and 23, or 32 digits, in either case; engines take more for a UUID.";

impl Query {
    /// The query.
    #[must_use]
    pub fn text(&self) -> String {
        let mut steps = vec![self.events()];
        steps.extend(self.links());
        steps.push(self.ids());
        steps.extend(self.has_session_key.then(app_sessions));
        steps.extend([self.sessions(), self.verdicts(), if self.is_summary { self.summary() } else { self.rows() }]);
        let query = text::query(&steps, self.identity == Identity::Graph);
        format!("{}\n{}{}", self.title(), query, self.engine().ending(&self.place, self.is_summary))
    }

    pub(super) fn engine(&self) -> &'static dyn Engine {
        self.dialect.engine()
    }

    /// What the query is, as its first comment.
    fn title(&self) -> String {
        let what = if self.is_summary { "how many sessions break" } else { "every session that breaks" };
        let mut title = format!(
            "For {}: {what} one of PostHog's requirements for $session_id, by the same rules and with the same answers as \
             session-audit check --contract {} --identity {}",
            self.dialect.title(),
            self.contract.name(),
            self.identity.name()
        );
        if self.tolerance_us > 0 {
            let span = Some(humane(self.tolerance_us)).filter(|span| !span.contains(' '));
            title += " --tolerance ";
            title += &span.unwrap_or_else(|| format!("{}us", self.tolerance_us));
        }
        let mut comments = vec![text::comment(&(title + "."))];
        comments.extend(self.notes.iter().map(|note| text::comment(note)));
        comments.join("\n")
    }

    fn ids(&self) -> Step {
        let digits =
            format!("CASE WHEN {}\n    THEN LOWER(REPLACE(id, '-', ''))\nEND AS digits", self.engine().is_uuid("id"));
        let mut step = Step { comment: IDS.to_owned(), name: "ids", ..Step::default() };
        if self.engine().groups_what_it_reads() {
            step.columns = vec!["*".to_owned(), digits];
            step.clauses = vec!["FROM session_events".to_owned()];
            return step;
        }
        step.columns = vec!["team_id".to_owned(), "id".to_owned(), digits, self.user_of_ids()];
        step.columns.extend(self.has_session_key.then(|| "app_session".to_owned()));
        step.columns.push("lib".to_owned());
        step.columns.extend(totals("event_time"));
        step.clauses = vec![self.rows_of_events(), "WHERE id IS NOT NULL".to_owned(), self.groups()];
        step
    }

    /// What makes few rows of many events.
    pub(super) fn groups(&self) -> String {
        let app_session = if self.has_session_key { "app_session, " } else { "" };
        format!("GROUP BY team_id, id, user_id, {app_session}lib")
    }

    fn sessions(&self) -> Step {
        let engine = self.engine();
        let id_time = engine.hex_number("SUBSTRING(digits, 1, 12)");
        let mut columns = vec![
            "team_id".to_owned(),
            "COALESCE(digits, id) AS session_key".to_owned(),
            "digits".to_owned(),
            format!("CASE WHEN SUBSTRING(digits, 13, 1) = '7'\n    THEN {id_time}\nEND AS id_ms"),
            "SUM(event_count) AS events".to_owned(),
            format!("COUNT(DISTINCT {}) AS users", self.user_of_sessions()),
            "MIN(id) <> MAX(id) AS has_two_spellings".to_owned(),
        ];
        if self.has_session_key {
            columns.push("MIN(app_session) <> MAX(app_session) AS has_two_app_sessions".to_owned());
            let is_elsewhere = "app_session IS NOT NULL AND least_key <> greatest_key";
            columns.push(format!("MAX(CASE WHEN {is_elsewhere} THEN 1 ELSE 0 END) = 1 AS shares_app_session"));
        }
        let micros = |time: &str| engine.micros(time);
        if !self.times_are_micros() {
            columns.extend(["MIN(earliest) AS first_time", "MAX(latest) AS last_time"].map(str::to_owned));
        }
        columns.push(format!("{} AS first_us", micros("MIN(earliest)")));
        columns.push(format!("{} AS last_us", micros("MAX(latest)")));
        columns.push(format!("{} AS libs", engine.list("lib")));
        let comment = "The sessions with what the rules ask of them. The first 48 bits of a version 7 are its time in \
                       milliseconds since 1970.";
        let clauses = vec![self.rows_of_ids(), "GROUP BY team_id, COALESCE(digits, id), digits".to_owned()];
        Step { comment: comment.to_owned(), name: "sessions", columns, clauses, ..Step::default() }
    }

    /// Whether the query goes on with numbers instead of the engine's own times.
    fn times_are_micros(&self) -> bool {
        self.engine().micros("time") == "time"
    }

    /// Every session that breaks a rule.
    fn rows(&self) -> Step {
        let engine = self.engine();
        let column = |(value, name): (String, &str)| {
            let name = engine.output(name);
            if value == name { value } else { format!("{value} AS {name}") }
        };
        let clauses = vec![
            "FROM verdicts".to_owned(),
            format!("WHERE {} IS NOT NULL", self.any_effect()),
            format!("ORDER BY {}, digits IS NULL, {}", engine.nulls_first("team_id"), engine.by_bytes("session_key")),
        ];
        let comment = "A row for each session that breaks a rule; it is named after the first one in the order of the rules, and \
                       the effect is the worst.";
        let columns = self.columns().into_iter().map(column).collect();
        Step { comment: comment.to_owned(), columns, clauses, ..Step::default() }
    }

    /// The columns of such a session, as the csv has them.
    fn columns(&self) -> [(String, &'static str); 14] {
        let engine = self.engine();
        let offset = |us: &str| format!("{} - id_ms", engine.whole(&format!("{us} / 1000.0")));
        let (first, last) = if self.times_are_micros() { ("first_us", "last_us") } else { ("first_time", "last_time") };
        let id_time = engine.ms_text("id_ms").replace('\n', "\n    ");
        [
            (spelled(), "session_id"),
            ("team_id".to_owned(), "team_id"),
            (self.verdict(), "verdict"),
            (self.effect(), "effect"),
            (self.reason(), "reason"),
            (engine.join(&self.reasons()), "reasons"),
            ("events".to_owned(), "events"),
            ("users".to_owned(), "users"),
            (format!("CASE WHEN id_ms < {YEAR_10000_MS}\n    THEN {id_time}\nEND"), "id_time"),
            (engine.time_text(first), "first_event"),
            (engine.time_text(last), "last_event"),
            (offset("first_us"), "first_offset_ms"),
            (offset("last_us"), "last_offset_ms"),
            ("libs".to_owned(), "libs"),
        ]
    }
}

/// What is kept of the events of a group.
pub(super) fn totals(time: &str) -> [String; 3] {
    ["COUNT(*) AS event_count".to_owned(), format!("MIN({time}) AS earliest"), format!("MAX({time}) AS latest")]
}

/// The key: the digits of a UUID with hyphens, or the text.
fn spelled() -> String {
    let groups = ["1, 8", "9, 4", "13, 4", "17, 4", "21, 12"].map(|place| format!("SUBSTRING(digits, {place})"));
    format!("CASE WHEN digits IS NULL THEN session_key\n    ELSE {}\nEND", groups.join("\n        || '-' || "))
}

/// Ids again, with the least and the greatest id of the application's own session.
fn app_sessions() -> Step {
    // Events without one would all be one part of their team.
    let own = "PARTITION BY team_id, app_session, CASE WHEN app_session IS NULL THEN id END";
    let columns = vec![
        "*".to_owned(),
        format!("MIN(COALESCE(digits, id)) OVER ({own}) AS least_key"),
        format!("MAX(COALESCE(digits, id)) OVER ({own}) AS greatest_key"),
    ];
    let comment = "Ids again, with the least and the greatest one of your own session.".to_owned();
    Step { comment, name: "app_sessions", columns, clauses: vec!["FROM ids".to_owned()], ..Step::default() }
}
