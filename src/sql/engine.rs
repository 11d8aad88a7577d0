//! Says what a query needs of an engine; what has a default here is standard SQL.

use super::Query;
use super::fields::{Fields, Properties, Source};
use super::name::{Files, Shape};
use super::text::{self, Step};

/// The text of a UUID, as ClickHouse reads one.
pub(super) const UUID: &str = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}";

/// An RFC 3339 time without its zone.
pub(super) const RFC_3339: &str = "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?";
/// The zone of such a time.
pub(super) const ZONE: &str = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)";

/// How an engine lists the different values of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    /// As many as there are, of any length.
    Freely,
    /// As many as there are, each cut as reports cut texts: a list has a limit that hostile values would pass.
    Cut,
    /// Cut, no more than so many, and not beside the count of other different values, which are numbered instead.
    Numbered(u32),
}

/// What some engines have, or can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feature {
    /// PostHog's exports to it have `team_id`.
    ExportsTeams,
    /// PostHog's exports to it have `person_id`.
    ExportsPersons,
    /// The session id is a column of the table.
    SessionColumn,
    /// It can follow links between ids in one query.
    FollowsLinks,
    /// Persons that PostHog has merged are one in its table.
    MergesPersons,
    /// The servers of a cluster group only what is grouped in the step that reads the table. Otherwise they send every event
    /// to the one that was asked.
    GroupsWhatItReads,
}

/// What is so of an engine, whatever it is asked.
pub(super) struct Facts {
    /// The name on the command line.
    pub(super) name: &'static str,
    /// The engine's own name.
    pub(super) title: &'static str,
    /// Where it can read events; the first by default.
    pub(super) sources: &'static [Source],
    /// What type `properties` can have in a table; the first as PostHog's exports have it.
    pub(super) properties: &'static [Properties],
    /// The table that is taken where none is named.
    pub(super) default_table: &'static str,
    /// What else distinguishes it.
    pub(super) features: &'static [Feature],
    /// How it lists the libraries of a session.
    pub(super) lists: Lists,
}

impl Facts {
    /// What is so of most engines.
    pub(super) const OF_MOST: Self = Self {
        name: "",
        title: "",
        sources: &[Source::BatchExport],
        properties: &[Properties::String],
        default_table: "events",
        features: &[Feature::ExportsTeams],
        lists: Lists::Freely,
    };

    /// Whether it has this feature.
    pub(super) fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }
}

/// The words of an engine.
pub(super) trait Engine: Sync {
    /// What is so of it.
    fn facts(&self) -> &'static Facts;

    /// What to know of the answers of a query.
    fn notes(&self, _query: &Query) -> Vec<&'static str> {
        Vec::new()
    }

    /// A name in quotes; there are none inside.
    fn quote(&self, name: &str) -> String {
        format!("\"{name}\"")
    }

    /// A name that was given without quotes, as the engine reads it.
    fn fold(&self, name: &str) -> String {
        name.to_owned()
    }

    /// The name of a column of the result.
    fn output(&self, name: &str) -> String {
        name.to_owned()
    }

    /// What comes behind `FROM` for a table.
    fn table(&self, quoted: &str, _properties: Properties) -> String {
        quoted.to_owned()
    }

    /// What reads the properties that are texts all at once, behind the table.
    fn lateral(&self, _fields: &Fields) -> Option<String> {
        None
    }

    /// What comes behind `FROM` for files, of engines that read them.
    fn files(&self, _files: &Files, _fields: &Fields) -> Option<String> {
        None
    }

    fn as_text(&self, value: &str) -> String {
        format!("CAST({value} AS VARCHAR)")
    }

    /// The team of events whose source names none.
    fn no_team(&self) -> &'static str {
        "CAST(NULL AS BIGINT)"
    }

    /// The text of a property; nothing for JSON's null.
    fn property(&self, properties: Properties, key: &str) -> String;

    /// The time of an event, in the form that the query goes on with.
    fn time(&self, column: &str, _shape: Shape) -> String {
        column.to_owned()
    }

    /// The time of an event, in the form that [`Self::instant`] compares with.
    fn bound(&self, column: &str, _shape: Shape) -> String {
        column.to_owned()
    }

    /// A moment in microseconds since 1970.
    fn instant(&self, us: i64) -> String;

    /// Whether a text matches a regular expression as a whole.
    fn matches(&self, text: &str, pattern: &str) -> String;

    /// Whether a text is a UUID.
    fn is_uuid(&self, text: &str) -> String {
        self.matches(text, UUID)
    }

    /// What of an id is only white space, as a pattern; of engines that follow links.
    fn blank_pattern(&self) -> &'static str {
        ""
    }

    /// The steps that give each id the least one that it is linked to; of engines that follow links.
    fn users(&self) -> Vec<Step> {
        Vec::new()
    }

    /// The number that twelve hex digits are.
    fn hex_number(&self, digits: &str) -> String;

    /// A time in the form that the query goes on with, in microseconds since 1970.
    fn micros(&self, time: &str) -> String;

    /// Whole milliseconds of microseconds, towards minus infinity. Doubles are too short for that.
    fn whole_ms(&self, us: &str) -> String {
        format!("({us} - {}) / 1000", self.modulo(us, "1000"))
    }

    /// The remainder of a division, never below 0.
    fn modulo(&self, number: &str, divisor: &str) -> String {
        format!("MOD(MOD({number}, {divisor}) + {divisor}, {divisor})")
    }

    /// Microseconds since 1970 as RFC 3339 with six digits.
    fn us_text(&self, us: &str) -> String;

    /// Milliseconds since 1970 as RFC 3339 with three digits; never before 1970.
    fn ms_text(&self, ms: &str) -> String;

    /// The values that occur in a group, sorted by bytes, with `|` between them.
    fn list(&self, value: &str) -> String;

    /// These texts with `|` between them, without those that are nothing.
    fn join(&self, texts: &[String]) -> String {
        text::call("CONCAT_WS(", &[&["'|'".to_owned()], texts].concat(), ")")
    }

    fn nulls_first(&self, column: &str) -> String {
        format!("{column} NULLS FIRST")
    }

    /// A text to be sorted by its bytes, and in no language.
    fn by_bytes(&self, text: &str) -> String {
        text.to_owned()
    }

    /// What comes after all.
    fn ending(&self, _shape: Shape, _is_summary: bool) -> &'static str {
        ""
    }
}
