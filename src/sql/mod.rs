//! Prints the audit as one query, for an engine that already holds the events.
//!
//! The query's steps are common table expressions, in this order: the events with their fields, their ids as they are
//! spelled, the sessions with what the rules ask of them, and the verdicts. [`Query`] says what a query is made of;
//! `events` and `steps` write it, `rules` makes conditions and effects from the rule table, `fields` says where each source holds what,
//! `users` follows links between ids, and `dialect` knows the engines' words.

mod dialect;
mod events;
mod fields;
mod name;
mod rules;
mod steps;
mod text;
mod users;

use anyhow::{Result, bail};

use crate::Contract;
use crate::event::FieldPath;
use crate::identity::Identity;
use crate::rules::{Rule, RuleSet};

pub use dialect::Dialect;
use fields::Fields;
pub use fields::{Properties, Source};
use name::Place;

/// What the query has to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// The engine's language.
    pub dialect: Dialect,
    /// Where the events come from; by default what the engine is there for.
    pub source: Option<Source>,
    /// The table, or the path of the files.
    pub table: Option<String>,
    /// The type of the column `properties`; by default that of the engine's exports.
    pub properties: Option<Properties>,
    /// Fields that are read from other columns than by default.
    pub fields: Vec<FieldPath>,
    /// Events from this time on, in microseconds since 1970.
    pub from_us: Option<i64>,
    /// Events before this time, in microseconds since 1970.
    pub to_us: Option<i64>,
    /// Whether sessions are counted, not listed.
    pub is_summary: bool,
    /// The property that holds the application's own session.
    pub session_key: Option<String>,
    /// What counts as one user; by default the graph where the engine follows it, else persons.
    pub identity: Option<Identity>,
    /// What the time rules allow, in microseconds.
    pub tolerance_us: i64,
    /// What sessions are measured by.
    pub contract: Contract,
    /// The rules that hold.
    pub rules: RuleSet,
}

/// A query that can be written.
#[derive(Debug)]
pub struct Query {
    dialect: Dialect,
    place: Place,
    fields: Fields,
    from_us: Option<i64>,
    to_us: Option<i64>,
    is_summary: bool,
    has_session_key: bool,
    identity: Identity,
    tolerance_us: i64,
    contract: Contract,
    rules: Vec<&'static Rule>,
    notes: Vec<String>,
}

impl Query {
    /// Makes sure that the engine can do what is asked.
    ///
    /// # Errors
    ///
    /// What it cannot, and names that are no names.
    pub fn new(request: &Request) -> Result<Self> {
        let dialect = request.dialect;
        let source = request.source.unwrap_or(dialect.default_source());
        let place = Place::new(dialect, source, request.table.as_deref())?;
        let identity = identity(dialect, request.identity)?;
        let fields = Fields::new(request, source, &place, identity)?;
        let has_session_key = request.session_key.is_some();
        let is_asked = |rule: &&Rule| has_session_key || !rule.breaks_if.needs_app_sessions();
        let rules: Vec<_> = request.rules.iter().filter(is_asked).collect();
        if rules.is_empty() {
            bail!("could not print a query: no rule is left (those about your own sessions need --session-key)");
        }
        if request.from_us.zip(request.to_us).is_some_and(|(from_us, to_us)| from_us >= to_us) {
            bail!("could not print a query: --from is not before --to");
        }
        let mut query = Self {
            dialect,
            place,
            fields,
            from_us: request.from_us,
            to_us: request.to_us,
            is_summary: request.is_summary,
            has_session_key,
            identity,
            tolerance_us: request.tolerance_us,
            contract: request.contract,
            rules,
            notes: Vec::new(),
        };
        query.notes = query.differences(request.identity.is_none());
        Ok(query)
    }

