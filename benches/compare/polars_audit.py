"""The audit in Polars: sessions that break a rule, users told apart by person id.

A schema makes the reader skip all other fields. Times are read as text, since reading them as times is slower, and so
is the streaming engine.
"""

import polars as pl
from polars import col, when

SCHEMA = {
    "timestamp": pl.String,
    "person_id": pl.String,
    "distinct_id": pl.String,
    "properties": pl.Struct({"$session_id": pl.String}),
}
UUID = r"^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32})$"
HYPHENATED = "${1}-${2}-${3}-${4}-${5}"


def events(export: str) -> pl.LazyFrame:
    """The few fields that the rules ask for, of events with a session id."""
    time = col("timestamp").str.replace(" ", "T", literal=True)
    return (
        pl.scan_ndjson(export, schema=SCHEMA)
        .select(
            id=col("properties").struct.field("$session_id"),
            time=time.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC"),
            person=pl.coalesce("person_id", "distinct_id"),
        )
        .filter(~col("id").is_in(["", "null"]))
    )


def spelled(found: pl.LazyFrame) -> pl.LazyFrame:
    """Ids as they are spelled: few enough that whatever is asked of an id costs nothing."""
    digits = col("id").str.to_lowercase().str.replace_all("-", "", literal=True)
    uuid = digits.str.replace(r"^(.{8})(.{4})(.{4})(.{4})(.{12})$", HYPHENATED)
    return (
        found.group_by("id")
        .agg(
            events=pl.len(),
            first_event=col("time").min(),
            last_event=col("time").max(),
            one_person=col("person").min(),
            other_person=col("person").max(),
        )
        .with_columns(is_uuid=col("id").str.contains(UUID))
        .with_columns(session_id=when("is_uuid").then(uuid).otherwise("id"))
    )


def sessions(spellings: pl.LazyFrame) -> pl.LazyFrame:
    """Sessions, with what their ids say."""
    digits = col("session_id").str.replace_all("-", "", literal=True)
    is_version_7 = col("is_uuid") & (digits.str.slice(12, 1) == "7")
    minted_ms = digits.str.head(12).str.to_integer(base=16, strict=False)
    return (
        spellings.group_by("session_id", "is_uuid")
        .agg(
            events=col("events").sum(),
            first_event=col("first_event").min(),
            last_event=col("last_event").max(),
            is_shared=col("one_person").min() != col("other_person").max(),
            is_mixed=pl.len() > 1,
        )
        .with_columns(
            is_version_7=is_version_7,
            variant=digits.str.slice(16, 1),
            id_time=when(is_version_7).then(minted_ms).cast(pl.Datetime("ms", "UTC")),
        )
    )


def broken(all_sessions: pl.LazyFrame) -> pl.LazyFrame:
    """Sessions that break a rule, and which ones."""
    rules = {
        "not-a-uuid": ~col("is_uuid"),
        "not-version-7": col("is_uuid") & ~col("is_version_7"),
        "not-rfc-variant": col("is_version_7") & ~col("variant").is_in(["8", "9", "a", "b"]),
        "shared-by-users": col("is_shared"),
        "mixed-spelling": col("is_mixed"),
        "id-after-first-event": col("id_time") > col("first_event"),
        "past-24-hours": col("last_event") >= col("id_time") + pl.duration(hours=24),
    }
    names = [when(is_broken).then(pl.lit(name)) for name, is_broken in rules.items()]
    return all_sessions.select(
        "session_id",
        pl.concat_str(names, separator="|", ignore_nulls=True).alias("reasons"),
        "events",
        col("first_event", "last_event").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"),
    ).filter(col("reasons") != "")


def query(export: str) -> list[tuple]:
    """The rows of the answer."""
    return broken(sessions(spelled(events(export)))).collect(engine="in-memory").rows()
