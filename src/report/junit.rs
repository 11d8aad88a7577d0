//! Writes test results as JUnit: one case a rule and one a limit, red only where the verdict is.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use crate::audit::{Finding, Overview, Report, worst};
use crate::count::counted;
use crate::gate::{FailOn, Gate};
use crate::report::blame::Blame;
use crate::report::issue::sent_by;
use crate::rules::{RULES, Rule, RuleSet};
use crate::safe::spell;

/// How many sessions of a rule are named.
const SHOWN_SESSIONS: usize = 20;

/// The sessions whose reason is one rule.
#[derive(Debug, Default)]
struct Broken<'a> {
    sessions: u64,
    /// How many count against the limits of all sessions.
    failing: u64,
    /// How many are behind a limit that the run is over.
    blamed: u64,
    worst: Vec<&'a Finding>,
}

/// Writes the cases; without times and random ids, so that the same input gives the same bytes.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut junit = quick_junit::Report::new("session-audit");
    junit.add_test_suites([rules(report), limits(report)]);
    let xml = junit.to_string().map_err(io::Error::other)?;
    // Jenkins' schema (junit-10.xsd) knows how many cases of a suite are skipped, but not of all, which come first.
    let xml = xml.replacen(&format!(" skipped=\"{}\"", junit.skipped), "", 1);
    out.write_all(xml.as_bytes())
}

fn suite(name: &str, cases: impl IntoIterator<Item = TestCase>) -> TestSuite {
    let mut suite = TestSuite::new(format!("session-audit.{name}"));
    suite.add_test_cases(cases.into_iter().map(|mut case| {
        case.set_classname(format!("session-audit.{name}"));
        case
    }));
    suite
}

fn rules(report: &Report) -> TestSuite {
    let blame = Blame::new(report);
    let broken = broken_by_rule(report, &blame);
    let cases = RULES.iter().zip(&broken).map(|(rule, broken)| rule_case(rule, broken, report, &blame));
    let mut suite = suite("rules", cases);
    let summary = &report.overview.summary;
    let counts = [("sessions", summary.sessions), ("dropped", summary.dropped), ("at_risk", summary.at_risk)];
    suite.add_properties(counts.map(|(name, count)| Property::new(name, count.to_string())));
    suite.add_property(("contract", report.run.contract.name()));
    suite
}

/// What is known of the sessions of each rule, in the order of [`RULES`]; a session counts under its first one.
fn broken_by_rule<'a>(report: &'a Report, blame: &Blame<'_>) -> [Broken<'a>; RULES.len()] {
    let limits = &report.overview.gate.limits;
    RULES.each_ref().map(|rule| {
        let (mut broken, only) = (Broken::default(), RuleSet::of(|of| std::ptr::eq(of, rule)));
        let findings = || report.sessions.iter().filter(|finding| std::ptr::eq(finding.reason().rule, rule));
        for finding in findings() {
            broken.sessions += 1;
            broken.failing += u64::from(limits.count(finding));
            broken.blamed += u64::from(blame.is_on(finding, only));
        }
        Broken { worst: worst(findings(), SHOWN_SESSIONS), ..broken }
    })
}

fn rule_case(rule: &'static Rule, broken: &Broken<'_>, report: &Report, blame: &Blame<'_>) -> TestCase {
    if let Some(why) = not_held(rule, report) {
        return skipped(rule.name, why);
    }
    if broken.blamed > 0 || blame.is_on_rule(rule) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(failure(rule, broken, report, blame));
        status.set_type(report.overview.gate.limits.fail_on.name()).set_description(details(rule, broken));
        return TestCase::new(rule.name, status);
    }
    let mut case = TestCase::new(rule.name, TestCaseStatus::success());
    if broken.sessions > 0 {
        let why = if broken.failing == 0 { "none of which counts" } else { "within the limits" };
        let (sessions, details) = (counted(broken.sessions, "session"), details(rule, broken));
        case.set_system_out(format!("{sessions}, {why}\n{details}"));
    }
    case
}

/// Says how many sessions have a rule as their reason, or break it, if it is over its limit by those of other reasons.
fn failure(rule: &Rule, broken: &Broken<'_>, report: &Report, blame: &Blame<'_>) -> String {
    let sessions = counted(broken.sessions, "session");
    if broken.blamed == 0 {
        let all = counted(report.overview.summary.by_rule[rule.number()], "session");
        return format!("{sessions} by this reason, {all} with others: {}", rule.summary);
    }
    let others = broken.sessions - broken.blamed;
    let why = if blame.is_on_all() { "do not count" } else { "are within the limits" };
    let others = if others > 0 { format!(" ({others} of them {why})") } else { String::new() };
    format!("{sessions}{others}: {}", rule.summary)
}

