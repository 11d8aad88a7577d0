//! Says what a session's rows show, as far as several rules, causes or reports ask for it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use uuid::Uuid;

use super::{Context, SessionKey, SessionName, Sides};
use crate::event::id::{Side, Spelling, Window};
use crate::rows::{Flags, Row, RowKey, parts};

/// The events of one session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session<'a> {
    /// At least one; by time, those without a time last, and by position where times are equal.
    rows: &'a [&'a Row],
    /// What is kept of a text key.
    text: &'a str,
    pub(crate) context: &'a Context,
}

/// What the events of a session say of the device (`$device_id`) that they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Devices {
    /// Nothing.
    None,
    /// All that name one name the same.
    One,
    /// Two or more are named.
    Several,
}

impl<'a> Session<'a> {
    /// The session of these rows, of which there is at least one, all of one key; see
    /// [`crate::rows::by_session`] for their order. `text` is what is kept of a text key.
    pub(crate) fn new(rows: &'a [&'a Row], text: &'a str, context: &'a Context) -> Self {
        debug_assert!(rows.iter().all(|row| row.key() == rows[0].key()));
        Self { rows, text, context }
    }

    /// Its events: by time, those without a time last.
    pub(crate) fn rows(&self) -> &'a [&'a Row] {
        self.rows
    }

    /// How many events it has.
    pub(crate) fn events(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The session's key.
    pub(crate) fn key(&self) -> SessionKey<'a> {
        match self.uuid() {
            Some(id) => SessionKey::Uuid(id),
            None => SessionKey::Text(parts(self.text).0),
        }
    }

    /// The UUID that its id is, if it is one.
    pub(crate) fn uuid(&self) -> Option<Uuid> {
        self.rows[0].uuid()
    }

    /// What names it in every run, beside its team.
    pub(crate) fn name(&self) -> SessionName {
        match self.uuid() {
            Some(id) => SessionName::Uuid(id),
            None => SessionName::of_kept(self.text),
        }
    }

    /// What is kept of the text of a text key; no other session of its team has it.
    pub(crate) fn kept_text(&self) -> &'a str {
        self.text
    }

    /// Its key and team as rows have them.
    pub(crate) fn row_key(&self) -> RowKey {
        self.rows[0].key()
    }

    /// The number of its team.
    pub(crate) fn team(&self) -> u32 {
        self.rows[0].team
    }

    /// The time inside its id in microseconds since 1970, if that is a UUID of version 7.
    pub(crate) fn id_us(&self) -> Option<i64> {
        self.rows[0].id_us()
    }

    /// The 24 hours of its id, with the tolerance, if there is a time in the id.
    pub(crate) fn window(&self) -> Option<Window> {
        self.rows[0].window(self.context.tolerance_us)
    }

    /// Its events with a time, by time.
    pub(crate) fn timed(&self) -> &'a [&'a Row] {
        let timed = self.rows.partition_point(|row| row.time_us().is_some());
        &self.rows[..timed]
    }

    /// The smallest and the largest time of its events in microseconds since 1970.
    pub(crate) fn times_us(&self) -> Option<(i64, i64)> {
        let timed = self.timed();
        Some((timed.first()?.time_us, timed.last()?.time_us))
    }

    /// The first and the last event time minus the id's time, in microseconds.
    pub(crate) fn offsets_us(&self) -> Option<(i64, i64)> {
        let id_us = self.id_us()?;
        self.times_us().map(|(first_us, last_us)| (first_us - id_us, last_us - id_us))
    }

    /// The events on a side of the id's 24 hours, beyond the tolerance, by time.
    pub(crate) fn outside(&self, side: Side) -> &'a [&'a Row] {
        let timed = self.timed();
        let Some(window) = self.window() else { return &[] };
        let is_before = |row: &&Row| window.side(row.time_us) == Some(Side::Early);
        let is_before_end = |row: &&Row| window.side(row.time_us) != Some(Side::Late);
        match side {
            Side::Early => &timed[..timed.partition_point(is_before)],
            Side::Late => &timed[timed.partition_point(is_before_end)..],
        }
    }

    /// The events in the id's 24 hours and the tolerance, by time.
    pub(crate) fn inside(&self) -> &'a [&'a Row] {
        let timed = self.timed();
        let early = self.outside(Side::Early).len();
        let late = self.outside(Side::Late).len();
        &timed[early..timed.len() - late]
    }

    /// The session's first event by its place in the inputs.
    pub(crate) fn first(&self) -> &'a Row {
        self.rows.iter().min_by_key(|row| row.at).map_or(self.rows[0], |row| *row)
    }

    /// The event with the latest time; of several, the first by its place in the inputs.
    pub(crate) fn latest(&self) -> Option<&'a Row> {
        let timed = self.timed();
        let last_us = timed.last()?.time_us;
        timed.get(timed.partition_point(|row| row.time_us < last_us)).copied()
    }

    /// Into how many groups the events fall; those of no group do not count.
    pub(crate) fn count<G: Eq + std::hash::Hash>(&self, group: impl Fn(&Row) -> Option<G>) -> usize {
        self.groups(group).map_or_else(|only| usize::from(only.is_some()), |firsts| firsts.len())
    }

    /// The first event of the second group that occurs, by places in the inputs, if there are two.
    pub(crate) fn second<G: Eq + std::hash::Hash>(&self, group: impl Fn(&Row) -> Option<G>) -> Option<&'a Row> {
        if self.rows.len() == 1 {
            return None;
        }
        let mut firsts: Vec<_> = self.groups(group).ok()?.into_values().collect();
        firsts.sort_unstable_by_key(|row| row.at);
        firsts.get(1).copied()
    }

    /// The first event of every group by its place in the inputs; an error where there is no more
    /// than one group, as in most sessions, which are gone through without a table.
    fn groups<G: Eq + std::hash::Hash>(
        &self,
        group: impl Fn(&Row) -> Option<G>,
    ) -> Result<HashMap<G, &'a Row>, Option<G>> {
        let mut groups = self.rows.iter().filter_map(|row| group(row));
        let Some(first) = groups.next() else { return Err(None) };
        if groups.all(|other| other == first) {
            return Err(Some(first));
        }
        let mut firsts = HashMap::new();
        for row in self.rows {
            let Some(group) = group(row) else { continue };
            let first = firsts.entry(group).or_insert(*row);
            if row.at < first.at {
                *first = row;
            }
        }
        Ok(firsts)
    }

    /// The user of an event by `--identity`.
    pub(crate) fn user(&self, row: &Row) -> Option<u32> {
        self.context.tables.users.user(row.user)
    }

    /// How many users its events belong to.
    pub(crate) fn users(&self) -> usize {
        self.count(|row| self.user(row))
    }

    /// By user, whatever is to count as one, the sides of the network that sent events of the user.
    pub(crate) fn sides_by_user(&self) -> BTreeMap<u32, Sides> {
        let mut by_user = BTreeMap::<_, Sides>::new();
        for row in self.rows {
            if let Some(user) = self.context.tables.users.person(row.user) {
                by_user.entry(user).or_default().add(row);
            }
        }
        by_user
    }

    /// How many of the application's own sessions its events belong to.
    pub(crate) fn app_sessions(&self) -> usize {
        self.count(app_session)
    }

    /// The first event of the second of the application's own sessions, if there are two.
    pub(crate) fn second_app_session(&self) -> Option<&'a Row> {
        self.second(app_session)
    }

    /// Whether one of its application's own sessions also occurs under another session id.
    pub(crate) fn is_straying(&self) -> bool {
        !self.context.straying.is_empty() && self.context.straying.contains(&self.row_key())
    }

    /// How its events spell its id.
    pub(crate) fn spellings(&self) -> BTreeSet<Spelling> {
        self.rows.iter().map(|row| row.spelling()).collect()
    }

    /// The numbers of the libraries, with their versions, that sent events, ascending.
    pub(crate) fn libraries(&self) -> Cow<'a, [u32]> {
        let first = &self.rows[0].library;
        if self.rows.iter().all(|row| row.library == *first) {
            return Cow::Borrowed(std::slice::from_ref(first));
        }
        let mut libraries: Vec<_> = self.rows.iter().map(|row| row.library).collect();
        libraries.sort_unstable();
        libraries.dedup();
        Cow::Owned(libraries)
    }

    /// The names of the libraries that sent events.
    pub(crate) fn libs(&self) -> BTreeSet<&'a str> {
        let libraries = &self.context.tables.libraries;
        self.libraries().iter().filter_map(|library| libraries.lib(*library)).collect()
    }

    /// The name of the library of an event.
    pub(crate) fn lib(&self, row: &Row) -> Option<&'a str> {
        self.context.tables.libraries.lib(row.library)
    }

    /// What its events say of their device.
    pub(crate) fn devices(&self) -> Devices {
        let mut named = self.rows.iter().map(|row| row.device).filter(|device| *device != 0);
        match named.next() {
            None => Devices::None,
            Some(first) if named.all(|device| device == first) => Devices::One,
            Some(_) => Devices::Several,
        }
    }

    /// Everything that its events have for flags.
    pub(crate) fn flags(&self) -> Flags {
        self.rows.iter().fold(Flags::default(), |flags, row| flags.with(row.flags))
    }
}

