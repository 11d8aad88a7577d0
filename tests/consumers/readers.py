"""Reads each format by other people's programs, and raises what they do not take."""

import io
import json
import re
import tempfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
import jsonschema
import junitparser
from cmarkgfm.cmark import Options
from lxml import etree
from sarif import loader


def sarif(text: str, schema: str) -> dict:
    """Held against the official schema, with the formats of its texts, and counted by sarif-tools."""
    schema = json.loads(Path(schema).read_text())
    kind = jsonschema.validators.validator_for(schema)
    log = json.loads(text)
    kind(schema, format_checker=kind.FORMAT_CHECKER).validate(log)
    with tempfile.NamedTemporaryFile("w", suffix=".sarif") as file:
        file.write(text)
        file.flush()
        read = loader.load_sarif_file(file.name)
        levels = read.get_report().get_issue_count_for_severity("error")
    run = log["runs"][0]
    for result in run["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert not uri.startswith(("/", "./")) and re.fullmatch(r"(file://)?[\w.~/%-]+", uri, re.ASCII), uri
    prints = {json.dumps(result["partialFingerprints"]) for result in run["results"]}
    assert len(prints) == len(run["results"]), "fingerprints are unique"
    return {
        "results": read.get_result_count(),
        "errors": levels,
        "complete": run["invocations"][0]["executionSuccessful"],
    }


def junit(text: str, schema: str) -> dict:
    """Held against the schema of Jenkins' xUnit plugin, and read by junitparser."""
    etree.XMLSchema(etree.parse(schema)).assertValid(etree.fromstring(text.encode()))
    report = junitparser.JUnitXml.fromroot(etree.parse(io.BytesIO(text.encode())).getroot())
    cases = [case for suite in report for case in suite]
    assert len({(case.classname, case.name) for case in cases}) == len(cases), "names are unique"
    reasons, red = Counter(), 0
    for case in cases:
        bad = [result for result in case.result if isinstance(result, (junitparser.Failure, junitparser.Error))]
        red += len(bad)
        if bad and case.classname.endswith(".rules"):
            reasons[case.name] = int(bad[0].message.split()[0].replace(",", ""))
    assert red == report.failures + report.errors
    return {"cases": len(cases), "red": red, "reasons": reasons}


class Page(HTMLParser):
    """What a browser would see of a page: its tables, and nothing else than these elements."""

    ELEMENTS = set("h2 h3 p table thead tbody tr th td code ul li details summary".split())

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.is_code = self.is_cell = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in self.ELEMENTS, (tag, attributes)
        assert {name for name, _ in attributes} <= {"align"}, attributes
        self.is_code = tag == "code"
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.is_cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.is_code = False
        self.is_cell &= tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        assert self.is_code or "owned" not in data, data
        if self.is_cell:
            self.rows[-1][-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def markdown(text: str) -> dict:
    """Rendered by cmark-gfm, which is told to let raw HTML through, so that there may be none from the data."""
    html = cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)
    page = Page()
    page.feed(html)
    headers = [number for number, row in enumerate(page.rows) if row and row[0] == "reason"]
    start = headers[0] + 1 if headers else len(page.rows)
    reasons = Counter()
    for row in page.rows[start:]:
        if len(row) != 4 or not re.fullmatch("[0-9,]+", row[1]):
            break
        reasons[row[0]] = int(row[1].replace(",", ""))
    return {"dropped": int(page.rows[1][3].replace(",", "")), "reasons": reasons}


ISSUE = {
    "type": "object",
    "required": ["description", "check_name", "fingerprint", "severity", "location"],
    "properties": {
        "description": {"type": "string", "minLength": 1},
        "check_name": {"type": "string", "minLength": 1},
        "fingerprint": {"type": "string", "minLength": 1},
        "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
        "location": {
            "type": "object",
            "required": ["path", "lines"],
            "properties": {
                "path": {"type": "string", "pattern": r"^(?!\./)."},
                "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
            },
        },
    },
}


def gitlab(text: str) -> int:
    """Held against what GitLab needs of every issue."""
    issues = json.loads(text)
    jsonschema.Draft202012Validator({"type": "array", "items": ISSUE}).validate(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues), "equal fingerprints collapse"
    return len(issues)


def github(text: str) -> dict:
    """Parsed as the runner's ActionCommand.cs does: `::name properties::message`, or `##[name]message` anywhere."""
    assert not re.search(r"##\[", text), text
    *commands, verdict = text.splitlines()
    assert re.match("PASS|FAIL|NO VERDICT", verdict), verdict
    names = Counter()
    causes = 0
    for line in commands:
        match = re.fullmatch(r"::(error|warning|notice) ((?:[a-z]+=[^,:]*,?)+)::(.*)", line)
        assert match, line
        properties = dict(pair.split("=", 1) for pair in match[2].split(","))
        assert set(properties) <= {"file", "line", "title"}, line
        causes += "explain" in match[3]
        names[match[1]] += 1
    assert max(names.values(), default=0) <= 10, names
    return {"causes": causes, "errors": names["error"]}
