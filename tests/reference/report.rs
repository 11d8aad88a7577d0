//! Writes what was found: the rows of section 8.2 and the counts of section 8.3.

use super::event::Event;
use super::record::Reading;
use super::rules::{Effect, Finding, RULES};
use super::time;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const HEADER: &str = "session_id,team_id,verdict,effect,reason,reasons,events,users,id_time,first_event,\
    last_event,first_offset_ms,last_offset_ms,libs,cause,file,line,event_uuid";

/// The CSV report.
pub(crate) fn csv(findings: &[Finding]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER.split(',')).expect("memory takes everything");
    for finding in findings {
        writer.write_record(row(finding)).expect("every row has all columns");
    }
    let bytes = writer.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("only texts were written")
}

fn row(finding: &Finding) -> [String; 18] {
    let session = finding.session;
    let key = &session.key;
    let proof = finding.breaks[0].proof;
    let first_us = session.earliest().map(|(time_us, _)| time_us);
    let last_us = session.latest().map(|(time_us, _)| time_us);
    let offset = |event_us: Option<i64>| {
        let distance_us = event_us? - key.time_us()?;
        Some(distance_us.div_euclid(1000).to_string())
    };
    let reasons: Vec<&str> = finding.breaks.iter().map(|broken| broken.rule).collect();
    [
        shown(&key.text()),
        shown(session.team.text().unwrap_or_default()),
        verdict(finding).into(),
        finding.effect.name().into(),
        reasons[0].into(),
        reasons.join("|"),
        session.events.len().to_string(),
        session.user_count().to_string(),
        key.time_us().and_then(|time_us| time::write(time_us, 3)).unwrap_or_default(),
        first_us.and_then(|time_us| time::write(time_us, 6)).unwrap_or_default(),
        last_us.and_then(|time_us| time::write(time_us, 6)).unwrap_or_default(),
        offset(first_us).unwrap_or_default(),
        offset(last_us).unwrap_or_default(),
        libs(&session.events),
        String::new(),
        escaped(&proof.file),
        proof.line.to_string(),
        shown(proof.uuid.as_deref().unwrap_or_default()),
    ]
}

fn verdict(finding: &Finding) -> &'static str {
    if finding.is_dropped { "dropped" } else { "at-risk" }
}

fn libs(events: &[&Event]) -> String {
    let libs: BTreeSet<&str> = events.iter().filter_map(|event| event.lib.as_deref()).collect();
    libs.into_iter().map(shown).collect::<Vec<_>>().join("|")
}

/// A text from the data: cut at 200 characters, and harmless, also as a line of a CI log.
pub(super) fn shown(text: &str) -> String {
    let shown = match text.char_indices().nth(200) {
        Some((end, _)) => escaped(&text[..end]) + "…",
        None => escaped(text),
    };
    match shown.trim_start().get(..2) {
        Some("::") => shown.replacen(':', r"\u003a", 1),
        Some("##") => shown.replacen('#', r"\u0023", 1),
        _ => shown,
    }
}

/// Control characters, bidirectional overrides and the start of what CI takes for commands anywhere as `\u001b`.
pub(crate) fn escaped(text: &str) -> String {
    let is_harmful =
        |letter: char| letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let escape = |letter: char| {
        if is_harmful(letter) { format!("\\u{:04x}", u32::from(letter)) } else { letter.into() }
    };
    let text: String = text.chars().map(escape).collect();
    text.replace("##[", r"\u0023#[").replace("##vso[", r"\u0023#vso[")
}

/// What the JSON report must say of a session.
pub(crate) fn facts(finding: &Finding) -> Value {
    let session = finding.session;
    let team = session.team.text().map(|text| {
        let number = text.parse::<u64>().ok().filter(|number| number.to_string() == text);
        number.map_or_else(|| json!(shown(text)), Value::from)
    });
    let reason = |broken: &super::rules::Break| {
        let uuid = broken.proof.uuid.as_deref().map(shown);
        // Only the rules about time tell when their proof was.
        let is_timed = ["id-after-first-event", "past-24-hours"].contains(&broken.rule);
        let time = broken.proof.time_us.filter(|_| is_timed).and_then(|time_us| time::write(time_us, 6));
        let event = json!({"file": escaped(&broken.proof.file), "line": broken.proof.line, "uuid": uuid, "time": time});
        json!({"rule": broken.rule, "effect": broken.effect.name(), "event": event})
    };
    json!({
        "session_id": shown(&session.key.text()),
        "team_id": team,
        "verdict": verdict(finding),
        "effect": finding.effect.name(),
        "reason": finding.breaks[0].rule,
        "reasons": finding.breaks.iter().map(reason).collect::<Vec<_>>(),
        "events": session.events.len(),
        "users": session.user_count(),
    })
}

/// The counts of the JSON report's `summary`.
pub(crate) fn summary(reading: &Reading, sessions: usize, findings: &[Finding]) -> Value {
    let events = &reading.events;
    let times = || events.iter().filter_map(|event| event.time_us);
    let time = |time_us: Option<i64>| time_us.and_then(|time_us| time::write(time_us, 6));
    let (dropped, at_risk): (Vec<&Finding>, Vec<_>) = findings.iter().partition(|finding| finding.is_dropped);
    let breaking =
        |rule: &str| findings.iter().filter(|finding| finding.breaks.iter().any(|broken| broken.rule == rule)).count();
    let by_rule: Map<String, Value> =
        RULES.iter().map(|(rule, _)| ((*rule).to_owned(), breaking(rule).into())).collect();
    let with_effect = |effect| findings.iter().filter(|finding| finding.effect == effect).count();
    let by_effect: Map<String, Value> =
        Effect::ALL.map(|effect| (effect.name().to_owned(), with_effect(effect).into())).into_iter().collect();
    json!({
        "events": events.len(),
        "events_without_session_id": events.iter().filter(|event| event.session_id.is_none()).count(),
        "events_untimed": events.len() - times().count(),
        "other_records": reading.other,
        "malformed_records": reading.malformed,
        "sessions": sessions,
        "dropped": dropped.len(),
        "at_risk": at_risk.len(),
        "events_in_dropped_sessions": dropped.iter().map(|finding| finding.session.events.len()).sum::<usize>(),
        "first_event": time(times().min()),
        "last_event": time(times().max()),
        "by_reason": by_rule,
        "by_effect": by_effect,
    })
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn texts_are_cut_before_they_are_escaped() {
        let long = "\u{1b}".repeat(201);
        assert_eq!(shown(&long), "\\u001b".repeat(200) + "…");
        assert_eq!(shown(&long[..200]), "\\u001b".repeat(200));
        assert_eq!(shown("a\n\u{7f}\u{85}\u{202e}\u{2069}é\u{200f}"), "a\\u000a\\u007f\\u0085\\u202e\\u2069é\u{200f}");
        assert_eq!(shown(&"é".repeat(200)), "é".repeat(200));
    }
}
