"""Compresses an export in the ways that exports are compressed, and names what only decodes it."""

import gzip
from dataclasses import dataclass
from pathlib import Path

from measure import Work, make, note, tool

# Name, program, suffix, options.
WAYS = [
    ("gzip, one stream", "gzip", ".gz", ["-6"]),
    ("zstd, one frame", "zstd", ".zst", ["-3", "-q"]),
    ("brotli", "brotli", ".br", ["-q", "5"]),
]


@dataclass
class Compressed:
    """A compressed export, and the program that decodes it."""

    name: str
    path: Path
    decoder: str

    def decode(self, size: int) -> Work:
        """Only decodes it."""
        return Work(f"`{Path(self.decoder).name} -dc`", [self.decoder, "-dc", str(self.path)], size)


def exports(plain: Path) -> list[Compressed]:
    """The export in every compression that there is a program for."""
    found = []
    if program := tool("gzip"):
        found.append(Compressed("gzip, one member a record", members(plain), program))
    for name, program_name, suffix, options in WAYS:
        if program := tool(program_name):
            export = make(plain.with_name(plain.name + suffix), [program, *options, "-c", str(plain)])
            found.append(Compressed(name, export, program))
    return found


def members(plain: Path) -> Path:
    """The export with one gzip member a record, as PostHog's batch exports write it."""
    path = plain.with_name(f"{plain.name}.members.gz")
    if not path.exists():
        note(f"making {path.name}")
        unfinished = path.with_suffix(".part")
        with plain.open("rb") as lines, unfinished.open("wb") as out:
            out.writelines(gzip.compress(line, 6) for line in lines)
        unfinished.rename(path)
    return path
