//! Says where each source holds the fields of an event.

use anyhow::{Result, bail};

use super::name::{self, Place};
use super::{Dialect, Request};
use crate::identity::Identity;

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
}

/// A place that holds a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    /// A column of the table.
    Own(String),
    /// A key of the properties.
    Property(String),
}

/// Where every field is read, in the order in which its places are asked.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) properties: Properties,
    pub(super) session_id: Vec<Column>,
    pub(super) timestamp: Vec<Column>,
    pub(super) distinct_id: Vec<Column>,
    pub(super) person_id: Vec<Column>,
    pub(super) event: Vec<Column>,
    pub(super) lib: Vec<Column>,
    pub(super) team_id: Vec<Column>,
    pub(super) app_session: Vec<Column>,
    pub(super) anon_distinct_id: Vec<Column>,
    pub(super) alias: Vec<Column>,
}

fn own(name: &str) -> Column {
    Column::Own(name.to_owned())
}

fn property(name: &str) -> Column {
    Column::Property(name.to_owned())
}

impl Fields {
    pub(super) fn new(request: &Request, source: Source, place: &Place, identity: Identity) -> Result<Self> {
        let mut fields = Self::of_source(request.dialect, source, place);
        if let Some(asked) = request.properties {
            request.dialect.check_properties(asked)?;
            if matches!(place, Place::JsonLines(_)) {
                bail!("could not print a query: in JSON Lines properties are objects; --properties is for tables");
            }
            fields.properties = asked;
        }
        if let Some(key) = &request.session_key {
            fields.app_session = vec![property(name::key(key)?)];
        }
        if identity == Identity::Graph {
            fields.event = vec![own("event")];
            fields.anon_distinct_id = vec![property("$anon_distinct_id")];
            fields.alias = vec![property("alias")];
        }
        for moved in &request.fields {
            fields.read_elsewhere(moved.name(), moved.path())?;
        }
        Ok(fields)
    }

    fn of_source(dialect: Dialect, source: Source, place: &Place) -> Self {
        let is_lines = matches!(place, Place::JsonLines(_));
        let column = |name: &str, is_there: bool| if is_there { vec![own(name)] } else { Vec::new() };
        let has_team = source == Source::ClickhouseEvents || is_lines || dialect.engine().exports_teams();
        let has_person = source != Source::BatchExport || !dialect.engine().exports_teams();
        let mut fields = Self {
            properties: if is_lines { Properties::Struct } else { dialect.default_properties(source) },
            session_id: vec![property("$session_id")],
            timestamp: vec![own("timestamp")],
            distinct_id: vec![own("distinct_id")],
            person_id: column("person_id", has_person),
            event: Vec::new(),
            lib: vec![property("$lib")],
            team_id: column("team_id", has_team && !matches!(place, Place::Parquet(_))),
            app_session: Vec::new(),
            anon_distinct_id: Vec::new(),
            alias: Vec::new(),
        };
        if is_lines {
            fields.session_id.push(own("$session_id"));
            fields.distinct_id.extend([own("$distinct_id"), property("distinct_id")]);
        }
        fields
    }

    /// Reads a field from the column or property that `--field` names, and from nowhere else.
    fn read_elsewhere(&mut self, field: &str, path: &[String]) -> Result<()> {
        let place = match path {
            [column] => own(name::key(column)?),
            [properties, key] if properties == "properties" => property(name::key(key)?),
            _ => bail!("could not read {field} from {}: take a column, or properties.KEY", path.join(".")),
        };
        let places = match field {
            "session_id" => &mut self.session_id,
            "timestamp" => &mut self.timestamp,
            "distinct_id" => &mut self.distinct_id,
            "person_id" => &mut self.person_id,
            "event" => &mut self.event,
            "lib" => &mut self.lib,
            "team_id" => &mut self.team_id,
            _ => bail!("could not move {field}: the query does not read it"),
        };
        *places = vec![place];
        Ok(())
    }

    /// Whether events name their person.
    pub(super) fn has_person(&self) -> bool {
        !self.person_id.is_empty()
    }

    /// All places that are read, each once.
    fn all(&self) -> Vec<&Column> {
        let fields = [
            &self.session_id,
            &self.timestamp,
            &self.distinct_id,
            &self.person_id,
            &self.event,
            &self.lib,
            &self.team_id,
            &self.app_session,
            &self.anon_distinct_id,
            &self.alias,
        ];
        let mut places: Vec<&Column> = Vec::new();
        for place in fields.into_iter().flatten() {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    /// The columns that are read beside the properties.
    pub(super) fn columns(&self) -> Vec<&str> {
        let own = |column: &&Column| matches!(column, Column::Own(_));
        self.all().into_iter().filter(own).map(Column::name).collect()
    }

    /// The keys of the properties that are read.
    pub(super) fn keys(&self) -> Vec<&str> {
        let is_property = |column: &&Column| matches!(column, Column::Property(_));
        self.all().into_iter().filter(is_property).map(Column::name).collect()
    }
}

impl Column {
    fn name(&self) -> &str {
        match self {
            Self::Own(name) | Self::Property(name) => name,
        }
    }
}
