//! Makes conditions, effects and verdicts from the rule table.

use super::Query;
use super::text::{self, Step, case, named};
use crate::audit::Verdict;
use crate::rules::{Condition, Consequence, Effect, REACH_US, RULES, Rule};

/// The name of the column with what comes of a rule, or nothing where it holds.
fn effect_column(rule: &Rule) -> String {
    format!("{}_effect", rule.name.replace('-', "_"))
}

/// How far the event that proves a rule about time is from the id's time, in microseconds.
fn distance(condition: Condition) -> Option<&'static str> {
    match condition {
        Condition::FirstEventBeforeId => Some("id_ms * 1000 - first_us"),
        Condition::LastEventFrom(_) => Some("last_us - id_ms * 1000"),
        Condition::NotAUuid
        | Condition::OtherVersion
        | Condition::OtherVariant
        | Condition::SeveralUsers
        | Condition::SeveralAppSessions
        | Condition::SharedAppSession
        | Condition::SeveralSpellings => None,
    }
}

/// Whether a rule is broken, and its name.
fn broken(rule: &Rule) -> (String, String) {
    (format!("{} IS NOT NULL", effect_column(rule)), format!("'{}'", rule.name))
}

impl Query {
    /// What a row of `sessions` shows when the session breaks a rule.
    fn condition(&self, condition: Condition) -> String {
        let distance = distance(condition).unwrap_or_default();
        match condition {
            Condition::NotAUuid => "digits IS NULL".to_owned(),
            Condition::OtherVersion => "digits IS NOT NULL AND id_ms IS NULL".to_owned(),
            Condition::OtherVariant => {
                "id_ms IS NOT NULL AND SUBSTRING(digits, 17, 1) NOT IN ('8', '9', 'a', 'b')".to_owned()
            }
            Condition::SeveralUsers => "users > 1".to_owned(),
            Condition::SeveralAppSessions => "has_two_app_sessions".to_owned(),
            Condition::SharedAppSession => "shares_app_session".to_owned(),
            Condition::SeveralSpellings => "has_two_spellings".to_owned(),
            Condition::FirstEventBeforeId => format!("{distance} > {}", self.request.tolerance_us),
            Condition::LastEventFrom(span_us) => {
                format!("{distance} >= {}", span_us.saturating_add(self.request.tolerance_us))
            }
        }
    }

    fn effect_of(rule: &Rule) -> String {
        match (rule.consequence, distance(rule.breaks_if)) {
            (Consequence::ByDistance { within, beyond }, Some(distance)) => {
                let is_far = (format!("{distance} > {REACH_US}"), format!("'{}'", beyond.name()));
                case(&[is_far], Some(&format!("'{}'", within.name())))
            }
            (Consequence::Always(effect) | Consequence::ByDistance { within: effect, .. }, _) => {
                format!("'{}'", effect.name())
            }
        }
    }

    /// The sessions with what comes of each rule.
    pub(super) fn verdicts(&self) -> Step {
        let mut columns = vec!["*".to_owned()];
        columns.extend(self.rules.iter().map(|rule| {
            let effect = case(&[(self.condition(rule.breaks_if), Self::effect_of(rule))], None);
            named(&effect, &effect_column(rule))
        }));
        let comment = "What comes of each rule that a session breaks, in PostHog's code of today. Times are compared in \
                       microseconds; 86400000000 are a day. Within 3 days of the id's time, a filter by date finds the \
                       session.";
        Step {
            comment: comment.to_owned(),
            name: "verdicts",
            columns,
            clauses: vec!["FROM sessions".to_owned()],
            ..Step::default()
        }
    }

    /// What comes of any rule, or nothing where none is broken.
    pub(super) fn any_effect(&self) -> String {
        let columns: Vec<_> = self.rules.iter().map(|rule| effect_column(rule)).collect();
        match &*columns {
            [one] => one.clone(),
            several => format!("COALESCE({})", text::wrapped(&several.join(", "))),
        }
    }

    /// Whether one of these effects comes of any rule.
    fn has_effect(&self, wanted: &[Effect]) -> Vec<String> {
        let mut tests = Vec::new();
        for rule in &self.rules {
            for effect in wanted.iter().filter(|effect| rule.consequence.can_be(**effect)) {
                tests.push(format!("{} = '{}'", effect_column(rule), effect.name()));
            }
        }
        tests
    }

    /// The worst effect.
    pub(super) fn effect(&self) -> String {
        let cases = Effect::ALL.iter().filter_map(|effect| {
            let tests = self.has_effect(&[*effect]);
            (!tests.is_empty()).then(|| (tests.join(" OR "), format!("'{}'", effect.name())))
        });
        case(&cases.collect::<Vec<_>>(), None)
    }

    /// Whether the session counts as dropped, of one that breaks a rule; `None` if all of them do.
    fn is_dropped(&self) -> Option<String> {
        let dropping: Vec<_> = Effect::ALL
            .into_iter()
            .filter(|effect| Verdict::by(self.request.contract, *effect) == Verdict::Dropped)
            .collect();
        let tests = self.has_effect(&dropping);
        match tests.len() {
            _ if dropping.len() == Effect::ALL.len() => None,
            0 => Some("1 = 0".to_owned()),
            _ => Some(tests.join("\n    OR ")),
        }
    }

    pub(super) fn verdict(&self) -> String {
        match self.is_dropped() {
            None => "'dropped'".to_owned(),
            Some(test) => case(&[(test, "'dropped'".to_owned())], Some("'at-risk'")),
        }
    }

    /// The first broken rule.
    pub(super) fn reason(&self) -> String {
        case(&self.rules.iter().map(|rule| broken(rule)).collect::<Vec<_>>(), None)
    }

    /// The broken rules, each its name or nothing.
    pub(super) fn reasons(&self) -> Vec<String> {
        self.rules.iter().map(|rule| case(&[broken(rule)], None)).collect()
    }

    /// One row of counts.
    pub(super) fn summary(&self) -> Step {
        let engine = self.engine();
        let broken = format!("COUNT({})", self.any_effect());
        let (dropped, at_risk, is_dropped) = match self.is_dropped() {
            None => (broken, "0".to_owned(), format!("{} IS NOT NULL", self.any_effect())),
            Some(test) => {
                let dropped = format!("COUNT({})", case(&[(test.clone(), "1".to_owned())], None));
                (dropped.clone(), format!("{broken} - {dropped}"), test)
            }
        };
        let mut columns = vec![
            ("COUNT(*)".to_owned(), "sessions".to_owned()),
            (dropped, "dropped".to_owned()),
            (at_risk, "at_risk".to_owned()),
            ("COALESCE(SUM(events), 0)".to_owned(), "events_in_sessions".to_owned()),
            (
                format!("COALESCE(SUM({}), 0)", case(&[(is_dropped, "events".to_owned())], None)),
                "events_in_dropped_sessions".to_owned(),
            ),
        ];
        columns.extend(RULES.iter().map(|rule| {
            let is_asked = self.rules.iter().any(|asked| asked.name == rule.name);
            let count = if is_asked { format!("COUNT({})", effect_column(rule)) } else { "0".to_owned() };
            (count, rule.name.replace('-', "_"))
        }));
        let columns = columns.iter().map(|(count, name)| format!("{count} AS {}", engine.output(name))).collect();
        let comment = "The sessions, those that count as dropped or at risk, their events, and for every rule the \
                       sessions that break it (0 where it is not asked).";
        Step { comment: comment.to_owned(), columns, clauses: vec!["FROM verdicts".to_owned()], ..Step::default() }
    }
}
