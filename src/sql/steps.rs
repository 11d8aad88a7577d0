//! Writes the query's steps: events, ids, sessions, verdicts.

use super::Query;
use super::engine::{Feature, Lists};
use super::fields::Field;
use super::text::{self, Step, case, named};
use crate::rows::Identity;
use crate::safe::SHOWN_CHARS;

/// The first millisecond since 1970 of the year 10000, which RFC 3339 cannot write.
const YEAR_10000_MS: i64 = 253_402_300_800_000;

/// What a session is in the steps before it is a row.
const SESSION: &str = "team_id, COALESCE(digits, id)";

impl Query {
    /// The query.
    #[must_use]
    pub fn text(&self) -> String {
        let query = text::query(&self.steps(), self.identity == Identity::Graph);
        let ending = self.engine().ending(self.place.shape(), self.request.is_summary);
        format!("{}\n{query}{ending}", self.title())
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = vec![self.events()];
        steps.extend(self.links());
        steps.push(self.ids());
        steps.extend(self.fields.has(Field::AppSession).then(app_sessions));
        steps.extend(self.numbered());
        steps.extend([self.sessions(), self.verdicts()]);
        steps.push(if self.request.is_summary { self.summary() } else { self.rows() });
        steps
    }

    fn ids(&self) -> Step {
        let is_uuid = (self.engine().is_uuid("id"), "LOWER(REPLACE(id, '-', ''))".to_owned());
        let digits = format!("{} AS digits", case(&[is_uuid], None));
        let mut step = Step { comment: self.about_ids(), name: "ids", ..Step::default() };
        if self.engine().facts().has(Feature::GroupsWhatItReads) {
            step.columns = vec!["*".to_owned(), digits];
            step.clauses = vec!["FROM session_events".to_owned()];
            return step;
        }
        step.columns = vec!["team_id".to_owned(), "id".to_owned(), digits, self.user_of_ids()];
        step.columns.extend(self.fields.has(Field::AppSession).then(|| "app_session".to_owned()));
        step.columns.extend(self.lib_of_ids());
        step.columns.extend(totals("event_time"));
        step.clauses = vec![self.rows_of_events(), "WHERE id IS NOT NULL".to_owned(), self.groups()];
        step
    }

    fn about_ids(&self) -> String {
        let library = if self.fields.has(Field::Lib) { " and library" } else { "" };
        format!(
            "Ids as they are spelled, a row for each user{library} of theirs: few rows, so that what is asked of an id costs \
             little. The hex digits, if ClickHouse would read the id as a UUID: 36 characters with hyphens at 8, 13, 18 and \
             23, or 32 digits, in either case; engines take more for a UUID."
        )
    }

    /// The library as it is listed, if it is.
    fn lib_of_ids(&self) -> Option<String> {
        let cut = format!("SUBSTRING(lib, 1, {SHOWN_CHARS}) || '…'");
        let short = case(&[(format!("LENGTH(lib) > {SHOWN_CHARS}"), cut)], Some("lib"));
        match self.engine().facts().lists {
            _ if !self.fields.has(Field::Lib) => None,
            Lists::Freely => Some("lib".to_owned()),
            Lists::Cut | Lists::Numbered(_) => Some(format!("{short} AS short_lib")),
        }
    }

    /// What makes few rows of many events.
    pub(super) fn groups(&self) -> String {
        let more = [(Field::AppSession, ", app_session"), (Field::Lib, ", lib")];
        let more: String =
            more.into_iter().filter(|(field, _)| self.fields.has(*field)).map(|(_, name)| name).collect();
        format!("GROUP BY team_id, id, user_id{more}")
    }

    /// Rows with the numbers of their users and libraries, where different ones of both cannot be counted and listed at once.
    fn numbered(&self) -> Option<Step> {
        self.most_libs()?;
        let number = |of: &str| format!("DENSE_RANK() OVER (PARTITION BY {SESSION} ORDER BY {of} NULLS LAST)");
        let user = case(&[("user_id IS NOT NULL".to_owned(), number("user_id"))], None);
        Some(Step {
            comment:
                "The same with the numbers of users and libraries within a session, since LISTAGG of different values \
                      cannot stand beside the count of others."
                    .to_owned(),
            name: "numbered",
            columns: vec![
                "*".to_owned(),
                format!("{user} AS user_number"),
                format!("{} AS lib_number", number("short_lib")),
            ],
            clauses: vec![format!("FROM {}", self.name_of_ids())],
            ..Step::default()
        })
    }

    /// How many libraries of a session are listed, where that is limited.
    fn most_libs(&self) -> Option<u32> {
        match self.engine().facts().lists {
            Lists::Numbered(most) if self.fields.has(Field::Lib) => Some(most),
            _ => None,
        }
    }

