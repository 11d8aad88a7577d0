//! Reads reports back as their consumers do, and counts what is in them.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;
use session_audit::report::Format;
use session_audit::rules::Rule;

/// Counts of sessions by name.
pub(crate) type Counted = BTreeMap<String, u64>;

/// What a report says; `None` is what its format does not show.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) sessions: Option<u64>,
    pub(crate) dropped: Option<u64>,
    /// Reported sessions by their first rule.
    pub(crate) by_reason: Option<Counted>,
    pub(crate) by_cause: Option<Counted>,
}

/// What a report in a format says.
pub(crate) fn counts(format: Format, report: &str) -> Counts {
    match format {
        Format::Text => text(report),
        Format::Csv => csv_rows(report),
        Format::Json => json(&parsed(report)),
        Format::Jsonl => jsonl(report),
        Format::Causes => causes(report),
        Format::Markdown => markdown(report),
        Format::Sarif => sarif(&parsed(report)),
        Format::Junit => junit(report),
        Format::Github => github(report),
        Format::Gitlab => gitlab(&parsed(report)),
        Format::Html => html(report),
    }
}

pub(crate) fn parsed(report: &str) -> Value {
    serde_json::from_str(report).expect("JSON")
}

fn number(text: &str) -> u64 {
    text.trim().replace(',', "").parse().unwrap_or_else(|_| panic!("{text:?} is a number"))
}

/// The parts of a page between a tag and its end.
fn between<'a>(page: &'a str, tag: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    page.split(tag).skip(1).map(move |rest| rest.split_once(end).expect("an end").0)
}

/// The headline, the table behind the bars of reasons, and the cards of causes.
fn html(page: &str) -> Counts {
    let headline = between(page, "<h1 id=\"verdict-title\">", "</h1>").next().expect("a headline");
    let words: Vec<_> = headline.split_whitespace().collect();
    let [dropped, "of", sessions, ..] = words[..] else { panic!("{headline}") };
    let figure = between(page, "<figure id=\"by-reason\">", "</figure>").next().unwrap_or_default();
    let rows = between(figure, "<tr><td>", "</tr>").map(|row| {
        let cells: Vec<_> = row.split("</td><td").collect();
        (cells[0].to_owned(), number(cells[3].rsplit_once('>').expect("a cell").1))
    });
    let cards = between(page, "<article class=\"card\" id=\"cause-", "</article>").map(|card| {
        let size = between(card, "<strong>", " session").next().expect("a number");
        (card.split_once('"').expect("a name").0.to_owned(), number(size))
    });
    Counts {
        sessions: Some(number(sessions)),
        dropped: Some(if dropped == "No" { 0 } else { number(dropped) }),
        by_reason: Some(rows.collect()),
        by_cause: Some(cards.collect()),
    }
}

fn tally<'a>(names: impl Iterator<Item = &'a str>) -> Counted {
    let mut counted = Counted::new();
    names.for_each(|name| *counted.entry(name.to_owned()).or_default() += 1);
    counted
}

/// The table of reasons, the paragraphs of the causes, and the totals.
fn text(report: &str) -> Counts {
    let mut counts = Counts { by_reason: Some(Counted::new()), by_cause: Some(Counted::new()), ..Counts::default() };
    let mut sessions = 0;
    for line in report.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            [rule, count, ..] if line.starts_with("  ") && Rule::named(rule).is_some() => {
                counts.by_reason.get_or_insert_default().insert(rule.to_owned(), number(count));
            }
            [count, "session:" | "sessions:", ..] if !line.starts_with(' ') => sessions = number(count),
            ["fix:", .., "(explain", cause] => {
                counts.by_cause.get_or_insert_default().insert(cause.trim_end_matches(')').to_owned(), sessions);
            }
            [count, "session" | "sessions", ..] if line.starts_with("   ") && line.contains(" ok ") => {
                counts.sessions = Some(number(count));
                let dropped = words.iter().position(|word| *word == "dropped").expect("dropped sessions");
                counts.dropped = Some(number(words[dropped - 1]));
            }
            _ => {}
        }
    }
    counts
}

fn csv_rows(report: &str) -> Counts {
    let mut reader = csv::Reader::from_reader(report.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(|row| row.expect("a row")).collect();
    let column = |name: &'static str| rows.iter().map(move |row| row[name].as_str());
    Counts {
        sessions: None,
        dropped: Some(column("verdict").filter(|verdict| *verdict == "dropped").count() as u64),
        by_reason: Some(tally(column("reason"))),
        by_cause: Some(tally(column("cause"))),
    }
}

fn causes(report: &str) -> Counts {
    let mut reader = csv::Reader::from_reader(report.as_bytes());
    let mut by_cause = Counted::new();
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.expect("a row");
        *by_cause.entry(row["cause"].clone()).or_default() += number(&row["sessions"]);
    }
    Counts { by_cause: Some(by_cause), ..Counts::default() }
}

/// What sessions say in json, by the names of the fields.
fn sessions<'a>(sessions: impl Iterator<Item = &'a Value>, reason: &str) -> (Counted, Counted) {
    let field = |session: &'a Value, name| session[name].as_str().expect("a name");
    let (reasons, causes): (Vec<_>, Vec<_>) =
        sessions.map(|session| (field(session, reason), field(session, "cause"))).unzip();
    (tally(reasons.into_iter()), tally(causes.into_iter()))
}

fn json(report: &Value) -> Counts {
    let (by_reason, by_cause) = sessions(report["sessions"].as_array().expect("sessions").iter(), "reason");
    Counts {
        sessions: report["summary"]["sessions"].as_u64(),
        dropped: report["summary"]["dropped"].as_u64(),
        by_reason: Some(by_reason),
        by_cause: Some(by_cause),
    }
}

