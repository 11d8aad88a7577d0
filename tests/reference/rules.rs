//! Judges sessions by the nine rules (section 5).

use super::event::Event;
use super::id::Key;
use super::options::Options;
use super::session::Session;

pub(super) const HOURS_24_US: i64 = 24 * 3_600_000_000;
const DAYS_3_US: i64 = 3 * HOURS_24_US;

/// What a broken rule does to a session, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    Excluded,
    Unreachable,
    Merged,
    Split,
    Misplaced,
    Kept,
}

impl Effect {
    pub(crate) const ALL: [Self; 6] =
        [Self::Excluded, Self::Unreachable, Self::Merged, Self::Split, Self::Misplaced, Self::Kept];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Unreachable => "unreachable",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Misplaced => "misplaced",
            Self::Kept => "kept",
        }
    }
}

/// The effect of a broken rule and the event that proves it.
type Judgement<'a> = Option<(Effect, &'a Event)>;
type Rule = for<'a> fn(&Session<'a>, &Options) -> Judgement<'a>;

/// The rules in the order of precedence.
pub(crate) const RULES: [(&str, Rule); 9] = [
    ("not-a-uuid", not_a_uuid),
    ("not-version-7", not_version_7),
    ("not-rfc-variant", not_rfc_variant),
    ("shared-by-users", shared_by_users),
    ("shared-by-sessions", shared_by_sessions),
    ("inconsistent-id", inconsistent_id),
    ("mixed-spelling", mixed_spelling),
    ("id-after-first-event", id_after_first_event),
    ("past-24-hours", past_24_hours),
];

/// One rule that a session breaks.
pub(crate) struct Break<'a> {
    pub(crate) rule: &'static str,
    pub(crate) effect: Effect,
    pub(crate) proof: &'a Event,
}

/// A session that breaks rules: the first of them is its reason.
pub(crate) struct Finding<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) breaks: Vec<Break<'a>>,
    pub(crate) effect: Effect,
    pub(crate) is_dropped: bool,
}

/// The sessions that break rules, in their order.
pub(crate) fn judge<'a>(sessions: &'a [Session<'a>], options: &Options) -> Vec<Finding<'a>> {
    sessions.iter().filter_map(|session| finding(session, options)).collect()
}

fn finding<'a>(session: &'a Session<'a>, options: &Options) -> Option<Finding<'a>> {
    let rules = RULES.iter().filter(|(rule, _)| options.judges(rule));
    let breaks: Vec<Break> = rules
        .filter_map(|(rule, check)| {
            let (effect, proof) = check(session, options)?;
            Some(Break { rule, effect, proof })
        })
        .collect();
    let effect = breaks.iter().map(|broken| broken.effect).min()?;
    let is_lost = matches!(effect, Effect::Excluded | Effect::Unreachable);
    Some(Finding { session, breaks, effect, is_dropped: is_lost || !options.observed })
}

fn not_a_uuid<'a>(session: &Session<'a>, _: &Options) -> Judgement<'a> {
    matches!(session.key, Key::Text(_)).then(|| (Effect::Excluded, session.events[0]))
}

fn not_version_7<'a>(session: &Session<'a>, _: &Options) -> Judgement<'a> {
    (session.key.version()? != 7).then(|| (Effect::Excluded, session.events[0]))
}

fn not_rfc_variant<'a>(session: &Session<'a>, _: &Options) -> Judgement<'a> {
    let breaks = session.key.version()? == 7 && !session.key.has_rfc_variant();
    breaks.then(|| (Effect::Kept, session.events[0]))
}

fn shared_by_users<'a>(session: &Session<'a>, _: &Options) -> Judgement<'a> {
    Some((Effect::Merged, session.second_user()?))
}

fn shared_by_sessions<'a>(session: &Session<'a>, _: &Options) -> Judgement<'a> {
    Some((Effect::Merged, session.second_own_session()?))
}

fn inconsistent_id<'a>(session: &Session<'a>, _: &Options) -> Judgement<'a> {
    session.is_torn.then(|| (Effect::Split, session.events[0]))
}

fn mixed_spelling<'a>(session: &Session<'a>, _: &Options) -> Judgement<'a> {
    Some((Effect::Split, session.second_spelling()?))
}

fn id_after_first_event<'a>(session: &Session<'a>, options: &Options) -> Judgement<'a> {
    let (id_us, (first_us, event)) = (session.key.time_us()?, session.earliest()?);
    let breaks = id_us > first_us + options.tolerance.1;
    breaks.then(|| (time_effect(id_us - first_us), event))
}

fn past_24_hours<'a>(session: &Session<'a>, options: &Options) -> Judgement<'a> {
    let (id_us, (last_us, event)) = (session.key.time_us()?, session.latest()?);
    let breaks = last_us >= id_us + HOURS_24_US + options.tolerance.1;
    breaks.then(|| (time_effect(last_us - id_us), event))
}

/// How bad a distance between an event and the id time is.
fn time_effect(distance_us: i64) -> Effect {
    if distance_us > DAYS_3_US { Effect::Unreachable } else { Effect::Misplaced }
}
