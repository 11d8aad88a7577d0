//! Shows the worst sessions of every reason in tables, as many as there is room for.

use std::io;

use askama::Template;

use super::text::{cut, offset, place, time};
use super::worst::Worst;
use super::{nothing, rendered};
use crate::audit::{Finding, Report};
use crate::count::grouped;
use crate::event::time::US_PER_MS;
use crate::rules::Rule;

/// How many sessions of a reason are shown at the most.
pub(super) const SHOWN_SESSIONS: usize = 200;

/// How many libraries of a session are named.
const SHOWN_LIBS: usize = 5;

#[derive(Template)]
#[template(path = "sessions.html")]
struct Section {
    /// What is said where there are no tables.
    nothing: &'static str,
    tables: Vec<Table>,
    count: String,
    has_teams: bool,
    has_users: bool,
}

/// The sessions of a reason.
struct Table {
    rule: &'static Rule,
    count: String,
    shown: String,
    /// How many more there are.
    more: Option<String>,
    rows: String,
}

#[derive(Template)]
#[template(path = "session.html")]
struct Row<'a> {
    finding: &'a Finding,
    id_time: Option<String>,
    /// The first event's and the last one's.
    times: [Option<At>; 2],
    libs: String,
    users: String,
    evidence: String,
    place: String,
    others: Vec<&'static str>,
    has_teams: bool,
    has_users: bool,
}

/// When an event was.
struct At {
    time: String,
    offset: Option<String>,
    offset_ms: i64,
}

/// The section, in at most so many bytes.
pub(super) fn section(report: &Report, worst: &[Worst<'_>], room: usize) -> io::Result<String> {
    // What the tables need beside their rows.
    const AROUND: usize = 20_000;
    let shown = || worst.iter().flat_map(|worst| &worst.findings);
    let has_teams = shown().any(|finding| finding.team_id.is_some());
    let has_users = shown().any(|finding| finding.distinct_ids.is_some());
    let (mut left, reasons) = (room.saturating_sub(AROUND), worst.len());
    let mut tables = Vec::new();
    for (number, worst) in worst.iter().enumerate() {
        // Each reason has an equal part of the room; what it leaves is for those that follow.
        let table = table(worst, left / (reasons - number), (has_teams, has_users))?;
        left -= table.rows.len();
        tables.push(table);
    }
    rendered(&Section {
        nothing: nothing(&report.overview),
        tables,
        count: grouped(report.sessions.len() as u64),
        has_teams,
        has_users,
    })
}

fn table(worst: &Worst<'_>, room: usize, has: (bool, bool)) -> io::Result<Table> {
    let (mut rows, mut shown) = (String::new(), 0);
    for finding in &worst.findings {
        let row = rendered(&row(finding, has))?;
        if rows.len() + row.len() > room {
            break;
        }
        rows.push_str(&row);
        shown += 1;
    }
    let more = worst.count - shown;
    Ok(Table {
        rule: worst.rule,
        count: grouped(worst.count as u64),
        shown: grouped(shown as u64),
        more: (more > 0).then(|| grouped(more as u64)),
        rows,
    })
}

fn row(finding: &Finding, (has_teams, has_users): (bool, bool)) -> Row<'_> {
    let (first, last) = finding.times_us.unzip();
    let (first_offset, last_offset) = finding.offsets_us().unzip();
    let at = |us: Option<i64>, offset_us: Option<i64>| {
        us.map(|us| At {
            time: time(Some(us), 0),
            offset: offset_us.map(offset),
            offset_ms: offset_us.unwrap_or(us).div_euclid(US_PER_MS),
        })
    };
    let proof = &finding.reason().event;
    Row {
        finding,
        id_time: finding.id_us().map(|us| time(Some(us), 3)),
        times: [at(first, first_offset), at(last, last_offset)],
        libs: some(&finding.libs, SHOWN_LIBS),
        users: finding.distinct_ids.as_deref().map_or(String::new(), |ids| some(ids, ids.len())),
        evidence: cut(&finding.evidence, 120),
        place: place(&proof.file, proof.line),
        others: finding.reasons[1..].iter().map(|reason| reason.rule.name).collect(),
        has_teams,
        has_users,
    }
}

/// The first few texts of a list.
fn some(texts: &[impl AsRef<str>], count: usize) -> String {
    let shown: Vec<_> = texts.iter().take(count).map(|text| cut(text.as_ref(), 60)).collect();
    let more = texts.len().saturating_sub(count);
    if more > 0 { format!("{} and {} more", shown.join(", "), grouped(more as u64)) } else { shown.join(", ") }
}
