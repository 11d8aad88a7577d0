"""Says which queries every engine runs, and what session-audit check says of the same events."""

import csv
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# The columns of a csv report that queries have, too.
COLUMNS = 14

OPTIONS = [
    ["--identity=person"],
    ["--identity=distinct", "--contract=observed"],
    ["--identity=person", "--contract=observed", "--tolerance=1s", "--session-key=checkout_id"],
    ["--identity=distinct", "--tolerance=4d", "--session-key=checkout_id", "--ignore=not-version-7,shared-by-users"],
    ["--identity=person", "--select=past-24-hours"],
]
# A slice of the cases, whose times are all written alike.
FROM, TO = "2026-03-02T10:00:01.000001+00:00", "2026-03-02T10:20:00.500000+00:00"
SLICE = [f"--from={FROM}", f"--to={TO}"]
GRAPH = [
    ["--identity=graph", "--session-key=checkout_id"],
]


@dataclass
class Source:
    """A way in which an engine reads the tables."""

    name: str
    # The table of these events, by its name.
    table: str
    options: list[str] = field(default_factory=list)
    # Which events are there.
    events: tuple[str, ...] = ("cases", "export")


@dataclass
class Engine:
    """An engine, and how its queries are made."""

    name: str
    dialect: str
    sources: list[Source]
    has_graph: bool = False


@dataclass
class Query:
    """A query, its answer, and what the answer has to be."""

    title: str
    events: str
    sql: str
    expected: list[tuple[str, ...]]
    answer: Path
    seconds: float = 0.0

    @property
    def error(self) -> Path:
        """Where the engine tells why there is no answer."""
        return Path(str(self.answer) + ".error")

    def job(self) -> dict[str, str]:
        return {"sql": self.sql, "answer": str(self.answer)}


TEAM, PERSON = "--field=team_id=team_id", "--field=person_id=person_id"
ENGINES = {
    engine.name: engine
    for engine in [
        Engine(
            "duckdb",
            "duckdb",
            [
                Source("json", "{name}", [TEAM]),
                Source("string", "{name}_text", [TEAM, "--properties=string"]),
                Source("files", "{lines}", ["--source=files"], ("cases", "export", "files")),
                Source("parquet", "{parquet}", ["--source=files", TEAM]),
            ],
            has_graph=True,
        ),
        Engine(
            "clickhouse",
            "clickhouse",
            [
                Source("own table", "posthog.{name}", ["--source=clickhouse-events"]),
                Source("batch export", "posthog.{name}", [PERSON]),
                Source("files", "{lines}", ["--source=files"], ("cases", "export", "files")),
                Source("parquet", "{parquet}", ["--source=files", TEAM]),
            ],
        ),
        Engine(
            "spark",
            "spark",
            [
                Source("string", "{name}", [PERSON]),
                Source("variant", "{name}_variant", [PERSON, "--properties=variant"]),
                Source("files", "{lines}", ["--source=files"], ("cases", "export", "files")),
                Source("parquet", "{parquet}", ["--source=files", TEAM]),
            ],
        ),
        Engine(
            "postgres",
            "postgres",
            [
                Source("jsonb", "{name}", [PERSON]),
                Source("text", "{name}_text", [PERSON, "--properties=string"]),
            ],
            has_graph=True,
        ),
        Engine("snowflake", "snowflake", [Source("fakesnow", '"{name}"', [PERSON])]),
        Engine("bigquery", "bigquery", [Source("on DuckDB", "{name}", [PERSON])]),
        Engine(
            "redshift",
            "redshift",
            [
                Source("VARCHAR on PostgreSQL", "{name}_text", [PERSON]),
                Source("SUPER on PostgreSQL", "{name}", [PERSON, "--properties=super"]),
            ],
        ),
        Engine("trino", "trino", [Source("on DuckDB", "{name}", [TEAM])]),
        Engine("hogql", "hogql", [Source("on ClickHouse", "{name}_editor")]),
    ]
}


def queries(engine: Engine, tool, tables: dict[str, dict[str, str]], folder: Path) -> list[Query]:
    """The queries of an engine: the first source runs with all options, the others with few."""
    made = []
    for number, source in enumerate(engine.sources):
        for events in source.events:
            lines = tables[events]["lines"]
            for place, (options, answer) in enumerate(asked(engine, number, events, tool, lines, folder)):
                table = source.table.format(name=events, **tables[events])
                command = [tool.binary, "sql", f"--dialect={engine.dialect}", f"--table={table}"]
                command += [*source.options, *options]
                sql = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                path = folder / f"{engine.name}-{number}-{events}-{place}.csv"
                made.append(Query(" ".join([source.name, *options]), events, sql, answer, path))
    return made


def asked(
    engine: Engine, number: int, events: str, tool, lines: str, folder: Path
) -> Iterator[tuple[list[str], list[tuple]]]:
    """Options, and the rows that they have to give."""
    with_key = OPTIONS[2]
    sets = OPTIONS[2:3] if number else OPTIONS if events == "cases" else OPTIONS[:3]
    for options in [*sets, *(GRAPH if engine.has_graph else [])]:
        yield options, expected(tool, lines, options)
    if number == 0:
        yield [*with_key, "--summary"], counted(tool, lines, with_key)
    if events == "cases":
        yield [*OPTIONS[0], *SLICE], expected(tool, sliced(lines, folder), OPTIONS[0])


def sliced(lines: str, folder: Path) -> str:
    """The timed events of a slice, as SLICE cuts it."""
    path = folder / ("slice-" + Path(lines).name)
    with open(lines, encoding="utf-8") as events, path.open("w", encoding="utf-8") as out:
        out.writelines(line for line in events if FROM <= str(json.loads(line).get("timestamp") or "") < TO)
    return str(path)


def counted(tool, lines: str, options: list[str]) -> list[tuple[str, ...]]:
    """The counts of session-audit check."""
    command = [tool.binary, "check", lines, "--format=json", "--exit-zero", *options]
    summary = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["summary"]
    events = summary["events"] - summary["events_without_session_id"]
    counts = [summary["sessions"], summary["dropped"], summary["at_risk"], events, summary["events_in_dropped_sessions"]]
    return [tuple(str(count) for count in [*counts, *summary["by_reason"].values()])]


KNOWN: dict[tuple, list[tuple[str, ...]]] = {}


def expected(tool, lines: str, options: list[str]) -> list[tuple[str, ...]]:
    """What session-audit check says."""
    known = (lines, *options)
    if known not in KNOWN:
        command = [tool.binary, "check", lines, "--format=csv", "--exit-zero", "--allow-empty", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows = csv.reader(done.stdout.splitlines())
        KNOWN[known] = [tuple(row[:COLUMNS]) for row in rows][1:]
    return KNOWN[known]