/// Why a rule was not held, if it was not.
fn not_held(rule: &Rule, report: &Report) -> Option<&'static str> {
    let settings = &report.run.settings;
    let needs_key = rule.breaks_if.needs_app_sessions() && settings.session_key.is_none();
    let why = if needs_key { "needs --session-key" } else { "left out by --select, --ignore or a severity" };
    (!settings.rules.iter().any(|held| held == rule.name)).then_some(why)
}

/// The worst sessions of a rule, how many more there are, and the fix.
fn details(rule: &Rule, broken: &Broken<'_>) -> String {
    let mut lines: Vec<_> = broken.worst.iter().map(|finding| session(finding)).collect();
    let more = broken.sessions - lines.len() as u64;
    if more > 0 {
        lines.push(format!("- {}", counted(more, "more session")));
    }
    lines.push(format!("fix: {}", rule.help));
    lines.join("\n")
}

fn session(finding: &Finding) -> String {
    let reason = finding.reason();
    let proof = &reason.event;
    let (id, file) = (text(&finding.session_id), text(&proof.file));
    let team = finding.team_id.as_ref().map_or(String::new(), |team| format!(" of team {}", text(team)));
    format!(
        "- {file}:{}: {id}{team}: {} ({}, {})",
        proof.line,
        reason.message,
        finding.effect.name(),
        sent_by(finding, text)
    )
}

fn limits(report: &Report) -> TestSuite {
    let Overview { gate, summary, .. } = &report.overview;
    let counts = &summary.counts;
    let limits = &gate.limits;
    let (malformed, records) = (counts.malformed_records, counts.records());
    let max_malformed = if limits.max_malformed.allows(malformed, records) {
        let seen = format!("{}, {} allowed", counted(malformed, "malformed record"), limits.max_malformed);
        passed("max-malformed", seen)
    } else {
        trouble("max-malformed", gate.problems.iter().filter(|problem| problem.ends_with("(--max-malformed)")))
    };
    let complete = if gate.is_complete() {
        TestCase::new("completeness", TestCaseStatus::success())
    } else {
        trouble("completeness", &gate.problems)
    };
    let max_dropped = limits.max_dropped.map(|max| max.to_string());
    let max_percent = limits.max_dropped_percent.map(|max| format!("{max} %"));
    suite(
        "limits",
        [
            limit("max-dropped", max_dropped, report),
            limit("max-dropped-percent", max_percent, report),
            other_limits(gate),
            max_malformed,
            complete,
        ],
    )
}

/// The limits that the run is over and that have no case of their own.
fn other_limits(gate: &Gate) -> TestCase {
    const OWN: [&str; 2] = ["(--max-dropped)", "(--max-dropped-percent)"];
    let others = gate.exceeded.iter().filter(|exceeded| !OWN.iter().any(|own| exceeded.ends_with(own)));
    let others: Vec<_> = others.map(|exceeded| text(exceeded)).collect();
    if others.is_empty() {
        return TestCase::new("other-limits", TestCaseStatus::success());
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(others.join("; ")).set_type("limit");
    TestCase::new("other-limits", status)
}

/// The case of a limit of sessions.
fn limit(name: &'static str, max: Option<String>, report: &Report) -> TestCase {
    let Some(max) = max else { return skipped(name, "no such limit is given") };
    let option = format!("(--{name})");
    if let Some(exceeded) = report.overview.gate.exceeded.iter().find(|exceeded| exceeded.ends_with(&option)) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(text(exceeded)).set_type("limit");
        return TestCase::new(name, status);
    }
    let limits = &report.overview.gate.limits;
    let failing = report.count(|finding| limits.count(finding));
    let what = match limits.fail_on {
        FailOn::Dropped => "dropped",
        FailOn::AtRisk => "dropped or at risk",
    };
    let sessions = counted(report.overview.summary.sessions, "session");
    passed(name, format!("{failing} of {sessions} {what}, {max} allowed"))
}

fn passed(name: &'static str, seen: String) -> TestCase {
    let mut case = TestCase::new(name, TestCaseStatus::success());
    case.set_system_out(seen);
    case
}

fn skipped(name: &'static str, why: &str) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    TestCase::new(name, status)
}

/// A case that has no verdict.
fn trouble<'a>(name: &'static str, problems: impl IntoIterator<Item = &'a String>) -> TestCase {
    let problems: Vec<_> = problems.into_iter().map(|problem| format!("- {}", text(problem))).collect();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message("no verdict").set_type("no verdict").set_description(problems.join("\n"));
    TestCase::new(name, status)
}

/// A text from the data without what XML cannot hold.
fn text(text: &str) -> String {
    spell(text, |c| matches!(c, '\u{fffe}' | '\u{ffff}'))
}
