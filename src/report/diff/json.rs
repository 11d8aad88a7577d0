//! Writes what changed for other programs; these types are the format, and they change only with `schema_version`.

use std::io::{self, Write};

use serde::Serialize;

use super::{CauseChange, Change, Diff};
use crate::count::rounded;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    sessions_before: u64,
    sessions_now: u64,
    total: ChangeResult,
    causes: Vec<CauseResult>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct CauseResult {
    cause: &'static str,
    #[serde(flatten)]
    change: ChangeResult,
}

#[derive(Serialize)]
struct ChangeResult {
    before: u64,
    before_percent: f64,
    now: u64,
    now_percent: f64,
    fixed: u64,
    remaining: u64,
    new: u64,
}

pub(super) fn write(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    let cause = |of: &CauseChange| CauseResult { cause: of.cause.name, change: result(diff, of.change) };
    let document = Document {
        schema_version: 1,
        sessions_before: diff.sessions.0,
        sessions_now: diff.sessions.1,
        total: result(diff, diff.total),
        causes: diff.causes.iter().map(cause).collect(),
        notes: &diff.notes,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn result(diff: &Diff, change: Change) -> ChangeResult {
    let (before_percent, now_percent) = diff.percents(change);
    ChangeResult {
        before: change.before(),
        before_percent: rounded(before_percent),
        now: change.now(),
        now_percent: rounded(now_percent),
        fixed: change.fixed,
        remaining: change.remaining,
        new: change.new,
    }
}
