"""Builds the tool and exports for it, runs commands, and prints what they took as Markdown tables."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CORES = len(os.sched_getaffinity(0))
GNU_TIME = "/usr/bin/time"


def note(text: str) -> None:
    """Says on standard error what goes on."""
    print(text, file=sys.stderr, flush=True)


def tool(name: str) -> str | None:
    """The path of a program, or a loud note that it is missing; its Debian package has the same name."""
    path = shutil.which(name)
    if path is None:
        note(f"\n*** {name} IS MISSING: what needs it is left out (apt-get install {name}) ***\n")
    return path


@dataclass
class Built:
    """The paths of what was built: the tool, the generator of exports, and what only decodes."""

    binary: str
    make_export: str
    decode: str


def build() -> Built:
    """Builds everything that is measured."""
    if not Path(GNU_TIME).exists():
        sys.exit(f"{GNU_TIME} is missing, which tells the memory that a command takes (apt-get install time)")
    note("building")
    command = ["cargo", "build", "--release", "--locked", "--bin", "session-audit"]
    command += ["--example", "make_export", "--example", "decode", "--message-format=json-render-diagnostics"]
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    built = {message["target"]["name"]: message["executable"] for message in messages if message.get("executable")}
    return Built(built["session-audit"], built["make_export"], built["decode"])


def make(path: Path, command: list[str]) -> Path:
    """Fills a file with what a command prints, unless it is there from before."""
    if not path.exists():
        note(f"making {path.name}")
        unfinished = path.with_suffix(path.suffix + ".part")
        with unfinished.open("wb") as out:
            subprocess.run(command, stdout=out, check=True)
        unfinished.rename(path)
    return path


def require_space(folder: Path, needed: int) -> None:
    """Ends the program if there is not so much free disk space, in bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        sys.exit(f"{folder} has {free / 1e9:.1f} GB of free space; {needed / 1e9:.1f} GB are needed")


def warn_if_not_cached(size: int) -> None:
    """Says so if a file of this size does not fit the page cache: then the disk is measured."""
    meminfo = Path("/proc/meminfo").read_text().splitlines()
    available = next(int(line.split()[1]) * 1024 for line in meminfo if line.startswith("MemAvailable"))
    if size > available:
        note(f"*** {size / 1e9:.1f} GB do not fit the page cache: the disk is measured ***")


@dataclass
class Work:
    """A command that is run again and again, and what its runs took."""

    name: str
    command: list[str]
    # How many bytes of export it reads.
    size: int
    # Whether it prints the seconds that count.
    has_clock: bool = False
    seconds: list[float] = field(default_factory=list)
    peaks_kb: list[int] = field(default_factory=list)

    def run(self) -> None:
        """Runs the command once. The memory is that of the command alone, which GNU time tells."""
        with tempfile.NamedTemporaryFile("r") as peak:
            timed = [GNU_TIME, "--quiet", "--format=%M", f"--output={peak.name}", *self.command]
            out = subprocess.PIPE if self.has_clock else subprocess.DEVNULL
            start = time.perf_counter()
            done = subprocess.run(timed, stdout=out, stderr=subprocess.PIPE, check=False)
            seconds = time.perf_counter() - start
            if done.returncode != 0:
                sys.exit(f"{self.name} ended with status {done.returncode}:\n{done.stderr.decode()}")
            self.peaks_kb.append(int(peak.read()))
        self.seconds.append(float(done.stdout) if self.has_clock else seconds)

    def forget(self) -> None:
        """Forgets the runs so far, so that a first run counts for nothing."""
        self.seconds.clear()
        self.peaks_kb.clear()

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return statistics.median(self.seconds)

    @property
    def peak_mb(self) -> float:
        """The most memory that a run took."""
        return max(self.peaks_kb) * 1024 / 1e6

    @property
    def range(self) -> str:
        """The fastest and the slowest run."""
        return f"{min(self.seconds):.3g} to {shown(max(self.seconds))}"

    @property
    def rate(self) -> float:
        """Gigabytes a second."""
        return self.size / self.median / 1e9


def shown(seconds: float) -> str:
    """Seconds in three digits."""
    return f"{seconds:.3g} s"


def rounds(works: list[Work], count: int) -> None:
    """Runs all works in turn, so that what disturbs the machine for a while disturbs all of them."""
    for number in range(count):
        note(f"round {number + 1} of {count}")
        for work in works:
            work.run()


def table(header: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table, its first column to the left."""
    lines = [header, ["---"] + ["--:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """What was measured on, and how busy it was."""
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")), "?")
    load = " ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"{model}, {CORES} cores; load averages {load}"
