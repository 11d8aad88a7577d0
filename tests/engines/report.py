"""Compares answers row by row, and prints what was compared."""

import csv
import unicodedata

from machines import note
from plan import Query

SHOWN = 5
CUT = 200


class Outcome:
    """What all engines answered."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.differs = False
        self.skipped = False

    def skip(self, name: str, why: str) -> None:
        """An engine that is not there."""
        note(f"\n*** {name} IS LEFT OUT: {why} ***\n")
        self.skipped = True
        self.rows.append([name, "", "", "", f"left out: {why}"])

    def compare(self, name: str, queries: list[Query]) -> None:
        """Compares an engine's answers with those expected."""
        for query in queries:
            verdict = difference(query)
            self.differs |= bool(verdict)
            if verdict:
                note(f"\n*** {name}, {query.events}, {query.title} DIFFERS\n{verdict}\n")
            says = "DIFFERS" if verdict else "agrees"
            count = f"{len(query.expected):,}"
            self.rows.append([name, query.events, query.title, count, f"{says}, {query.seconds:.1f} s"])

    def plan(self, other: str) -> None:
        """Whether a cluster of ClickHouse groups on its servers, or what it does instead."""
        self.differs |= bool(other)
        if other:
            note(f"\n*** clickhouse, a cluster DOES NOT GROUP on its servers\n{other}\n")
        says = "sends events" if other else "groups on its servers"
        self.rows.append(["clickhouse", "", "plan of a cluster", "", says])

    def print(self) -> None:
        """Prints a Markdown table."""
        header = ["engine", "events", "query", "rows", "answer"]
        print("\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * 5, *self.rows]))


def difference(query: Query) -> str:
    """How an answer differs; empty if it does not."""
    if query.error.exists():
        return query.error.read_text(encoding="utf-8")[:3000]
    with query.answer.open(encoding="utf-8", newline="") as file:
        found = [tuple(shown(value) for value in row) for row in csv.reader(file)]
    if found == query.expected:
        return ""
    lines = [f"{len(query.expected)} rows expected, {len(found)} found; the first differences are"]
    for sign, missing in (("-", set(query.expected) - set(found)), ("+", set(found) - set(query.expected))):
        lines += [f"  {sign} {','.join(row)}" for row in sorted(missing)[:SHOWN]]
    if len(lines) == 1:
        places = [place for place, (one, other) in enumerate(zip(query.expected, found)) if one != other]
        lines.append(f"  only the order: from row {places[0] if places else '?'} on")
    return "\n".join(lines)


def shown(text: str) -> str:
    """A text as reports show it: control characters escaped, and cut."""
    cut = text[:CUT] + ("…" if len(text) > CUT else "")
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) == "Cc" else c for c in cut)