fn app_session(row: &Row) -> Option<u64> {
    (row.app_session != 0).then_some(row.app_session)
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;

    use super::*;
    use crate::event::time::US_PER_DAY;
    use crate::input::Position;
    use crate::rows::UNTIMED;

    /// Midnight of a day in 2025 in milliseconds, as the first bits of a `UUIDv7`.
    const ID_MS: i64 = 1_741_910_400_000;

    /// An event at a line, so many microseconds after the id's time, or without a time.
    fn row(line: u32, after_us: Option<i64>) -> Row {
        let at = Position { input: 0, chunk: 0, line, nth: 0 };
        let high = u64::try_from(ID_MS << 16 | 7 << 12).unwrap_or_default();
        let time_us = after_us.map_or(UNTIMED, |us| ID_MS * 1000 + us);
        Row { key: [high, 2 << 62], at, time_us, sent_us: UNTIMED, stored_us: UNTIMED, ..Row::zeroed() }
    }

    fn lines(rows: &[&Row]) -> Vec<u32> {
        rows.iter().map(|row| row.at.line).collect()
    }

    #[test]
    fn events_are_before_in_or_after_the_24_hours() {
        let rows = [
            row(5, Some(-1001)),
            row(0, Some(-1000)),
            row(9, Some(0)),
            row(8, Some(US_PER_DAY + 999)),
            row(7, Some(US_PER_DAY + 1000)),
            row(2, None),
        ];
        let rows: Vec<_> = rows.iter().collect();
        let context = Context { tolerance_us: 1000, ..Context::default() };
        let session = Session::new(&rows, "", &context);
        assert_eq!(lines(session.outside(Side::Early)), [5]);
        assert_eq!(lines(session.inside()), [0, 9, 8]);
        assert_eq!(lines(session.outside(Side::Late)), [7]);
        assert_eq!(session.offsets_us(), Some((-1001, US_PER_DAY + 1000)));
        assert_eq!((session.first().at.line, session.latest().map(|row| row.at.line)), (0, Some(7)));
    }

    #[test]
    fn of_events_at_the_latest_time_the_first_is_taken() {
        let rows = [row(3, Some(1)), row(1, Some(7)), row(2, Some(7)), row(0, None)];
        let rows: Vec<_> = rows.iter().collect();
        let context = Context::default();
        let session = Session::new(&rows, "", &context);
        assert_eq!(session.latest().map(|row| row.at.line), Some(1));
    }

    #[test]
    fn the_second_group_is_told_by_places_in_the_inputs() {
        let user = |line, user| Row { user, ..row(line, Some(0)) };
        let rows = [user(4, 1), user(9, 2), user(6, 2), user(5, 1), user(7, 3)];
        let rows: Vec<_> = rows.iter().collect();
        let context = Context::default();
        let session = Session::new(&rows, "", &context);
        let group = |row: &Row| (row.user != 9).then_some(row.user);
        assert_eq!((session.count(group), session.second(group).map(|row| row.at.line)), (3, Some(6)));
        let some = |row: &Row| (row.user == 3).then_some(row.user);
        assert_eq!((session.count(some), session.second(some).is_none()), (1, true));
        assert_eq!(session.count(|_| None::<u32>), 0);
    }
}
