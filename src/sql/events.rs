//! Writes the query's first step: the events with the few fields that are read of each.

use super::Query;
use super::fields::Column;
use super::steps::totals;
use super::text::Step;
use crate::identity::Identity;

impl Query {
    pub(super) fn events(&self) -> Step {
        let groups = self.engine().groups_what_it_reads();
        let mut columns = self.keys();
        if groups {
            columns.extend(totals(&self.time()));
        } else {
            columns.insert(2, format!("{} AS event_time", self.time()));
        }
        let mut conditions = self.bounds();
        conditions.extend(groups.then(|| "id IS NOT NULL".to_owned()));
        let mut clauses = vec![format!("FROM {}", self.engine().relation(&self.place, &self.fields))];
        if !conditions.is_empty() {
            clauses.push(format!("WHERE {}", conditions.join("\n    AND ")));
        }
        clauses.extend(groups.then(|| self.groups()));
        Step { comment: self.about_events(), name: "session_events", columns, clauses, ..Step::default() }
    }

    fn about_events(&self) -> String {
        let mut comment =
            "The events, a few fields of each. Empty texts and the session id null count as absent.".to_owned();
        if self.identity == Identity::Person && self.fields.has_person() {
            comment += " p: and d: keep person ids and distinct ids apart.";
        }
        if self.engine().groups_what_it_reads() {
            comment += " They are grouped as they are read, so that the servers of a cluster send each other groups.";
        }
        if !self.bounds().is_empty() {
            comment += " Sessions can have earlier and later events outside the slice.";
        }
        comment
    }

    /// The columns by which events are grouped, in one way or another.
    fn keys(&self) -> Vec<String> {
        let fields = &self.fields;
        let team = match &*fields.team_id {
            [] => self.engine().no_team().to_owned(),
            places => self.any_of(places, false),
        };
        let mut columns = vec![
            format!("{team} AS team_id"),
            format!("NULLIF({}, 'null') AS id", self.any_of(&fields.session_id, true)),
        ];
        columns.extend(self.user_columns());
        if self.has_session_key {
            columns.push(format!("{} AS app_session", self.any_of(&fields.app_session, true)));
        }
        columns.push(format!("{} AS lib", self.any_of(&fields.lib, true)));
        columns
    }

    /// What cuts a slice of the events.
    fn bounds(&self) -> Vec<String> {
        let bound = |us: Option<i64>, sign: &str| {
            us.map(|us| format!("{} {sign} {}", self.raw_time(), self.engine().instant(us)))
        };
        bound(self.from_us, ">=").into_iter().chain(bound(self.to_us, "<")).collect()
    }

    /// The first of these places that is neither absent nor empty, as text where that is wanted.
    pub(super) fn any_of(&self, places: &[Column], is_text: bool) -> String {
        let engine = self.engine();
        let read = |place: &Column| match place {
            Column::Own(name) => engine.quote(name),
            Column::Property(key) => engine.property(self.fields.properties, key),
        };
        let read: Vec<_> = places
            .iter()
            .map(|place| if is_text { format!("NULLIF({}, '')", read(place)) } else { read(place) })
            .collect();
        match &*read {
            [one] => one.clone(),
            several => format!("COALESCE({})", several.join(", ")),
        }
    }

    /// The column of the time as it is.
    fn raw_time(&self) -> String {
        self.engine().bound(&self.any_of(&self.fields.timestamp, false), &self.place)
    }

    fn time(&self) -> String {
        self.engine().time(&self.any_of(&self.fields.timestamp, false), &self.place)
    }
}
