//! Writes the query's first step: the events with the few fields that are read of each.

use super::Query;
use super::engine::Feature;
use super::fields::{Column, Field, Properties};
use super::name::{Place, Shape};
use super::steps::totals;
use super::text::Step;
use crate::rows::Identity;

impl Query {
    pub(super) fn events(&self) -> Step {
        let groups = self.engine().facts().has(Feature::GroupsWhatItReads);
        let mut columns = self.keys();
        if groups {
            columns.extend(totals(&self.time()));
        } else {
            columns.insert(2, format!("{} AS event_time", self.time()));
        }
        let mut conditions = self.bounds();
        conditions.extend(groups.then(|| "id IS NOT NULL".to_owned()));
        let mut clauses = vec![format!("FROM {}", self.relation())];
        clauses.extend(self.engine().lateral(&self.fields));
        if !conditions.is_empty() {
            clauses.push(format!("WHERE {}", conditions.join("\n    AND ")));
        }
        clauses.extend(groups.then(|| self.groups()));
        Step { comment: self.about_events(), name: "session_events", columns, clauses, ..Step::default() }
    }

    fn relation(&self) -> String {
        match &self.place {
            Place::Table(table) => self.engine().table(&table.quoted, self.fields.properties),
            Place::Files(files) => self.engine().files(files, &self.fields).unwrap_or_default(),
        }
    }

    fn about_events(&self) -> String {
        let mut comment =
            "The events, a few fields of each. Empty texts and the session id null count as absent.".to_owned();
        if self.identity == Identity::Person && self.fields.has(Field::PersonId) {
            comment += " p: and d: keep person ids and distinct ids apart.";
        }
        if self.engine().facts().has(Feature::GroupsWhatItReads) {
            comment += " They are grouped as they are read, so that the servers of a cluster send each other groups.";
        }
        if self.has_bounds() {
            comment += " Sessions can have earlier and later events outside the slice.";
        }
        comment
    }

    /// The columns by which events are grouped, in one way or another.
    fn keys(&self) -> Vec<String> {
        let has_team = self.fields.has(Field::TeamId);
        let team = if has_team { self.raw(Field::TeamId) } else { self.engine().no_team().to_owned() };
        let mut columns =
            vec![format!("{team} AS team_id"), format!("NULLIF({}, 'null') AS id", self.text_of(Field::SessionId))];
        columns.extend(self.user_columns());
        for (field, name) in [(Field::AppSession, "app_session"), (Field::Lib, "lib")] {
            columns.extend(self.fields.has(field).then(|| format!("{} AS {name}", self.text_of(field))));
        }
        columns
    }

    /// What cuts a slice of the events.
    fn bounds(&self) -> Vec<String> {
        let (engine, shape) = (self.engine(), self.place.shape());
        let bound = |us: Option<i64>, sign: &str| {
            us.map(|us| format!("{} {sign} {}", engine.bound(&self.raw(Field::Timestamp), shape), engine.instant(us)))
        };
        bound(self.request.from_us, ">=").into_iter().chain(bound(self.request.to_us, "<")).collect()
    }

    /// The first place of a field that is neither absent nor empty, as text.
    pub(super) fn text_of(&self, field: Field) -> String {
        // The query itself says that columns of JSON Lines are texts.
        let is_text = self.place.shape() == Shape::JsonLines;
        let read = |place: &Column| match place {
            Column::Own(_) if !is_text => format!("NULLIF({}, '')", self.engine().as_text(&self.read(place))),
            _ => format!("NULLIF({}, '')", self.read(place)),
        };
        first(&self.fields.of(field).map(read).collect::<Vec<_>>())
    }

    /// The first place of a field that is not absent, as it is.
    pub(super) fn raw(&self, field: Field) -> String {
        first(&self.fields.of(field).map(|place| self.read(place)).collect::<Vec<_>>())
    }

    fn read(&self, place: &Column) -> String {
        let engine = self.engine();
        match (place, self.fields.properties) {
            (Column::Own(name), _) => engine.quote(name),
            (Column::Property(key), Properties::Struct) => format!("properties.{}", engine.quote(key)),
            (Column::Property(key), properties) => engine.property(properties, key),
        }
    }

    fn time(&self) -> String {
        self.engine().time(&self.raw(Field::Timestamp), self.place.shape())
    }
}

/// The first of these values that is there.
fn first(values: &[String]) -> String {
    match values {
        [one] => one.clone(),
        several => format!("COALESCE({})", several.join(", ")),
    }
}
