"""Runs the audits whose reports are checked, and compares what their readers find with the json."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import readers

FORMATS = {"sarif": "x.sarif", "junit": "x.xml", "markdown": "x.md", "github": "github=x.txt", "gitlab": "gitlab=x.json"}
TESTDATA = Path("testdata")
HOSTILE = TESTDATA / "formats" / "hostile.in" / "events.jsonl"
# What a file in somebody's repository may be called.
NAMES = [
    "::error file=a,line=1::owned.jsonl",
    "a\nb\n::warning::owned.jsonl",
    "<img src=x onerror=owned(1)>.jsonl",
    "[owned](javascript:owned(1))|`owned`|.jsonl",
    "]]>&lt;owned \\`.jsonl",
    "##[error]owned @owned.jsonl",
    "2025-03-14T00:00:00+00:00-1 %0A%3A.jsonl",
]


def inputs(folder: Path) -> dict[str, tuple[list[str], Path]]:
    """The audits by name: their arguments, and where they run."""
    for number, name in enumerate(NAMES):
        events = [json.loads(line) for line in HOSTILE.read_text().splitlines()]
        for event in events:
            if "$session_id" in event["properties"]:
                event["properties"]["$session_id"] += f" {number}"
        (folder / name).write_text("".join(json.dumps(event) + "\n" for event in events))
    many = (json.dumps({"event": "a", "$session_id": f"ses {number}"}) + "\n" for number in range(6000))
    (folder / "many.jsonl").write_text("".join(many))
    here = Path.cwd()
    passing = str(TESTDATA / "formats" / "passing.in" / "fine.jsonl")
    return {
        "demo": (["testdata/demo"], here),
        "at risk": (["testdata/demo", "--contract", "observed"], here),
        "allowed": (["testdata/demo", "--max-dropped", "1000"], here),
        "hostile": ([*NAMES, "--limit", "1000"], folder),
        "many": (["many.jsonl", "--limit", "100000"], folder),
        "incomplete": (["testdata/demo", "missing <b>::error::x</b>"], here),
        "passing": ([passing], here),
        "absolute": ([str(here / HOSTILE)], here),
    }


def run(binary: str, arguments: list[str], where: Path, folder: Path) -> tuple[dict[str, str], dict]:
    """The reports of one run by their formats, and the result as json."""
    outputs = ["-o", str(folder / "result.json")]
    for output in FORMATS.values():
        name = output.rpartition("=")[2]
        outputs += ["-o", output.replace(name, str(folder / name))]
    command = [binary, "check", "-qq", *outputs, *arguments]
    status = subprocess.run(command, cwd=where, capture_output=True).returncode
    result = json.loads((folder / "result.json").read_text())
    assert status == result["gate"]["exit_code"], (status, result["gate"])
    texts = {name: (folder / output.rpartition("=")[2]).read_text() for name, output in FORMATS.items()}
    return texts, result


def check(name: str, texts: dict[str, str], result: dict, schemas: tuple[str, str]) -> None:
    """Compares what each reader finds; a reader of its own raises what is no good."""
    reasons = Counter(session["reason"] for session in result["sessions"])
    dropped, passed = result["summary"]["dropped"], result["gate"]["passed"]
    reported = len(result["sessions"])
    sarif = readers.sarif(texts["sarif"], schemas[0])
    assert sarif["results"] == min(reported, 5000) and sarif["complete"] == result["complete"], sarif
    assert sarif["errors"] == min(dropped, 5000), sarif
    junit = readers.junit(texts["junit"], schemas[1])
    assert junit["cases"] == 14 and (junit["red"] == 0) == passed, junit
    # Rules that only sessions at risk break are green.
    counted = {session["reason"] for session in result["sessions"] if session["verdict"] == "dropped" and not passed}
    assert junit["reasons"] == {reason: reasons[reason] for reason in counted}, junit
    markdown = readers.markdown(texts["markdown"])
    assert markdown["dropped"] == dropped and markdown["reasons"] == reasons, markdown
    assert len(texts["markdown"].encode()) <= 1 << 20
    gitlab = readers.gitlab(texts["gitlab"])
    assert gitlab == min(reported, 1000), gitlab
    github = readers.github(texts["github"])
    assert github["causes"] <= 9 and (github["errors"] == 0) == passed, github
    print(f"{name}: {reported} sessions: {', '.join(texts)} agree")


def main() -> None:
    binary, *schemas = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder, reports = Path(name) / "inputs", Path(name)
        folder.mkdir()
        for audit, (arguments, where) in inputs(folder).items():
            texts, result = run(binary, arguments, where, reports)
            check(audit, texts, result, tuple(schemas))


if __name__ == "__main__":
    main()
