//! Shows how far first and last events are from the ids' times, and where they may be.

use std::io;

use askama::Template;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::axis::SignedLog;
use super::chart::{ALLOWED, Area, Drawn, Figure, Numbers, RIGHT, WRONG, draw, grid, label};
use super::rendered;
use super::text::offset;
use crate::audit::Report;
use crate::audit::offsets::{EDGES_US, Histogram, Offsets};
use crate::count::grouped;
use crate::event::time::US_PER_DAY;

/// Where classes without an end are drawn to.
const END_US: i64 = 300 * US_PER_DAY;

#[derive(Template)]
#[template(path = "offsets.html")]
struct Section {
    figure: Option<Figure>,
}

/// The section.
pub(super) fn section(report: &Report) -> io::Result<String> {
    let offsets = &report.overview.offsets;
    let is_empty = offsets.first.classes().all(|(.., sessions)| sessions == 0);
    rendered(&Section { figure: if is_empty { None } else { Some(figure(offsets)?) } })
}

fn figure(offsets: &Offsets) -> io::Result<Figure> {
    let rows = offsets.first.classes().zip(offsets.last.classes());
    let rows = rows.filter(|((.., first), (.., last))| first + last > 0).map(|((from, to, first), (.., last))| {
        let is_allowed = from.is_some_and(|from| (0..US_PER_DAY).contains(&from));
        let allowed = if is_allowed { "yes" } else { "no" };
        vec![class(from, to), allowed.to_owned(), grouped(first), grouped(last)]
    });
    Ok(Figure {
        name: "offsets-chart".to_owned(),
        title: "First and last events against the id's time".to_owned(),
        text: "All sessions with a time inside the id, by the time of their first and of their last event minus that time. \
               The axis is signed and logarithmic; the shaded band is what PostHog asks for, from 0 to 24 hours. Bars left of \
               the band are ids minted late or clocks ahead, bars right of it ids kept too long. Classes at the ends are \
               open."
            .to_owned(),
        drawing: draw(470, |area| drawn(offsets, area))?,
        numbers: Numbers {
            header: vec!["event minus id", "allowed", "first events", "last events"],
            texts: 2,
            rows: rows.collect(),
            more: None,
        },
    })
}

/// `-1s to -100ms`.
fn class(from: Option<i64>, to: Option<i64>) -> String {
    match (from, to) {
        (None, to) => format!("under {}", to.map(offset).unwrap_or_default()),
        (Some(from), None) => format!("from {}", offset(from)),
        (Some(from), Some(to)) => format!("{} to {}", offset(from), offset(to)),
    }
}

fn drawn(offsets: &Offsets, area: &Area<'_>) -> Drawn {
    let (above, below) = area.split_vertically(220);
    histogram(&offsets.first, "first event minus the id's time", &above)?;
    histogram(&offsets.last, "last event minus the id's time", &below)
}

fn histogram(histogram: &Histogram, axis: &str, area: &Area<'_>) -> Drawn {
    let most = histogram.classes().map(|(.., sessions)| sessions).max().unwrap_or_default();
    let top = most.saturating_mul(4).max(40);
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .margin_right(24)
        .x_label_area_size(46)
        .y_label_area_size(72)
        .build_cartesian_2d(SignedLog::exactly(-END_US..END_US), (0..top).log_scale())?;
    chart.draw_series([Rectangle::new([(0, 0), (US_PER_DAY, top)], ALLOWED.mix(0.16).filled())])?;
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh().bold_line_style(grid()).light_line_style(TRANSPARENT).axis_style(grid());
    mesh.x_desc(axis).y_desc("sessions (log)").y_labels(5).y_label_formatter(&|sessions| count(*sessions));
    mesh.label_style(label(HPos::Center)).draw()?;
    for (from, to, sessions) in histogram.classes().filter(|(.., sessions)| *sessions > 0) {
        let (from, to) = (from.unwrap_or(-END_US), to.unwrap_or(END_US));
        let color = if (0..US_PER_DAY).contains(&from) { RIGHT } else { WRONG };
        let mut bar = Rectangle::new([(from, 0), (to, sessions)], color.filled());
        bar.set_margin(0, 0, 1, 1);
        chart.draw_series([bar])?;
    }
    let allowed = EmptyElement::at((1_000_000, top)) + Text::new("allowed: 0 to 24 h", (0, 8), label(HPos::Center));
    chart.draw_series([allowed]).map(|_| ())
}

/// `10k`.
fn count(sessions: u64) -> String {
    match sessions {
        0..1_000 => sessions.to_string(),
        1_000..1_000_000 => format!("{}k", sessions / 1_000),
        _ => format!("{}M", sessions / 1_000_000),
    }
}

const _: () = assert!(EDGES_US[0] > -END_US && EDGES_US[EDGES_US.len() - 1] < END_US);
