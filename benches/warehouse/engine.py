"""Runs a query on a table of events in one engine, and prints the seconds that its second run took.

usage: engine.py ENGINE PARQUET SQL

What machines of a cluster would send each other is written beside the table, as {"rows": ..., "bytes": ...}.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

Run = Callable[[], object]


def spark(parquet: Path, sql: str) -> float:
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory() as log:
        builder = SparkSession.builder.master("local[*]")
        for key, value in {
            "spark.ui.enabled": "false",
            "spark.driver.memory": "4g",
            "spark.log.level": "ERROR",
            "spark.eventLog.enabled": "true",
            "spark.eventLog.dir": f"file:{log}",
            "spark.eventLog.compress": "false",
            "spark.eventLog.rolling.enabled": "false",
        }.items():
            builder = builder.config(key, value)
        session = builder.getOrCreate()
        session.read.parquet(str(parquet)).createOrReplaceTempView("events")
        seconds = second(lambda: session.sql(sql).collect())
        session.stop()
        text = next(Path(log).iterdir()).read_bytes()
    tell(parquet, "spark", shuffled(text))
    return seconds


def shuffled(log: bytes) -> dict[str, int]:
    """What all tasks wrote for shuffles, half of it in each of the two runs."""
    sent = {"rows": 0, "bytes": 0}
    for line in log.splitlines():
        event = json.loads(line)
        if event["Event"] == "SparkListenerTaskEnd":
            written = event["Task Metrics"]["Shuffle Write Metrics"]
            sent["rows"] += written["Shuffle Records Written"] / 2
            sent["bytes"] += written["Shuffle Bytes Written"] / 2
    return sent


def clickhouse(parquet: Path, sql: str) -> float:
    from chdb.session import Session

    with tempfile.TemporaryDirectory(dir=parquet.parent) as folder:
        session = Session(folder)
        session.query("CREATE DATABASE posthog")
        session.query("USE posthog")
        session.query(f"""
            CREATE TABLE events ENGINE = MergeTree ORDER BY (team_id, toDate(timestamp), event) SETTINGS allow_nullable_key = 1 AS
            SELECT team_id, assumeNotNull(event) AS event, distinct_id, person_id,
                assumeNotNull(toDateTime64(timestamp, 6, 'UTC')) AS timestamp, assumeNotNull(properties) AS properties
            FROM file('{parquet}', Parquet)""")
        seconds = second(lambda: session.query(sql, "CSV"))
        first_step = sql[: sql.index("\n),")]
        groups = f"{first_step}\n) SELECT count(), sum(byteSize(*)) FROM session_events"
        rows, size = session.query(groups, "TSV").data().split()
        session.close()
    tell(parquet, "clickhouse", {"rows": int(rows), "bytes": int(size)})
    return seconds


def duckdb(parquet: Path, sql: str) -> float:
    import duckdb as engine

    connection = engine.connect()
    connection.execute(f"CREATE TABLE events AS SELECT * REPLACE (properties::JSON AS properties) FROM '{parquet}'")
    return second(lambda: connection.execute(sql).fetchall())


def second(run: Run) -> float:
    """The seconds of a second run."""
    run()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def tell(parquet: Path, engine: str, sent: dict[str, int]) -> None:
    Path(f"{parquet}.{engine}.json").write_text(json.dumps(sent))


ENGINES = {"spark": spark, "clickhouse": clickhouse, "duckdb": duckdb}

if __name__ == "__main__":
    name, path, query = sys.argv[1:]
    print(ENGINES[name](Path(path).resolve(), Path(query).read_text(encoding="utf-8")))
