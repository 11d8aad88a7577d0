//! Says where each source holds the fields of an event.

use anyhow::{Result, bail};

use super::engine::Feature;
use super::name::{self, Place, Shape};
use super::{Dialect, Request};
use crate::rows::Identity;

/// Where the events come from (`--source`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The table that a batch export of PostHog fills.
    BatchExport,
    /// Files of a batch export, read in place.
    Files,
    /// PostHog's own table.
    ClickhouseEvents,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::BatchExport, Self::Files, Self::ClickhouseEvents];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchExport => "batch-export",
            Self::Files => "files",
            Self::ClickhouseEvents => "clickhouse-events",
        }
    }
}

/// The type of the column `properties` (`--properties`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Properties {
    /// Text that holds JSON.
    String,
    /// The engine's type for JSON (JSONB in PostgreSQL).
    Json,
    /// Snowflake's and Databricks' VARIANT.
    Variant,
    /// Redshift's SUPER.
    Super,
    /// A structure whose fields are named by the query, which reads them from files.
    Struct,
}

impl Properties {
    /// Those that the command line knows.
    pub const ALL: [Self; 4] = [Self::String, Self::Json, Self::Variant, Self::Super];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Json => "json",
            Self::Variant => "variant",
            Self::Super => "super",
            Self::Struct => "struct",
        }
    }

    /// The type of a source, as asked for or as PostHog's exports have it.
    fn new(dialect: Dialect, shape: Shape, asked: Option<Self>) -> Result<Self> {
        let known = dialect.engine().facts().properties;
        match (shape, asked) {
            (Shape::JsonLines, Some(_)) => {
                bail!("could not print a query: in JSON Lines properties are objects; --properties is for tables")
            }
            (_, Some(asked)) if !known.contains(&asked) => {
                bail!("could not print a query: {} properties are not supported for {}", asked.name(), dialect.title())
            }
            (_, Some(asked)) => Ok(asked),
            (Shape::JsonLines, None) => Ok(Self::Struct),
            (Shape::Parquet, None) => Ok(Self::String),
            (Shape::Table, None) => Ok(known[0]),
        }
    }
}

/// A field of an event that a query reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    SessionId,
    Timestamp,
    DistinctId,
    PersonId,
    Event,
    Lib,
    TeamId,
    /// The application's own session.
    AppSession,
    AnonDistinctId,
    Alias,
}

impl Field {
    /// The field that `--field` calls so.
    fn of_name(name: &str) -> Result<Self> {
        Ok(match name {
            "session_id" => Self::SessionId,
            "timestamp" => Self::Timestamp,
            "distinct_id" => Self::DistinctId,
            "person_id" => Self::PersonId,
            "event" => Self::Event,
            "lib" => Self::Lib,
            "team_id" => Self::TeamId,
            _ => bail!("could not move {name}: the query does not read it"),
        })
    }
}

/// A place that holds a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    /// A column of the table.
    Own(String),
    /// A key of the properties.
    Property(String),
}

/// Where every field is read.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) properties: Properties,
    /// The places of a field in the order in which they are asked.
    places: Vec<(Field, Column)>,
}

fn own(name: &str) -> Column {
    Column::Own(name.to_owned())
}

fn property(name: &str) -> Column {
    Column::Property(name.to_owned())
}

impl Fields {
    pub(super) fn new(request: &Request, source: Source, place: &Place, identity: Identity) -> Result<Self> {
        let shape = place.shape();
        let properties = Properties::new(request.dialect, shape, request.properties)?;
        let mut fields = Self { properties, places: Self::of_source(request.dialect, source, shape) };
        if let Some(key) = &request.session_key {
            fields.places.push((Field::AppSession, property(name::key(key)?)));
        }
        for moved in &request.fields {
            fields.read_elsewhere(moved.name(), moved.path(), shape)?;
        }
        fields.places.retain(|(field, _)| match field {
            Field::Lib => !request.is_summary,
            Field::PersonId => identity != Identity::Distinct,
            Field::Event | Field::AnonDistinctId | Field::Alias => identity == Identity::Graph,
            _ => true,
        });
        Ok(fields)
    }