    /// The step with the ids and all that is asked of them.
    pub(super) fn name_of_ids(&self) -> &'static str {
        if self.fields.has(Field::AppSession) { "app_sessions" } else { "ids" }
    }

    fn sessions(&self) -> Step {
        let engine = self.engine();
        let is_version_7 = "SUBSTRING(digits, 13, 1) = '7'".to_owned();
        let id_ms = case(&[(is_version_7, engine.hex_number("SUBSTRING(digits, 1, 12)"))], None);
        let mut columns = vec![
            "team_id".to_owned(),
            "COALESCE(digits, id) AS session_key".to_owned(),
            "digits".to_owned(),
            format!("{id_ms} AS id_ms"),
            "SUM(event_count) AS events".to_owned(),
            self.count_of_users(),
            "MIN(id) <> MAX(id) AS has_two_spellings".to_owned(),
        ];
        if self.fields.has(Field::AppSession) {
            columns.push("MIN(app_session) <> MAX(app_session) AS has_two_app_sessions".to_owned());
            let is_elsewhere = "app_session IS NOT NULL AND least_key <> greatest_key";
            columns.push(format!("MAX(CASE WHEN {is_elsewhere} THEN 1 ELSE 0 END) = 1 AS shares_app_session"));
        }
        columns.push(format!("{} AS first_us", engine.micros("MIN(earliest)")));
        columns.push(format!("{} AS last_us", engine.micros("MAX(latest)")));
        columns.extend(self.list_of_libs());
        let clauses = vec![self.rows_of_ids(), format!("GROUP BY {SESSION}, digits")];
        let comment = "The sessions with what the rules ask of them. The first 48 bits of a version 7 are its time in \
                       milliseconds since 1970.";
        Step { comment: comment.to_owned(), name: "sessions", columns, clauses, ..Step::default() }
    }

    fn count_of_users(&self) -> String {
        if self.most_libs().is_some() {
            return "COALESCE(MAX(user_number), 0) AS users".to_owned();
        }
        format!("COUNT(DISTINCT {}) AS users", self.user_of_sessions())
    }

    fn list_of_libs(&self) -> Option<String> {
        let lib = match (self.engine().facts().lists, self.most_libs()) {
            (Lists::Freely, _) => "lib".to_owned(),
            (_, None) => "short_lib".to_owned(),
            (_, Some(most)) => case(&[(format!("lib_number <= {most}"), "short_lib".to_owned())], None),
        };
        self.fields.has(Field::Lib).then(|| format!("{} AS libs", self.engine().list(&lib)))
    }

    /// The rows that sessions are made of.
    fn rows_of_ids(&self) -> String {
        let ids = if self.most_libs().is_some() { "numbered" } else { self.name_of_ids() };
        if self.identity == Identity::Graph {
            return format!("FROM {ids}\nLEFT JOIN users ON users.node = user_id");
        }
        format!("FROM {ids}")
    }

    /// Every session that breaks a rule.
    fn rows(&self) -> Step {
        let engine = self.engine();
        let clauses = vec![
            "FROM verdicts".to_owned(),
            format!("WHERE {} IS NOT NULL", self.any_effect()),
            format!("ORDER BY {}, digits IS NULL, {}", engine.nulls_first("team_id"), engine.by_bytes("session_key")),
        ];
        let comment = "A row for each session that breaks a rule; it is named after the first one in the order of the rules, and \
                       the effect is the worst.";
        let columns = self.columns().iter().map(|(value, name)| named(value, &engine.output(name))).collect();
        Step { comment: comment.to_owned(), columns, clauses, ..Step::default() }
    }

    /// The columns of such a session, as the csv has them.
    fn columns(&self) -> [(String, &'static str); 14] {
        let engine = self.engine();
        let offset = |us: &str| format!("{} - id_ms", engine.whole_ms(us));
        let has_id_time = format!("id_ms < {YEAR_10000_MS}");
        [
            (spelled(), "session_id"),
            ("team_id".to_owned(), "team_id"),
            (self.verdict(), "verdict"),
            (self.effect(), "effect"),
            (self.reason(), "reason"),
            (engine.join(&self.reasons()), "reasons"),
            ("events".to_owned(), "events"),
            ("users".to_owned(), "users"),
            (case(&[(has_id_time, engine.ms_text("id_ms"))], None), "id_time"),
            (engine.us_text("first_us"), "first_event"),
            (engine.us_text("last_us"), "last_event"),
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
    let is_text = ("digits IS NULL".to_owned(), "session_key".to_owned());
    case(&[is_text], Some(&groups.join("\n    || '-' || ")))
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