fn jsonl(report: &str) -> Counts {
    let lines: Vec<_> = report.lines().map(parsed).collect();
    let (by_reason, by_cause) = sessions(lines.iter().filter(|line| line["type"] == "session"), "reason");
    let summary = &lines.last().expect("a line")["summary"];
    Counts {
        sessions: summary["sessions"].as_u64(),
        dropped: summary["dropped"].as_u64(),
        by_reason: Some(by_reason),
        by_cause: Some(by_cause),
    }
}

fn sarif(report: &Value) -> Counts {
    let run = &report["runs"][0];
    let results = run["results"].as_array().expect("results");
    let rule = |result: &Value| result["ruleId"].as_str().expect("a rule").to_owned();
    let (_, by_cause) = sessions(results.iter().map(|result| &result["properties"]), "verdict");
    let errors = results.iter().filter(|result| result["level"] == "error").count() as u64;
    assert_eq!(run["properties"]["dropped"].as_u64(), Some(errors), "dropped sessions are errors");
    Counts {
        sessions: run["properties"]["sessions"].as_u64(),
        dropped: Some(errors),
        by_reason: Some(tally(results.iter().map(rule).collect::<Vec<_>>().iter().map(String::as_str))),
        by_cause: Some(by_cause),
    }
}

/// The number of sessions is the first word of what a rule's case says, whether it fails or not.
fn junit(report: &str) -> Counts {
    let document = roxmltree::Document::parse(report).expect("XML");
    let property = |name| {
        let is_it = |node: &roxmltree::Node<'_, '_>| node.attribute("name") == Some(name);
        let node = document.descendants().filter(|node| node.has_tag_name("property")).find(is_it);
        node.and_then(|node| node.attribute("value")).map(number)
    };
    let mut by_reason = Counted::new();
    for case in document.descendants().filter(|node| node.has_tag_name("testcase")) {
        let name = case.attribute("name").expect("a name");
        let said = case.children().find_map(|child| match child.tag_name().name() {
            "failure" => child.attribute("message"),
            "system-out" => child.text(),
            _ => None,
        });
        if let Some(said) = said.filter(|_| Rule::named(name).is_some()) {
            by_reason.insert(name.to_owned(), number(said.split(' ').next().expect("a word")));
        }
    }
    Counts { sessions: property("sessions"), dropped: property("dropped"), by_reason: Some(by_reason), by_cause: None }
}

fn gitlab(report: &Value) -> Counts {
    let rules = report.as_array().expect("issues").iter().map(|issue| issue["check_name"].as_str().expect("a rule"));
    Counts { by_reason: Some(tally(rules)), ..Counts::default() }
}

/// The causes that have annotations; the last one stands for those that have none, as `more`.
fn github(report: &str) -> Counts {
    let mut counts = Counts { by_cause: Some(Counted::new()), ..Counts::default() };
    for line in report.lines() {
        let Some(command) = super::command::parse(line) else { continue };
        if command.message.starts_with("no verdict: ") {
            continue;
        }
        let by_cause = counts.by_cause.get_or_insert_default();
        if command.name == "notice" {
            let (_, sessions) = command.message.split_once(" of ").expect("sessions");
            by_cause.insert("more".to_owned(), number(sessions.split(' ').next().expect("a word")));
            continue;
        }
        let (count, _) = command.properties["title"].split_once(' ').expect("a count");
        let (_, cause) = command.message.rsplit_once("(session-audit explain ").expect("a cause");
        by_cause.insert(cause.trim_end_matches(')').to_owned(), number(count));
    }
    counts
}

/// A table's rows, the header first, each cell as its texts and its pieces of code.
type Rows = Vec<Vec<Vec<String>>>;

/// The tables of a page.
pub(crate) fn tables(page: &str) -> Vec<Rows> {
    let mut tables: Vec<Rows> = Vec::new();
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match (event, tables.last_mut()) {
            // What follows a table is no cell of its last row.
            (Event::Start(Tag::Table(_)) | Event::End(TagEnd::Table), _) => tables.push(Vec::new()),
            (Event::Start(Tag::TableHead | Tag::TableRow), Some(table)) => table.push(Vec::new()),
            (Event::Start(Tag::TableCell), Some(table)) => table.last_mut().expect("a row").push(Vec::new()),
            (Event::Text(text) | Event::Code(text), Some(table)) => {
                if let Some(cell) = table.last_mut().and_then(|row| row.last_mut()) {
                    cell.push(text.into_string());
                }
            }
            _ => {}
        }
    }
    tables.retain(|table| !table.is_empty());
    tables
}

fn markdown(page: &str) -> Counts {
    let tables = tables(page);
    let table = |first: &str, second: &str| {
        let is_it = |table: &&Rows| table[0][0] == [first] && table[0][1] == [second];
        tables.iter().find(is_it).map_or(&[][..], |table| &table[1..])
    };
    let totals = &table("sessions", "ok")[0];
    let reasons = table("reason", "sessions").iter().map(|row| (row[0][0].clone(), number(&row[1][0])));
    let causes = table("sessions", "what").iter().map(|row| {
        let name = row[1].iter().rev().nth(1).expect("a cause between brackets");
        (name.clone(), number(&row[0][0]))
    });
    Counts {
        sessions: Some(number(&totals[0][0])),
        dropped: Some(number(&totals[3][0])),
        by_reason: Some(reasons.collect()),
        by_cause: Some(causes.collect()),
    }
}