    fn of_source(dialect: Dialect, source: Source, shape: Shape) -> Vec<(Field, Column)> {
        let facts = dialect.engine().facts();
        let is_lines = shape == Shape::JsonLines;
        let has_team = match shape {
            Shape::JsonLines => true,
            Shape::Parquet => false,
            Shape::Table => source == Source::ClickhouseEvents || facts.has(Feature::ExportsTeams),
        };
        let has_person = source != Source::BatchExport || facts.has(Feature::ExportsPersons);
        let session_id = if facts.has(Feature::SessionColumn) { own("$session_id") } else { property("$session_id") };
        let places = [
            (true, Field::SessionId, session_id),
            (is_lines, Field::SessionId, own("$session_id")),
            (true, Field::Timestamp, own("timestamp")),
            (true, Field::DistinctId, own("distinct_id")),
            (is_lines, Field::DistinctId, own("$distinct_id")),
            (is_lines, Field::DistinctId, property("distinct_id")),
            (has_person, Field::PersonId, own("person_id")),
            (has_team, Field::TeamId, own("team_id")),
            (true, Field::Lib, property("$lib")),
            (true, Field::Event, own("event")),
            (true, Field::AnonDistinctId, property("$anon_distinct_id")),
            (true, Field::Alias, property("alias")),
        ];
        places.into_iter().filter(|(is_there, ..)| *is_there).map(|(_, field, place)| (field, place)).collect()
    }

    /// Reads a field from the column or property that `--field` names, and from nowhere else.
    fn read_elsewhere(&mut self, name: &str, path: &[String], shape: Shape) -> Result<()> {
        let place = match path {
            [column] => own(name::key(column)?),
            [properties, key] if properties == "properties" => property(name::key(key)?),
            _ => bail!("could not read {name} from {}: take a column, or properties.KEY", path.join(".")),
        };
        let field = Field::of_name(name)?;
        if field == Field::Timestamp && shape != Shape::JsonLines && matches!(place, Column::Property(_)) {
            bail!("could not read {name} from {}: a property is a text; take a column of times", path.join("."));
        }
        self.places.retain(|(known, _)| *known != field);
        self.places.push((field, place));
        Ok(())
    }

    /// The places of a field, in the order in which they are asked.
    pub(super) fn of(&self, field: Field) -> impl Iterator<Item = &Column> {
        self.places.iter().filter(move |(known, _)| *known == field).map(|(_, place)| place)
    }

    /// Whether events have such a field, and the query reads it.
    pub(super) fn has(&self, field: Field) -> bool {
        self.of(field).next().is_some()
    }

    /// Whether a place holds numbers: teams, and nothing that is wanted as text.
    fn is_number(&self, place: &Column) -> bool {
        let mut uses = self.places.iter().filter(|(_, known)| known == place);
        uses.all(|(field, _)| *field == Field::TeamId)
    }

    /// What `pick` makes of the places that are read, each once.
    fn each<'a>(&'a self, pick: impl Fn(&'a Column) -> Option<&'a str>) -> Vec<(&'a str, bool)> {
        let mut found: Vec<(&str, bool)> = Vec::new();
        for (_, place) in &self.places {
            if let Some(name) = pick(place)
                && !found.iter().any(|(known, _)| *known == name)
            {
                found.push((name, self.is_number(place)));
            }
        }
        found
    }

    /// The columns that are read beside the properties, and whether they are numbers.
    pub(super) fn columns(&self) -> Vec<(&str, bool)> {
        self.each(|place| if let Column::Own(name) = place { Some(name.as_str()) } else { None })
    }

    /// The keys of the properties that are read, and whether their values are numbers.
    pub(super) fn keys(&self) -> Vec<(&str, bool)> {
        self.each(|place| if let Column::Property(key) = place { Some(key.as_str()) } else { None })
    }
}
