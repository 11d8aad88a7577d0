"""Makes small tables of events that stand on every boundary of the rules, each table a team of its own."""

import datetime
import json
import random
import uuid
from collections.abc import Iterator

SECOND, DAY = 1_000_000, 86_400 * 1_000_000
# What is added to the boundaries; it is a tolerance of some runs, too.
TOLERANCES = [0, SECOND, 4 * DAY]
START_MS = 1_772_445_600_000
YEAR_10000_MS = 253_402_300_800_000
STAR = 300
TEXTS = ["null", "", "undefined", "ses_1", "é", "a|b", "0", "[object Object]", "NULL", " "]
USERS = ["ann", "bob", "eve", "anonymous", "'Guest'", "null", " ", "00000000-0000-7000-8000-000000000001"]
PERSONS = ["p1", "p2", "p3", "null", "ann"]
LIBS = ["web", "posthog-node", "Posthog", "é", "posthog-python"]
EVENTS = ["a", "$pageview", "$identify", "$create_alias", "$merge_dangerously"]


def rows(cases: int, seed: int) -> Iterator[dict]:
    """The events of so many cases."""
    for case in range(cases):
        yield from Case(random.Random(seed * 1_000_003 + case), case + 1).rows()
    yield from star(cases + 1)


def star(team: int) -> Iterator[dict]:
    """One user whose many anonymous ids one later login links, which sorts behind all of them, and a stranger."""
    for number in range(STAR):
        start_us = (START_MS + number) * 1000
        ids = {"$session_id": f"{START_MS:012x}7{0:018x}{number % 7}", "$anon_distinct_id": f"0195-{number:03d}"}
        login = {"event": "$identify", "distinct_id": "zoe", "properties": ids}
        before = {"event": "a", "distinct_id": f"0195-{number:03d}", "properties": {"$session_id": ids["$session_id"]}}
        for event in (login, before):
            yield {"team_id": team, "person_id": None, "timestamp": rfc_3339(start_us), **event}
    stranger = {"event": "a", "distinct_id": "yan", "properties": {"$session_id": ids["$session_id"]}}
    yield {"team_id": team, "person_id": None, "timestamp": rfc_3339(start_us), **stranger}


class Case:
    """One small table."""

    def __init__(self, rng: random.Random, team: int):
        self.rng = rng
        # The first one has no team.
        self.team = team - 1 or None
        self.ids = [self.session_id() for _ in range(rng.randint(2, 9))]

    def session_id(self) -> tuple[str, int]:
        """An id and its time in microseconds, whether it has one or not."""
        rng = self.rng
        far = [0, 1, (1 << 48) - 1, YEAR_10000_MS - 1, YEAR_10000_MS]
        ms = rng.choice([START_MS + rng.randrange(10_000_000), rng.randrange(1 << 48), *far])
        ms = START_MS + rng.randrange(100_000) if rng.random() < 0.7 else ms
        version = 7 if rng.random() < 0.8 else rng.randrange(16)
        variant = rng.choice("89ab") if rng.random() < 0.8 else rng.choice("0123456789abcdef")
        digits = f"{ms:012x}{version:x}{rng.randrange(1 << 12):03x}{variant}{rng.randrange(1 << 60):015x}"
        return str(uuid.UUID(digits)), ms * 1000

    def spelled(self, text: str) -> str:
        """The id, often in another spelling, sometimes as something that is none."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.6:
            return text
        bare = text.replace("-", "")
        upper = "".join(c.upper() if rng.random() < 0.5 else c for c in text)
        alike = [text.upper(), bare, bare.upper(), upper]
        if kind < 0.85:
            return rng.choice(alike)
        wrong = [f"{{{text}}}", f" {text}", f"{text} ", f"{text}\n", f"{bare}\n", f"\t{text}"]
        wrong += [f"urn:uuid:{text}", f'"{text}"']
        wrong += [text[:-1], text + "0", bare[:-1], bare + "0", text.replace("-", "_"), text[:8] + text[9:] + "0"]
        wrong += ["g" + text[1:], "+" + text[1:], text[:7] + "-" + text[7:8] + text[9:], bare[:31] + "-"]
        wrong += ["٠" * 36, "é" * 16]
        return rng.choice(wrong + TEXTS)

    def time(self, id_us: int) -> int:
        """A time, mostly one microsecond before, at or after a boundary."""
        rng = self.rng
        if rng.random() < 0.5:
            return id_us + rng.randrange(3600 * SECOND)
        tolerance = rng.choice(TOLERANCES)
        boundary = rng.choice([0, -tolerance, DAY, DAY + tolerance, -3 * DAY, 3 * DAY])
        return id_us + boundary + rng.choice([-1000, -1, 0, 1, 999])

    def rows(self) -> Iterator[dict]:
        for text, id_us in self.ids:
            few_users = self.rng.sample(USERS, self.rng.choice([1, 1, 2, 3]))
            few_persons = self.rng.sample(PERSONS, self.rng.choice([1, 1, 2]))
            is_mixed = self.rng.random() < 0.4
            for _ in range(self.rng.randint(1, 6)):
                spelled = self.spelled(text) if is_mixed else text
                yield self.row(spelled, id_us, few_users, few_persons)

    def row(self, session_id: str, id_us: int, users: list[str], persons: list[str]) -> dict:
        rng = self.rng
        event = rng.choice(EVENTS) if rng.random() < 0.3 else "a"
        properties: dict[str, object] = {"n": rng.random(), "nested": {"$session_id": "no"}}
        properties["$lib"] = rng.choice([*LIBS, "", None])
        if rng.random() < 0.97:
            properties["$session_id"] = session_id if rng.random() < 0.97 else None
        if rng.random() < 0.4:
            properties["checkout_id"] = rng.choice(["c1", "c2", "c3", "", None, "null"])
        if event == "$identify":
            properties["$anon_distinct_id"] = rng.choice(USERS)
        elif event != "a":
            properties["alias"] = rng.choice(USERS)
        us = self.time(id_us)
        # Engines' times and RFC 3339 both reach from the year 1 to 9999, ClickHouse's from 1900.
        is_timed = rng.random() < 0.95 and -60 * 365 * DAY < us < 80 * 365 * DAY
        return {
            "team_id": self.team,
            "event": event,
            "distinct_id": rng.choice(users) if rng.random() < 0.9 else rng.choice(["", None]),
            "person_id": rng.choice(persons) if rng.random() < 0.6 else rng.choice(["", None]),
            "timestamp": rfc_3339(us) if is_timed else None,
            "properties": properties,
        }


def rfc_3339(us: int) -> str:
    """Microseconds since 1970 as a time."""
    time = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(microseconds=us)
    return time.isoformat(timespec="microseconds")


def write(path, events: Iterator[dict]) -> int:
    """Writes events as JSON Lines, and says how many."""
    count = 0
    with open(path, "w", encoding="utf-8") as out:
        for count, event in enumerate(events, 1):
            out.write(json.dumps(event, ensure_ascii=False) + "\n")
    return count
