//! Shows how many sessions are dropped by day, or by a longer time where there are many days.

use std::io;

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::chart::{Drawing, Figure, Numbers, WIDTH, WRONG, at, draw, grid, label, most, percent};
use super::text::{UNKNOWN, drawn_width};
use crate::audit::{Day, Overview, Share};
use crate::count::{grouped, percent_of};
use crate::event::time::format_day;

/// How many columns there are at the most.
const SHOWN_COLUMNS: usize = 60;

/// How many columns have their names below.
const NAMED_COLUMNS: usize = 5;

/// The room for all columns, in the units of the chart.
const ROOM: u32 = WIDTH - 110;

/// How days are gathered.
struct Period {
    name: &'static str,
    /// The day, since 1970, with which the period of a day begins.
    start: fn(i64) -> i64,
    /// How much of the date of that day names the period.
    digits: usize,
}

/// From short to long; the first one with few enough columns is taken.
const PERIODS: [Period; 6] = [
    Period { name: "day", start: |day| day, digits: 10 },
    // 1970-01-01 was a Thursday.
    Period { name: "week from Monday", start: |day| day - (day + 3).rem_euclid(7), digits: 10 },
    Period { name: "month", start: |day| first_of(day, 7, "-01"), digits: 7 },
    Period { name: "year", start: |day| first_of(day, 4, "-01-01"), digits: 4 },
    Period { name: "century", start: |day| first_of(day, 2, "00-01-01"), digits: 4 },
    Period { name: "millennium", start: |day| first_of(day, 1, "000-01-01"), digits: 4 },
];

/// The day whose date is the start of this day's with an end of its own.
fn first_of(day: i64, digits: usize, end: &str) -> i64 {
    let date = format_day(day).map(|date| format!("{}{end}", &date[..digits]));
    date.and_then(|date| crate::event::time::parse_day(&date)).unwrap_or(day)
}

/// The chart, if any session has a day.
pub(super) fn figure(overview: &Overview) -> io::Result<Option<Figure>> {
    let days = &overview.days;
    let periods = PERIODS.iter().map(|period| (period, columns(days, period)));
    let mut periods = periods.skip_while(|(period, columns)| columns.len() > SHOWN_COLUMNS && period.digits > 1);
    let Some((period, columns)) = periods.next().filter(|(_, columns)| !columns.is_empty()) else { return Ok(None) };
    let row = |(name, share): &(String, Share)| {
        let percent = format!("{:.2} %", percent_of(share.dropped, share.sessions));
        vec![name.clone(), grouped(share.sessions), grouped(share.dropped), percent]
    };
    Ok(Some(Figure {
        name: "by-day".to_owned(),
        title: format!("Dropped sessions by {}", period.name),
        text: format!(
            "Of all sessions, by the {} of their first event (UTC), those that are dropped. Times without sessions are left \
             out.",
            period.name
        ),
        drawing: drawn(&columns, period)?,
        numbers: Numbers {
            header: vec![period.name, "sessions", "dropped", "share"],
            texts: 1,
            rows: columns.iter().map(row).collect(),
            more: None,
        },
    }))
}

fn columns(days: &[Day], period: &Period) -> Vec<(String, Share)> {
    let mut columns = std::collections::BTreeMap::<i64, Share>::new();
    for Day { day, share } in days {
        columns.entry((period.start)(*day)).or_default().add(*share);
    }
    let name = |day: i64| {
        let mut date = format_day(day).unwrap_or_else(|| UNKNOWN.to_owned());
        date.truncate(period.digits);
        date
    };
    columns.into_iter().map(|(day, share)| (name(day), share)).collect()
}

fn drawn(columns: &[(String, Share)], period: &Period) -> io::Result<Drawing> {
    let share = |share: &Share| percent_of(share.dropped, share.sessions);
    let (count, most) = (columns.len(), most(columns.iter().map(|(_, column)| share(column))));
    let number = |column: &Share| format!("{} of {}", grouped(column.dropped), grouped(column.sessions));
    let widest = columns.iter().map(|(_, column)| drawn_width(&number(column))).max().unwrap_or_default();
    let has_numbers = u32::try_from(count).is_ok_and(|count| count * (widest + 8) <= ROOM);
    draw(280, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_top(24)
            .x_label_area_size(52)
            .y_label_area_size(72)
            .build_cartesian_2d(0.0..at(count), 0.0..most)?;
        let mark = |share: &f64| percent(*share, most);
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh().bold_line_style(grid()).light_line_style(TRANSPARENT).axis_style(grid());
        // The names of the columns are written below; here is only room for them.
        mesh.x_desc(format!("when the session begins, by {} (UTC)", period.name)).x_labels(0);
        mesh.y_desc("dropped, % of sessions").y_labels(5).y_label_formatter(&mark);
        mesh.label_style(label(HPos::Center)).draw()?;
        for (place, (name, column)) in columns.iter().enumerate() {
            let (from, middle, to) = (at(place), at(place) + 0.5, at(place + 1));
            let mut rectangle = Rectangle::new([(from, 0.0), (to, share(column))], WRONG.filled());
            rectangle.set_margin(0, 0, gap(count), gap(count));
            chart.draw_series([rectangle])?;
            if place % count.div_ceil(NAMED_COLUMNS) == 0 {
                let name = Text::new(name.clone(), (0, 16), label(HPos::Center));
                chart.draw_series([EmptyElement::at((middle, 0.0)) + name])?;
            }
            if has_numbers {
                let number = Text::new(number(column), (0, -10), label(HPos::Center));
                chart.draw_series([EmptyElement::at((middle, share(column))) + number])?;
            }
        }
        Ok(())
    })
}

/// The space on each side of a column, so that few columns are not too wide.
fn gap(count: usize) -> u32 {
    const WIDEST: u32 = 44;
    let room = ROOM / u32::try_from(count.max(1)).unwrap_or(WIDTH);
    (room.saturating_sub(WIDEST) / 2).max(room / 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::time::parse_day;

    fn day(date: &str) -> i64 {
        parse_day(date).expect("a date")
    }

    #[test]
    fn periods_begin_where_people_expect() {
        let start = |date| PERIODS.each_ref().map(|period| format_day((period.start)(day(date))).expect("a date"));
        assert_eq!(
            start("2025-03-16"),
            ["2025-03-16", "2025-03-10", "2025-03-01", "2025-01-01", "2000-01-01", "2000-01-01"]
        );
        assert_eq!(start("0101-12-31")[3..], ["0101-01-01", "0100-01-01", "0000-01-01"]);
        assert_eq!(start("1969-12-29")[1], "1969-12-29");
    }

    #[test]
    fn there_are_never_too_many_columns() {
        let one = Share { sessions: 1, dropped: 1 };
        let all: Vec<_> =
            (day("0000-01-01")..=day("9999-12-31")).step_by(97).map(|day| Day { day, share: one }).collect();
        let last = PERIODS.last().expect("there are some");
        assert_eq!(columns(&all, last).len(), 10);
        let overview = Overview { days: all, ..Overview::default() };
        let figure = figure(&overview).expect("memory can be written").expect("there are sessions");
        assert_eq!(figure.title, "Dropped sessions by millennium");
    }
}
