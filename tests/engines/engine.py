"""Loads events into one engine, runs queries, and writes the rows of each as CSV.

usage: engine.py ENGINE < JOB

The job is JSON: {"tables": {NAME: {"lines": PATH, "parquet": PATH}}, "queries": [{"sql": ..., "answer": PATH}, ...],
"folder": PATH}. What fails is told with its query, and the status is 1.
"""

import csv
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

import kin

KEPT: list[object] = []

Run = Callable[[str], Iterable[tuple]]


def duckdb(job: dict) -> Run:
    import duckdb as engine

    connection = engine.connect()
    connection.execute("SET TimeZone = 'America/New_York'")
    for name, table in job["tables"].items():
        source = f"FROM '{table['parquet']}'"
        connection.execute(f"CREATE TABLE {name} AS SELECT * REPLACE (properties::JSON AS properties) {source}")
        connection.execute(f"CREATE TABLE {name}_text AS {source}")
    return lambda sql: connection.execute(sql).fetchall()


def kin_of_duckdb(dialect: str) -> Callable[[dict], Run]:
    """DuckDB in place of another engine, whose times have no zone but UTC."""

    def load(job: dict) -> Run:
        run = duckdb(job)
        run("SET TimeZone = 'UTC'")
        run(f"SET integer_division = {dialect == 'trino'}")
        return lambda sql: [kin.plain(row) for row in run(kin.of(sql, dialect))]

    return load


def hogql(job: dict) -> Run:
    """ClickHouse in place of PostHog's editor, whose table has the session id as a column, made as PostHog makes it."""
    run = clickhouse(job)
    session_id = """replaceRegexpAll(JSONExtractRaw(properties, '$session_id'), '^"|"$', '') AS `$session_id`"""
    for name in job["tables"]:
        run(f"CREATE VIEW {name}_editor AS SELECT *, {session_id} FROM {name}")
    return lambda sql: kin.editor(run(kin.of(sql, "hogql")))


def redshift(job: dict) -> Run:
    """PostgreSQL in place of Redshift."""
    run = postgres(job)
    run("SET TimeZone = 'UTC'", has_rows=False)
    body = "SELECT ('x' || lpad($1, 16, '0'))::bit(64)::bigint"
    made = "CREATE OR REPLACE FUNCTION strtol(TEXT, INT) RETURNS BIGINT IMMUTABLE LANGUAGE SQL"
    run(f"{made} AS $${body}$$", has_rows=False)
    return lambda sql: run(kin.of(sql, "redshift"))


def snowflake(job: dict) -> Run:
    """fakesnow, which is DuckDB behind Snowflake's own client."""
    import fakesnow
    from fakesnow.variables import Variables

    # It takes the names of properties for variables.
    Variables.inline_variables = lambda self, sql: sql
    patch = fakesnow.patch()
    patch.__enter__()
    from snowflake.connector import connect

    connection = connect(database="DB", schema="PUBLIC")
    cursor = connection.cursor()
    # All ends when these are no longer used.
    KEPT.extend([patch, connection])
    columns = '"event" VARCHAR, "distinct_id" VARCHAR, "person_id" VARCHAR, "timestamp" TIMESTAMP_NTZ'
    columns += ', "properties" VARIANT'
    for name, table in job["tables"].items():
        cursor.execute(f'CREATE TABLE "{name}" ("team_id" INT, {columns})')
        values = "team_id, event, distinct_id, person_id, timezone('UTC', timestamp), properties::JSON"
        cursor._duck_conn.execute(f"INSERT INTO DB.PUBLIC.{name} SELECT {values} FROM '{table['parquet']}'")
    return lambda sql: [kin.plain(row) for row in cursor.execute(kin.of(sql, "snowflake")).fetchall()]


def clickhouse(job: dict) -> Run:
    import io

    from chdb.session import Session

    session = Session()
    session.query("CREATE DATABASE posthog")
    session.query("USE posthog")
    for name, table in job["tables"].items():
        session.query(f"""
            CREATE TABLE posthog.{name} ENGINE = Memory AS
            SELECT team_id, assumeNotNull(event) AS event, distinct_id, person_id,
                toDateTime64(timestamp, 6, 'UTC') AS timestamp, assumeNotNull(properties) AS properties
            FROM file('{table["parquet"]}', Parquet)""")

    def run(sql: str) -> Iterable[tuple]:
        text = session.query(sql + "\nFORMAT CSV" if "SETTINGS" not in sql else sql, "CSV").data()
        return [tuple("" if value == "\\N" else value for value in row) for row in csv.reader(io.StringIO(text))]

    return run


