"""Builds the tool, installs the engines, makes the tables, and runs the engines."""

import argparse
import contextlib
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cases
from plan import Engine, Query

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
# Events of the shapes that only files can have: times of any form, ids that are no strings, another column for the id.
FILES = HERE / "files.jsonl"


@dataclass
class Tool:
    """The paths of what was built."""

    binary: str
    make_export: str


def note(text: str) -> None:
    """Says on standard error what goes on."""
    print(text, file=sys.stderr, flush=True)


def build(debug: bool) -> Tool:
    """Builds the tool and the generator of exports."""
    note("building")
    command = ["cargo", "build", "--locked", "--bin", "session-audit", "--example", "make_export"]
    command += [*([] if debug else ["--release"]), "--message-format=json-render-diagnostics"]
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    built = {message["target"]["name"]: message["executable"] for message in messages if message.get("executable")}
    return Tool(built["session-audit"], built["make_export"])


def install(folder: Path) -> str:
    """Installs the engines and gives the Python that has them."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    note("installing the engines")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--requirement", str(HERE / "requirements.txt")], check=True)
    return str(python)


def tables(folder: Path, python: str, tool: Tool, args: argparse.Namespace) -> dict[str, dict[str, str]]:
    """The events as JSON Lines and as Parquet, by the table's name."""
    lines = {name: folder / f"{name}.jsonl" for name in ("export", "cases", "files")}
    note(f"making {args.events:,} events and {args.cases} cases")
    with lines["export"].open("wb") as out:
        plan = [f"--events={args.events}", f"--seed={args.seed}", "--small", "--checkout", "--causes=3"]
        subprocess.run([tool.make_export, *plan], stdout=out, check=True)
    cases.write(lines["cases"], cases.rows(args.cases, args.seed))
    shutil.copy(FILES, lines["files"])
    made = {}
    for name, path in lines.items():
        made[name] = {"lines": str(path), "parquet": str(path.with_suffix(".parquet"))}
    script = "import sys, engine; engine.to_parquet(sys.argv[1], sys.argv[2])"
    for name in ("export", "cases"):
        subprocess.run([python, "-c", script, made[name]["lines"], made[name]["parquet"]], cwd=HERE, check=True)
    return made


def missing(engine: Engine) -> str:
    """What this machine lacks for an engine."""
    if engine.name == "spark" and shutil.which("java") is None:
        return "Java is missing (apt-get install openjdk-17-jre-headless)"
    if needs_postgres(engine) and postgres_tool("initdb") is None:
        return "PostgreSQL is missing (apt-get install postgresql)"
    return ""


def run(engine: Engine, python: str, tables: dict, queries: list[Query], folder: Path) -> None:
    """Runs an engine's queries; each finds its answer or its error beside it."""
    note(f"{engine.name}: {len(queries)} queries")
    for query in queries:
        for path in (query.answer, query.error):
            path.unlink(missing_ok=True)
    loaded = {name: paths for name, paths in tables.items() if name != "files"}
    job = {"tables": loaded, "folder": str(folder), "queries": [query.job() for query in queries]}
    with server(engine) as socket:
        job["socket"] = socket
        command = [python, str(HERE / "engine.py"), engine.name]
        done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, cwd=folder, check=False)
    if not done.stdout.strip():
        sys.exit(f"{engine.name} did not run:\n{done.stderr}")
    for query, seconds in zip(queries, json.loads(done.stdout.splitlines()[-1])):
        query.seconds = seconds


def cluster(python: str, tool: Tool, folder: Path) -> str:
    """What a cluster of ClickHouse plans instead of grouping on its servers; empty if it groups there."""
    command = [python, str(HERE / "cluster.py"), tool.binary, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr) if done.returncode else ""


def needs_postgres(engine: Engine) -> bool:
    """Whether it runs on PostgreSQL."""
    return engine.name in ("postgres", "redshift")


def postgres_tool(name: str) -> str | None:
    """The path of a program of PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@contextlib.contextmanager
def server(engine: Engine) -> Iterator[str | None]:
    """A server of PostgreSQL on a socket in a folder of its own, which does not run as root; nothing for others."""
    if not needs_postgres(engine):
        yield None
        return
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="engines-") as folder:
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        data = f"{folder}/data"

        def postgres(tool: str, *options: str) -> None:
            command = [postgres_tool(tool) or tool, "-D", data, *options]
            subprocess.run(command, user=user, cwd=folder, stdout=subprocess.DEVNULL, check=True)

        postgres("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        settings = f"-k {folder} -c listen_addresses='' -c fsync=off -c jit=off -c work_mem=256MB"
        postgres("pg_ctl", "--wait", "--log", f"{folder}/log", "-o", settings, "start")
        try:
            yield folder
        finally:
            postgres("pg_ctl", "--wait", "--mode=immediate", "stop")