    /// What the query answers otherwise than `check` by default; it also says so itself.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn differences(&self, is_default_identity: bool) -> Vec<String> {
        let mut notes = Vec::new();
        let follows_merges = self.dialect == Dialect::HogQl;
        if is_default_identity && self.identity == Identity::Person && !follows_merges {
            notes.push(format!(
                "{} does not follow logins and aliases from id to id as check does (--identity graph): users are told \
                 apart as by --identity person, so that a login within a session can look like two users.",
                self.dialect.title()
            ));
        }
        if self.identity == Identity::Person && !self.fields.has_person() {
            notes.push(
                "The table has no person_id: users are told apart by distinct id. If yours has one, add --field \
                 person_id=COLUMN."
                    .to_owned(),
            );
        }
        notes.extend(self.dialect.engine().note().map(str::to_owned));
        notes
    }
}

/// What counts as one user.
fn identity(dialect: Dialect, asked: Option<Identity>) -> Result<Identity> {
    let has_graph = dialect.engine().blank_pattern().is_some();
    match asked {
        Some(Identity::Graph) if !has_graph => bail!(
            "could not print a query: {} cannot follow links between ids in one query; take --identity person or \
             distinct, or audit an export with `session-audit check`",
            dialect.title()
        ),
        Some(identity) => Ok(identity),
        None if has_graph => Ok(Identity::Graph),
        None => Ok(Identity::Person),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    fn request(dialect: Dialect) -> Request {
        Request {
            dialect,
            source: None,
            table: None,
            properties: None,
            fields: Vec::new(),
            from_us: None,
            to_us: None,
            is_summary: false,
            session_key: None,
            identity: None,
            tolerance_us: 0,
            contract: Contract::Documented,
            rules: RuleSet::ALL,
        }
    }

    fn text(request: &Request) -> String {
        Query::new(request).expect("a query").text()
    }

    #[test]
    fn every_rule_is_in_every_query_in_its_order() {
        for dialect in Dialect::ALL {
            for contract in [Contract::Documented, Contract::Observed] {
                let query = text(&Request { session_key: Some("own".to_owned()), contract, ..request(dialect) });
                let places: Vec<_> = RULES.iter().map(|rule| query.find(&format!("THEN '{}'", rule.name))).collect();
                assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{}", dialect.name());
            }
        }
    }

    #[test]
    fn a_summary_counts_every_rule() {
        for dialect in Dialect::ALL {
            let query = text(&Request {
                is_summary: true,
                rules: RuleSet::of(|rule| rule.requirement == 3),
                ..request(dialect)
            });
            for rule in &RULES {
                let column = dialect.engine().output(&rule.name.replace('-', "_"));
                assert!(query.contains(&format!(" AS {column}")), "{} {}", dialect.name(), rule.name);
            }
        }
    }

    #[test]
    fn nothing_leaves_the_path_of_files() {
        for (dialect, expected) in [
            (Dialect::DuckDb, r"read_json('it''s`\.jsonl', format"),
            (Dialect::ClickHouse, r"file('it\'s`\\.jsonl', JSON"),
            (Dialect::Spark, r"text.`it's``\.jsonl`"),
        ] {
            let path = r"it's`\.jsonl".to_owned();
            let query = text(&Request { source: Some(Source::Files), table: Some(path), ..request(dialect) });
            assert!(query.contains(expected), "{query}");
        }
    }

    #[test]
    fn paths_of_files_are_one_line() {
        for path in ["", "a\nb", "a\0b", "a\u{85}b"] {
            let files =
                Request { source: Some(Source::Files), table: Some(path.to_owned()), ..request(Dialect::DuckDb) };
            assert!(Query::new(&files).is_err(), "{path:?}");
        }
    }

    #[test]
    fn no_line_of_a_query_ends_with_a_space() {
        for dialect in Dialect::ALL {
            let query = text(&Request { session_key: Some("own".to_owned()), ..request(dialect) });
            assert!(query.lines().all(|line| line.trim_end() == line), "{query}");
        }
    }
}
