"""Says which queries every engine runs, and what session-audit check says of the same events."""

import csv
import subprocess
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
    ]
}


def queries(engine: Engine, tool, tables: dict[str, dict[str, str]], folder: Path) -> list[Query]:
    """The queries of an engine; the first source of each runs with all options, the others with one or two."""
    made = []
    for number, source in enumerate(engine.sources):
        graph = GRAPH if engine.has_graph else []
        chosen = [*OPTIONS, *graph] if number == 0 else [OPTIONS[2], *graph]
        for events in source.events:
            for place, options in enumerate(chosen):
                table = source.table.format(name=events, **tables[events])
                command = [tool.binary, "sql", f"--dialect={engine.dialect}", f"--table={table}", *source.options, *options]
                sql = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                title = " ".join([source.name, *options])
                answer = folder / f"{engine.name}-{source.name}-{events}-{place}.csv"
                made.append(Query(title, events, sql, expected(tool, tables[events]["lines"], tuple(options)), answer))
    return made


KNOWN: dict[tuple, list[tuple[str, ...]]] = {}


def expected(tool, lines: str, options: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What session-audit check says."""
    if (lines, options) not in KNOWN:
        command = [tool.binary, "check", lines, "--format=csv", "--exit-zero", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows = csv.reader(done.stdout.splitlines())
        KNOWN[lines, options] = [tuple(row[:COLUMNS]) for row in rows][1:]
    return KNOWN[lines, options]
