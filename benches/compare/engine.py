"""Runs the audit in one engine, writes its answer as CSV, and prints the seconds that the query took.

usage: engine.py duckdb|chdb|polars EXPORT ANSWER

The clock starts when Python and the engine are loaded.
"""

import csv
import io
import sys
import time
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def duckdb(export: str) -> Iterable[tuple]:
    """The answer of duckdb.sql."""
    connection = import_module("duckdb").connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET VARIABLE export = ?", [export])
    return connection.execute((FOLDER / "duckdb.sql").read_text()).fetchall()


def chdb(export: str) -> Iterable[tuple]:
    """The answer of clickhouse.sql."""
    query = (FOLDER / "clickhouse.sql").read_text()
    answer = import_module("chdb").query(query, "CSV", params={"export": export})
    return map(tuple, csv.reader(io.StringIO(answer.data())))


def polars(export: str) -> Iterable[tuple]:
    """The answer of polars_audit.py."""
    return import_module("polars_audit").query(export)


ENGINES = {"duckdb": (duckdb, "duckdb"), "chdb": (chdb, "chdb"), "polars": (polars, "polars_audit")}


def main() -> None:
    name, export, answer = sys.argv[1:]
    engine, module = ENGINES[name]
    import_module(module)
    start = time.perf_counter()
    rows = list(engine(export))
    seconds = time.perf_counter() - start
    with open(answer, "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    print(seconds)


if __name__ == "__main__":
    main()
