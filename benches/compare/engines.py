"""Runs the audit in other engines, and checks that they answer as session-audit does.

Their queries hold all rules of one input without --session-key, where users are told apart by person id. The default of
session-audit, which follows logins and aliases from event to event, is out of reach for such a query.
"""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

from measure import Work, note, tool

HERE = Path(__file__).resolve().parent
# What it is called here, and by engine.py.
ENGINES = [("DuckDB", "duckdb"), ("ClickHouse (chdb)", "chdb"), ("Polars", "polars")]
COLUMNS = ["session_id", "reasons", "events", "first_event", "last_event"]
SHOWN = 5

Answer = set[tuple[str, ...]]


def install(folder: Path) -> Path:
    """Installs the engines and gives the Python that has them."""
    note("installing the engines")
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--requirement", str(HERE / "requirements.txt")], check=True)
    return python


def works(folder: Path, export: Path) -> list[Work]:
    """The audit in every engine that Python has."""
    python = str(install(folder))
    size = export.stat().st_size
    command = [python, str(HERE / "engine.py")]
    return [
        Work(name, [*command, engine, str(export), str(folder / f"{name}.csv")], size, has_clock=True)
        for name, engine in ENGINES
    ]


def jq_work(folder: Path, export: Path) -> list[Work]:
    """The audit in jq, if there is one."""
    jq = tool("jq")
    if jq is None:
        return []
    command = 'exec "$0" --null-input --raw-output --from-file "$1" "$2" > "$3"'
    words = [jq, str(HERE / "jq.jq"), str(export), str(folder / "jq.csv")]
    return [Work("jq", ["sh", "-c", command, *words], export.stat().st_size)]


def versions() -> str:
    """Which engines were run."""
    pinned = (HERE / "requirements.txt").read_text().split()
    if jq := shutil.which("jq"):
        pinned.append(subprocess.run([jq, "--version"], capture_output=True, text=True, check=True).stdout.strip())
    return ", ".join(pinned)


def agree(expected: Answer, engine_works: list[Work], folder: Path) -> bool:
    """Runs every engine once; whether all answer as expected."""
    agreed = True
    for work in engine_works:
        work.run()
        agreed &= same(work.name, expected, rows(folder / f"{work.name}.csv"))
    return agreed


def same(name: str, expected: Answer, found: Answer) -> bool:
    """Compares row by row: session id, reasons, number of events, first and last event."""
    if expected == found:
        note(f"{name} agrees: {len(found)} sessions with the same reasons, events and times")
        return True
    note(f"*** {name} DISAGREES: {len(expected)} sessions expected, {len(found)} found; the first differences are")
    for sign, missing in (("-", expected - found), ("+", found - expected)):
        for row in sorted(missing)[:SHOWN]:
            note(f"  {sign} {' '.join(row)}")
    return False


def reported(path: Path) -> Answer:
    """What a CSV report of session-audit says of the sessions."""
    with path.open(encoding="utf-8", newline="") as file:
        return {tuple(row[column] for column in COLUMNS) for row in csv.DictReader(file)}


def rows(path: Path) -> Answer:
    """What an engine wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return {tuple(row) for row in csv.reader(file)}
