//! Draws what charts share, and puts a chart into the page with its title, its text and its numbers.

use std::io;

use askama::Template;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Where a chart is drawn.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What drawing comes to; drawing into memory cannot fail.
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// The width of every chart in its own units; the page scales it, down to the width of a phone.
pub(super) const WIDTH: u32 = 600;

/// What is wrong. The colours are of Okabe and Ito's palette, whose members all can tell apart; in the dark the style sheet
/// replaces them by lighter ones.
pub(super) const WRONG: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
/// What is as it should be.
pub(super) const RIGHT: RGBColor = RGBColor(0x00, 0x72, 0xB2);
/// What is allowed.
pub(super) const ALLOWED: RGBColor = RGBColor(0x00, 0x9E, 0x73);
/// The lines of the grid.
const GRID: RGBColor = RGBColor(0xDD, 0xDD, 0xDD);

/// A chart in the page.
#[derive(Template)]
#[template(path = "figure.html")]
pub(super) struct Figure {
    /// Names it in the page.
    pub(super) name: String,
    /// Its title.
    pub(super) title: String,
    /// What it shows, for those who see it and those who do not.
    pub(super) text: String,
    /// What is drawn.
    pub(super) drawing: Drawing,
    /// The same in numbers.
    pub(super) numbers: Numbers,
}

/// The marks of a chart, and how high it is.
pub(super) struct Drawing {
    height: u32,
    marks: String,
}

/// The numbers behind a chart.
pub(super) struct Numbers {
    pub(super) header: Vec<&'static str>,
    /// How many columns, the first ones, are texts.
    pub(super) texts: usize,
    pub(super) rows: Vec<Vec<String>>,
    /// What is left out, if anything.
    pub(super) more: Option<String>,
}

/// Draws a chart.
pub(super) fn draw(height: u32, paint: impl FnOnce(&Area<'_>) -> Drawn) -> io::Result<Drawing> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        paint(&area).and_then(|()| area.present()).map_err(|error| io::Error::other(error.to_string()))?;
    }
    // The page has a tag of its own around the marks, with the chart's name.
    let marks = svg.split_once(">\n").and_then(|(_, marks)| marks.rsplit_once("</svg>")).map(|(marks, _)| marks);
    Ok(Drawing { height, marks: marks.unwrap_or_default().to_owned() })
}

/// A text of a chart that begins, is centred or ends at its place.
pub(super) fn label(side: HPos) -> TextStyle<'static> {
    ("sans-serif", 17).into_font().color(&BLACK).pos(Pos::new(side, VPos::Center))
}

/// The lines of the grid.
pub(super) fn grid() -> ShapeStyle {
    GRID.stroke_width(1)
}

/// Where a place is on an axis of places of equal width.
#[allow(clippy::cast_precision_loss, reason = "there are few places")]
pub(super) fn at(place: usize) -> f64 {
    place as f64
}

/// The end of an axis of percentages that begins at 0.
pub(super) fn most(shares: impl Iterator<Item = f64>) -> f64 {
    let most = shares.fold(0.0, f64::max);
    if most > 0.0 { most } else { 1.0 }
}

/// `12.5 %` for an axis that ends at `most`.
pub(super) fn percent(share: f64, most: f64) -> String {
    if most < 5.0 { format!("{share:.1} %") } else { format!("{share:.0} %") }
}