def spark(job: dict) -> Run:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    for key, value in {
        "spark.driver.memory": "4g",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.session.timeZone": "America/New_York",
        "spark.sql.warehouse.dir": job["folder"] + "/warehouse",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={job['folder']}",
        "spark.log.level": "ERROR",
    }.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    for name, table in job["tables"].items():
        session.read.parquet(table["parquet"]).createOrReplaceTempView(name)
        variant = session.sql(f"SELECT * EXCEPT (properties), parse_json(properties) AS properties FROM {name}")
        variant.createOrReplaceTempView(f"{name}_variant")
    return lambda sql: [tuple(row) for row in session.sql(sql).collect()]


def postgres(job: dict) -> Run:
    import duckdb as reader
    import psycopg

    connection = psycopg.connect(host=job["socket"], user="postgres", dbname="postgres", autocommit=True)
    connection.execute("SET TimeZone = 'America/New_York'")
    for name, table in job["tables"].items():
        connection.execute(f"DROP TABLE IF EXISTS {name}, {name}_text")
        connection.execute(
            f"CREATE TABLE {name} (team_id INT, event TEXT, distinct_id TEXT, person_id TEXT, timestamp TIMESTAMPTZ, "
            "properties JSONB)"
        )
        columns = "team_id, event, distinct_id, person_id, epoch_us(timestamp), properties"
        rows = reader.connect().execute(f"SELECT {columns} FROM '{table['parquet']}'")
        with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
            while batch := rows.fetchmany(10_000):
                for team, event, distinct, person, us, properties in batch:
                    copy.write_row((team, event, distinct, person, moment(us), properties))
        connection.execute(f"CREATE TABLE {name}_text AS SELECT * FROM {name}")
        connection.execute(f"ALTER TABLE {name}_text ALTER properties TYPE TEXT")
        connection.execute(f"ANALYZE {name}")

    def run(sql: str, has_rows: bool = True) -> Iterable[tuple]:
        done = connection.execute(sql)
        return done.fetchall() if has_rows else []

    return run


def to_parquet(lines: str, parquet: str) -> None:
    """Writes events as a batch export writes Parquet: times with their zone, properties as text."""
    import duckdb as engine

    columns = {name: "VARCHAR" for name in ("event", "distinct_id", "person_id")}
    columns |= {"team_id": "BIGINT", "timestamp": "TIMESTAMPTZ", "properties": "JSON"}
    engine.sql(
        f"""COPY (
            SELECT team_id, event, distinct_id, person_id, timestamp, properties::VARCHAR AS properties
            FROM read_json('{lines}', format = 'newline_delimited', columns = {columns})
        ) TO '{parquet}' (FORMAT parquet, ROW_GROUP_SIZE 20_000)"""
    )


def moment(us: int | None) -> str | None:
    from cases import rfc_3339

    return None if us is None else rfc_3339(us)


ENGINES = {
    "duckdb": duckdb,
    "clickhouse": clickhouse,
    "spark": spark,
    "postgres": postgres,
    "snowflake": snowflake,
    "bigquery": kin_of_duckdb("bigquery"),
    "trino": kin_of_duckdb("trino"),
    "redshift": redshift,
    "hogql": hogql,
}


def text(value: object) -> str:
    return "" if value is None else str(value)


def main() -> int:
    job = json.load(sys.stdin)
    run = ENGINES[sys.argv[1]](job)
    failed = 0
    for query in job["queries"]:
        start = time.perf_counter()
        try:
            kin.parse(query["sql"], sys.argv[1])
            rows = run(query["sql"])
            with open(query["answer"], "w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows([text(value) for value in row] for row in rows)
        except Exception:
            failed = 1
            Path(query["answer"] + ".error").write_text(traceback.format_exc(limit=-1), encoding="utf-8")
        query["seconds"] = time.perf_counter() - start
    print(json.dumps([query["seconds"] for query in job["queries"]]))
    return failed


if __name__ == "__main__":
    sys.exit(main())
