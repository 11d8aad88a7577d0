//! Writes one page that explains the result to people: self-contained, readable without JavaScript, of bounded size.

mod axis;
mod causes;
mod chart;
mod days;
mod links;
mod offsets;
mod provenance;
mod sessions;
mod shares;
mod text;
mod timelines;
mod verdict;
mod worst;

use std::io::{self, Write};

use askama::Template;

use crate::audit::{Overview, Report};

/// How many bytes the page has room for; the table of sessions takes what the rest leaves. Browsers choke on many more.
const ROOM: usize = 1_900_000;

/// What the page may run: this script and nothing else. A test compares it with the script.
const SCRIPT_HASH: &str = "sha256-mklXG2QRckau3SvP5fVPe+m1h9n8RspdWeZv0js3laU=";

const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    title: String,
    script_hash: &'static str,
    script: &'static str,
    style: &'static str,
    sections: [String; 8],
}

/// Writes the page.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let worst = worst::worst(report, sessions::SHOWN_SESSIONS);
    let mut sections = [
        verdict::section(report)?,
        causes::section(report)?,
        shares::section(report)?,
        offsets::section(report)?,
        timelines::section(&worst)?,
        links::section(report)?,
        String::new(),
        provenance::section(report)?,
    ];
    let used: usize = sections.iter().map(String::len).sum();
    let room = ROOM.saturating_sub(used + SCRIPT.len() + STYLE.len());
    sections[6] = sessions::section(report, &worst, room)?;
    let title = format!("session-audit: {}", verdict::headline(report));
    let page = Page { title, script_hash: SCRIPT_HASH, script: SCRIPT, style: STYLE, sections };
    page.write_into(out)?;
    writeln!(out)
}

/// A part of the page.
fn rendered(template: &impl Template) -> io::Result<String> {
    template.render().map_err(io::Error::other)
}

/// Why no session is shown.
fn nothing(overview: &Overview) -> &'static str {
    if overview.summary.sessions == 0 { "There are no sessions." } else { "No session breaks a rule." }
}
