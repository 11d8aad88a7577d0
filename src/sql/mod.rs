//! Prints the audit as one query, for an engine that already holds the events.
//!
//! The query's steps are common table expressions, in this order: the events with their fields, their ids as they are
//! spelled, the sessions with what the rules ask of them, and the verdicts. [`Query`] says what a query is made of;
//! `events` and `steps` write it, `title` says what it is, `rules` makes conditions and effects from the rule table,
//! `fields` says where each source holds what, `users` follows links between ids, `engine` says what is needed of an
//! engine, and `dialect` knows the engines' words.

mod dialect;
mod engine;
mod events;
mod fields;
mod name;
mod rules;
mod steps;
mod text;
mod title;
mod users;

use anyhow::{Result, bail};

use crate::Contract;
use crate::event::FieldPath;
use crate::rows::Identity;
use crate::rules::{Rule, RuleSet};

pub use dialect::Dialect;
use engine::{Engine, Feature};
use fields::{Field, Fields};
pub use fields::{Properties, Source};
use name::{Place, Table};

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
    request: Request,
    source: Source,
    place: Place,
    fields: Fields,
    identity: Identity,
    rules: Vec<&'static Rule>,
}

impl Query {
    /// Makes sure that the engine can do what is asked.
    ///
    /// # Errors
    ///
    /// What it cannot, and names that are no names.
    pub fn new(request: Request) -> Result<Self> {
        let dialect = request.dialect;
        let source = dialect.source(request.source)?;
        let place = Place::new(dialect, source, request.table.as_deref())?;
        let identity = identity(dialect, request.identity)?;
        let fields = Fields::new(&request, source, &place, identity)?;
        let is_asked = |rule: &&Rule| fields.has(Field::AppSession) || !rule.breaks_if.needs_app_sessions();
        let rules: Vec<_> = request.rules.iter().filter(is_asked).collect();
        if rules.is_empty() {
            bail!("could not print a query: no rule is left (those about your own sessions need --session-key)");
        }
        if request.from_us.zip(request.to_us).is_some_and(|(from_us, to_us)| from_us >= to_us) {
            bail!("could not print a query: --from is not before --to");
        }
        let query = Self { request, source, place, fields, identity, rules };
        query.check_name()?;
        Ok(query)
    }

    /// Makes sure that the table is not taken for a step.
    fn check_name(&self) -> Result<()> {
        if let Place::Table(Table { alone: Some(name), .. }) = &self.place
            && self.steps().iter().any(|step| step.name.eq_ignore_ascii_case(name))
        {
            bail!("could not use the table {name}: the query has a step of that name; add its schema");
        }
        Ok(())
    }

    fn engine(&self) -> &'static dyn Engine {
        self.request.dialect.engine()
    }

    /// Whether it is a slice of the events.
    fn has_bounds(&self) -> bool {
        self.request.from_us.is_some() || self.request.to_us.is_some()
    }

    /// Whether a key that it reads from such properties has capitals.
    fn reads_capitals_from(&self, properties: Properties) -> bool {
        let has_capital = |(key, _): &(&str, bool)| key.chars().any(char::is_uppercase);
        self.fields.properties == properties && self.fields.keys().iter().any(has_capital)
    }

    /// Whether nobody has said what type the properties of an export's table have.
    fn guesses_type_of_properties(&self) -> bool {
        self.source == Source::BatchExport && self.request.properties.is_none()
    }

    /// What the query answers otherwise than `check` by default; it also says so itself.
    #[must_use]
    pub fn notes(&self) -> Vec<&'static str> {
        let facts = self.engine().facts();
        let mut notes = Vec::new();
        if self.request.identity.is_none() && self.identity == Identity::Person && !facts.has(Feature::MergesPersons) {
            notes.push(
                "Logins and aliases are not followed from id to id as check does (--identity graph): users are told apart \
                 as by --identity person, so that a login within a session can look like two users.",
            );
        }
        match self.identity {
            _ if self.fields.has(Field::PersonId) => {}
            Identity::Graph => notes.push(
                "The table has no person_id: only logins and aliases link distinct ids. If yours has one, add --field \
                 person_id=COLUMN.",
            ),
            Identity::Person => notes.push(
                "The table has no person_id: users are told apart by distinct id. If yours has one, add --field \
                 person_id=COLUMN.",
            ),
            Identity::Distinct => {}
        }
        notes.extend(self.engine().notes(self));
        notes
    }
}

