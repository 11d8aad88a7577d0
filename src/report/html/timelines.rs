//! Shows sample sessions against the 24 hours of their ids.

use std::io;

use askama::Template;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::axis::SignedLog;
use super::chart::{ALLOWED, Area, Drawn, Figure, Numbers, RIGHT, WIDTH, WRONG, draw, grid, label};
use super::rendered;
use super::text::{UNKNOWN, cut, drawn_width, fit, offset, time};
use super::worst::Worst;
use crate::audit::Finding;
use crate::count::counted;
use crate::event::time::{US_PER_DAY, US_PER_S};
use crate::rules::Rule;

/// How many sessions of a reason are shown.
const SHOWN_SESSIONS: usize = 5;

/// Some sessions have no time; so many of a reason are looked at.
const ASKED_SESSIONS: usize = 50;

/// The height of a session on the axis: a name above and the events below.
const UNITS: i32 = 4;

/// The same on the page.
const ROW: u32 = 58;

#[derive(Template)]
#[template(path = "timelines.html")]
struct Section {
    /// Of the rules about time.
    of_time: Vec<Figure>,
    /// Of other rules.
    others: Vec<Figure>,
}

/// A session on the axis of its id, in microseconds from the id's time.
struct Line<'a> {
    finding: &'a Finding,
    first_us: i64,
    last_us: i64,
    proof_us: Option<i64>,
}

/// The section.
pub(super) fn section(worst: &[Worst<'_>]) -> io::Result<String> {
    let (mut of_time, mut others) = (Vec::new(), Vec::new());
    for worst in worst {
        let lines = worst.findings.iter().take(ASKED_SESSIONS).filter_map(|finding| Line::new(finding));
        let lines: Vec<_> = lines.take(SHOWN_SESSIONS).collect();
        if !lines.is_empty() {
            let figures = if is_about_time(worst.rule) { &mut of_time } else { &mut others };
            figures.push(figure(worst.rule, &lines)?);
        }
    }
    rendered(&Section { of_time, others })
}

/// Whether the time of an event proves the rule broken.
fn is_about_time(rule: &Rule) -> bool {
    rule.requirement >= 4
}

impl<'a> Line<'a> {
    fn new(finding: &'a Finding) -> Option<Self> {
        let (id_us, (first_us, last_us)) = finding.id_us().zip(finding.offsets_us())?;
        let proof_us = finding.reasons.iter().find_map(|reason| reason.event.time_us).map(|us| us - id_us);
        Some(Self { finding, first_us, last_us, proof_us })
    }
}

fn figure(rule: &Rule, lines: &[Line<'_>]) -> io::Result<Figure> {
    let proof = if is_about_time(rule) {
        "the ring is the event that proves it."
    } else {
        "a ring is an event outside of the band; the event that proves this reason is proof whatever its time is, and stands \
         in the table of sessions."
    };
    let row = |line: &Line<'_>| {
        let proof = line.proof_us.map_or_else(|| UNKNOWN.to_owned(), offset);
        let finding = line.finding;
        let (first, last) = (offset(line.first_us), offset(line.last_us));
        vec![cut(&finding.session_id, 40), time(finding.id_us(), 3), first, last, proof, finding.events.to_string()]
    };
    Ok(Figure {
        name: format!("timeline-{}", rule.name),
        title: format!("{}: {}", rule.name, rule.summary),
        text: format!(
            "The worst sessions, each from its first event (dot) to its last one (square), by time from the id's own; {proof} \
             The shaded band is the id's 24 hours; the scale is signed, logarithmic and the same for all of them."
        ),
        drawing: draw(64 + ROW * u32::try_from(lines.len()).unwrap_or_default(), |area| drawn(lines, area))?,
        numbers: Numbers {
            header: vec!["session", "id time (UTC)", "first event", "last event", "proving event", "events"],
            texts: 2,
            rows: lines.iter().map(row).collect(),
            more: None,
        },
    })
}

fn drawn(lines: &[Line<'_>], area: &Area<'_>) -> Drawn {
    let first_us = lines.iter().map(|line| line.first_us).min().unwrap_or_default().min(-US_PER_S);
    let last_us = lines.iter().map(|line| line.last_us).max().unwrap_or_default().max(3 * US_PER_DAY);
    let top = i32::try_from(lines.len()).unwrap_or_default() * UNITS;
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .margin_left(24)
        .margin_right(24)
        .x_label_area_size(46)
        .build_cartesian_2d(SignedLog::new(first_us, last_us), 0..top)?;
    chart.draw_series([Rectangle::new([(0, 0), (US_PER_DAY, top)], ALLOWED.mix(0.16).filled())])?;
    let mut mesh = chart.configure_mesh();
    mesh.disable_y_mesh().bold_line_style(grid()).light_line_style(TRANSPARENT).axis_style(grid());
    mesh.x_desc("time from the id's time").label_style(label(HPos::Center)).draw()?;
    for (place, line) in lines.iter().enumerate() {
        let y = top - UNITS * i32::try_from(place).unwrap_or_default();
        let events = counted(line.finding.events, "event");
        let room = WIDTH - 60 - drawn_width(&format!(" ({events})"));
        let name = format!("{} ({events})", fit(&line.finding.session_id, room));
        let start = chart.x_range().start;
        chart.draw_series([EmptyElement::at((start, y)) + Text::new(name, (6, 12), label(HPos::Left))])?;
        let y = y - 2;
        for (from, to, color) in stretches(line.first_us, line.last_us) {
            chart.draw_series([PathElement::new([(from, y), (to, y)], color.stroke_width(3))])?;
        }
        let at = |us: i64| EmptyElement::at((us, y));
        let color = |us: i64| if (0..US_PER_DAY).contains(&us) { RIGHT } else { WRONG };
        let (first, last) = (line.first_us, line.last_us);
        chart.draw_series([at(first) + Circle::new((0, 0), 5, color(first).filled())])?;
        chart.draw_series([at(last) + Rectangle::new([(-5, -5), (5, 5)], color(last).filled())])?;
        if let Some(us) = line.proof_us {
            chart.draw_series([at(us) + Circle::new((0, 0), 9, WRONG.stroke_width(2))])?;
        }
    }
    Ok(())
}

/// The parts of a session before, in and after the id's 24 hours.
fn stretches(first_us: i64, last_us: i64) -> impl Iterator<Item = (i64, i64, RGBColor)> {
    let parts = [(i64::MIN, 0, WRONG), (0, US_PER_DAY, RIGHT), (US_PER_DAY, i64::MAX, WRONG)];
    let cut = move |(from, to, color): (i64, i64, RGBColor)| (first_us.max(from), last_us.min(to), color);
    parts.into_iter().map(cut).filter(|(from, to, _)| from < to)
}
