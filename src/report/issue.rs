//! Says of a session what CI services show of an issue: a sentence, and a fingerprint that outlives edits of the files.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::audit::Finding;
use crate::count::counted;
use crate::safe::spell;

/// How many libraries of a session are named.
pub(super) const SHOWN_LIBS: usize = 5;

/// What is wrong with a session, why, and what to do about it. Services read markup, links and placeholders into such
/// texts, so nothing from the data has the characters that begin them.
pub(super) fn sentence(finding: &Finding) -> String {
    let reason = finding.reason();
    let team = finding.team_id.as_ref().map_or(String::new(), |team| format!(" of team {}", inert(team)));
    let cause = finding.cause;
    let evidence = if finding.evidence.is_empty() { String::new() } else { format!(": {}", finding.evidence) };
    // Nothing is known of an unknown cause, not even its fix.
    let fix = if cause.explains().is_empty() { reason.rule.help } else { cause.fix };
    format!(
        "Session {}{team}: {} ({}). Cause: {}{evidence}. Fix: {fix}.",
        inert(&finding.session_id),
        reason.message,
        sent_by(finding, inert),
        cause.label
    )
}

/// `12 events from web, posthog-node`.
pub(super) fn sent_by(finding: &Finding, text: impl Fn(&str) -> String) -> String {
    let events = counted(finding.events, "event");
    let more = finding.libs.len().saturating_sub(SHOWN_LIBS);
    let mut libs: Vec<_> = finding.libs.iter().take(SHOWN_LIBS).map(|lib| text(lib)).collect();
    if more > 0 {
        libs.push(format!("{more} more"));
    }
    if libs.is_empty() { events } else { format!("{events} from {}", libs.join(", ")) }
}

/// A text from the data without links, markup and placeholders.
pub(super) fn inert(text: &str) -> String {
    let spelled = spell(text, |c| "[]{}<>@&`|*~".contains(c));
    spelled.replace("://", r"\u003a//").replace("www.", r"www\u002e")
}

/// The fingerprints of the sessions of a report.
#[derive(Debug, Default)]
pub(super) struct Fingerprints(HashMap<String, u32>);

impl Fingerprints {
    /// The fingerprint of a session that breaks this rule: by the rule, the id and the team, not by where it is.
    pub(super) fn of(&mut self, finding: &Finding) -> String {
        let team = finding.team_id.as_deref().unwrap_or_default();
        let id = finding.session_id_sha256.as_ref().unwrap_or(&finding.session_id);
        let name = format!("{}\0{team}\0{id}", finding.reason().rule.name);
        // Long teams that begin alike look the same, since they are cut.
        let times = self.0.entry(name.clone()).or_default();
        *times += 1;
        let name = if *times == 1 { name } else { format!("{name}\0{times}") };
        let digest: [u8; 32] = Sha256::digest(name).into();
        // 128 bits tell sessions apart as well as 256.
        digest[..16].iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_sentence_is_a_link_or_a_placeholder() {
        assert_eq!(inert("[x](javascript:1)"), r"\u005bx\u005d(javascript:1)");
        assert_eq!(inert("{0} <b> @all `a`"), r"\u007b0\u007d \u003cb\u003e \u0040all \u0060a\u0060");
        assert_eq!(inert("https://a.b www.c.d"), r"https\u003a//a.b www\u002ec.d");
        assert_eq!(inert("::error::a\u{7}"), r"::error::a\u0007");
    }
}
