//! Shows how many sessions are dropped by library, by reason and by day.

use std::io;

use askama::Template;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::chart::{Drawing, Figure, Numbers, WIDTH, WRONG, at, draw, grid, label, most, percent};
use super::text::{cut, drawn_width, fit, library};
use super::{days, rendered};
use crate::audit::{Overview, Report};
use crate::count::{grouped, percent_of};
use crate::report::text::source;

/// How many versions of libraries are shown.
const SHOWN_LIBRARIES: usize = 20;

/// The room on the left and the right of the bars, for half of the axis' first and last number.
const SIDES: [u32; 2] = [28, 28];

#[derive(Template)]
#[template(path = "shares.html")]
struct Section {
    figures: Vec<Figure>,
}

/// A bar with its name and its number above, where even long ones have room.
struct Bar {
    name: String,
    percent: f64,
    count: String,
}

/// The section.
pub(super) fn section(report: &Report) -> io::Result<String> {
    let figures = [libraries(&report.overview)?, reasons(report)?, days::figure(&report.overview)?];
    rendered(&Section { figures: figures.into_iter().flatten().collect() })
}

fn libraries(overview: &Overview) -> io::Result<Option<Figure>> {
    let all = &overview.libraries;
    if all.rows.is_empty() {
        return Ok(None);
    }
    let more = all.count().saturating_sub(SHOWN_LIBRARIES);
    let shown = || all.rows.iter().take(SHOWN_LIBRARIES);
    let bars: Vec<_> = shown()
        .map(|one| Bar {
            name: library(one.lib.as_deref(), one.version.as_deref()),
            percent: percent_of(one.share.dropped, one.share.sessions),
            count: format!("{} of {}", grouped(one.share.dropped), grouped(one.share.sessions)),
        })
        .collect();
    let row = |(bar, one): (&Bar, &crate::audit::Library)| {
        let (dropped, sessions) = (grouped(one.share.dropped), grouped(one.share.sessions));
        vec![bar.name.clone(), sessions, dropped, format!("{:.2} %", bar.percent)]
    };
    Ok(Some(Figure {
        name: "by-library".to_owned(),
        title: "Dropped sessions by library".to_owned(),
        text: "Of all sessions in which a version of a library occurs, those that are dropped. The versions with most \
               dropped sessions come first; a session with several libraries counts for each."
            .to_owned(),
        drawing: bars_drawn(&bars, "dropped, % of the sessions of the library")?,
        numbers: Numbers {
            header: vec!["library", "sessions", "dropped", "share"],
            texts: 1,
            rows: bars.iter().zip(shown()).map(row).collect(),
            more: (more > 0).then(|| format!("{} more versions of libraries: -o result.json", grouped(more as u64))),
        },
    }))
}

fn reasons(report: &Report) -> io::Result<Option<Figure>> {
    let Overview { summary, reasons, .. } = &report.overview;
    if reasons.is_empty() {
        return Ok(None);
    }
    let bars: Vec<_> = reasons
        .iter()
        .map(|reason| Bar {
            name: reason.rule.name.to_owned(),
            percent: percent_of(reason.sessions, summary.sessions),
            count: grouped(reason.sessions),
        })
        .collect();
    let row = |(bar, reason): (&Bar, &crate::audit::ReasonCount)| {
        let summary = reason.rule.summary.to_owned();
        let from = cut(&source(&reason.source), 100);
        vec![bar.name.clone(), summary, from, bar.count.clone(), format!("{:.2} %", bar.percent)]
    };
    Ok(Some(Figure {
        name: "by-reason".to_owned(),
        title: "Reported sessions by reason".to_owned(),
        text: "Of all sessions, those that break a rule, by the first rule that they break.".to_owned(),
        drawing: bars_drawn(&bars, "% of all sessions")?,
        numbers: Numbers {
            header: vec!["reason", "what is wrong", "mostly from", "sessions", "share"],
            texts: 3,
            rows: bars.iter().zip(reasons).map(row).collect(),
            more: None,
        },
    }))
}

/// Horizontal bars, the first one on top.
fn bars_drawn(bars: &[Bar], axis: &str) -> io::Result<Drawing> {
    let (top, most) = (at(bars.len()), most(bars.iter().map(|bar| bar.percent)));
    let height = 56 + 44 * u32::try_from(bars.len()).unwrap_or_default();
    draw(height, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(4)
            .margin_left(SIDES[0])
            .margin_right(SIDES[1])
            .x_label_area_size(48)
            .build_cartesian_2d(0.0..most, 0.0..top)?;
        let mark = |share: &f64| percent(*share, most);
        let mut mesh = chart.configure_mesh();
        mesh.disable_y_mesh().bold_line_style(grid()).light_line_style(TRANSPARENT).axis_style(grid());
        mesh.x_desc(axis).x_labels(6).x_label_formatter(&mark).label_style(label(HPos::Center)).draw()?;
        for (place, bar) in bars.iter().enumerate() {
            let y = top - at(place);
            let mut rectangle = Rectangle::new([(0.0, y), (bar.percent, y - 1.0)], WRONG.filled());
            rectangle.set_margin(23, 5, 0, 0);
            chart.draw_series([rectangle])?;
            let number = format!("{:.1} % ({})", bar.percent, bar.count);
            let room = (WIDTH - SIDES[0] - SIDES[1]).saturating_sub(drawn_width(&number) + 12);
            let name = Text::new(fit(&bar.name, room), (0, 12), label(HPos::Left));
            chart.draw_series([EmptyElement::at((0.0, y)) + name])?;
            let number = Text::new(number, (0, 12), label(HPos::Right));
            chart.draw_series([EmptyElement::at((most, y)) + number])?;
        }
        Ok(())
    })
}