/// What counts as one user.
fn identity(dialect: Dialect, asked: Option<Identity>) -> Result<Identity> {
    let has_graph = dialect.engine().facts().has(Feature::FollowsLinks);
    match asked {
        Some(Identity::Graph) if !has_graph => bail!(
            "could not print a query: links between ids cannot be followed in one query of {}; take --identity person or \
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

    fn with_key(dialect: Dialect) -> Request {
        Request { session_key: Some("own".to_owned()), ..request(dialect) }
    }

    fn text(request: Request) -> String {
        Query::new(request).expect("a query").text()
    }

    #[test]
    fn every_rule_is_in_every_query_in_its_order() {
        for dialect in Dialect::ALL {
            for contract in [Contract::Documented, Contract::Observed] {
                let query = text(Request { contract, ..with_key(dialect) });
                let places: Vec<_> = RULES.iter().map(|rule| query.find(&format!("THEN '{}'", rule.name))).collect();
                assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{}", dialect.name());
            }
        }
    }

    #[test]
    fn a_summary_counts_every_rule() {
        for dialect in Dialect::ALL {
            let query = text(Request {
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
            let query = text(Request { source: Some(Source::Files), table: Some(path), ..request(dialect) });
            assert!(query.contains(expected), "{query}");
        }
    }

    #[test]
    fn paths_of_files_are_one_line() {
        for path in ["", "a\nb", "a\0b", "a\u{85}b"] {
            let files =
                Request { source: Some(Source::Files), table: Some(path.to_owned()), ..request(Dialect::DuckDb) };
            assert!(Query::new(files).is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_table_named_like_a_step_needs_its_schema() {
        let named = |table: &str| Request { table: Some(table.to_owned()), ..request(Dialect::DuckDb) };
        for step in Query::new(request(Dialect::DuckDb)).expect("a query").steps() {
            let is_taken = Query::new(named(&step.name.to_uppercase())).is_err();
            assert!(is_taken, "{}", step.name);
        }
        assert!(text(named("main.sessions")).contains("FROM \"main\".\"sessions\""));
    }

    /// What cannot be run here is at least held to what its engine is known to refuse or to round.
    #[test]
    fn queries_keep_off_what_their_engines_cannot() {
        let hogql = text(with_key(Dialect::HogQl));
        assert!(!hogql.contains("properties.") && !hogql.contains("fromUnixTimestamp64Micro"), "{hogql}");
        let redshift = text(with_key(Dialect::Redshift));
        assert!(redshift.contains("LISTAGG(DISTINCT") && !redshift.contains("COUNT(DISTINCT"), "{redshift}");
        assert!(
            !redshift.contains("AS VARCHAR),\n") && !redshift.contains("\"distinct_id\" AS VARCHAR)"),
            "{redshift}"
        );
        let spark = text(with_key(Dialect::Spark));
        assert!(!spark.contains("timestampadd") && !spark.contains('"'), "{spark}");
        let snowflake = text(Request { properties: Some(Properties::String), ..request(Dialect::Snowflake) });
        assert!(!snowflake.contains("(PARSE_JSON("), "{snowflake}");
    }

    #[test]
    fn no_query_divides_by_a_decimal_or_counts_seconds_in_doubles() {
        for dialect in Dialect::ALL {
            let query = text(with_key(dialect));
            for rounded in ["1000.0", "1e6", "1e3", "FLOOR(", "floor(", "ROUND("] {
                assert!(!query.contains(rounded), "{} has {rounded}", dialect.name());
            }
        }
    }

    #[test]
    fn a_summary_reads_no_library() {
        for dialect in Dialect::ALL {
            let query = text(Request { is_summary: true, ..with_key(dialect) });
            assert!(!query.contains("lib"), "{query}");
        }
    }

    #[test]
    fn no_line_of_a_query_ends_with_a_space() {
        for dialect in Dialect::ALL {
            let query = text(with_key(dialect));
            assert!(query.lines().all(|line| line.trim_end() == line), "{query}");
        }
    }
}
