"""Lets engines that are not at hand be stood in for by a near relative: queries are parsed in their own dialect, and what
the relative spells otherwise is rewritten, each with the same meaning by the engines' documentation."""

import json
import re

import sqlglot


def parse(sql: str, dialect: str) -> None:
    """Fails unless the query is one in that dialect, wholly understood."""
    statements = sqlglot.parse(sql, read=GRAMMARS.get(dialect, dialect), error_level=sqlglot.ErrorLevel.RAISE)
    if len(statements) != 1 or not isinstance(statements[0], sqlglot.exp.Query):
        raise ValueError(f"not one query in {dialect}")


def bigquery(sql: str) -> str:
    """For DuckDB."""
    # Of DIV it loses parentheses.
    sql = sqlglot.transpile(sql.replace("DIV(", "DIVIDE("), read="bigquery", write="duckdb")[0]
    # JSON_VALUE gives a text in BigQuery and JSON in DuckDB, which sqlglot knows; formats of times it does not.
    return sql.replace("%E6S", "%S.%f").replace("%E3S", "%S.%g")


def trino(sql: str) -> str:
    """For DuckDB, whose text of a time has as many digits as it needs, and which has no FROM_BASE."""
    epoch = r"TIMESTAMP '1970-01-01 00:00:00.000'"
    shown = r"STRFTIME(make_timestamp((\1) * 1000), '%Y-%m-%d %H:%M:%S.%g')"
    sql = re.sub(rf"CAST\(DATE_ADD\('millisecond', (.*?), {epoch}\) AS VARCHAR\)", shown, sql)
    seconds = r"CAST\(TO_UNIXTIME\(DATE_TRUNC\('second', (M..\(\w+\))\)\) AS BIGINT\) \* 1000000"
    fraction = r"CAST\(SUBSTRING\(SPLIT_PART\(CAST\(CAST\(M..\(\w+\) AS TIMESTAMP\(9\)\) AS VARCHAR\), '.', 2\), 1, 6\) AS BIGINT\)"
    sql = re.sub(rf"{seconds}\s+\+ {fraction}", r"EPOCH_US(\1)", sql)
    sql = sqlglot.transpile(sql, read="trino", write="duckdb")[0]
    return re.sub(r"FROM_BASE\((.*?), 16\)", r"CAST('0x' || \1 AS BIGINT)", sql)


def redshift(sql: str) -> str:
    """For PostgreSQL, from which Redshift stems; the function STRTOL is made there."""
    sql = re.sub(r"exported\.properties\.\"(.*?)\"::VARCHAR\(65535\)", r"(exported.properties ->> '\1')", sql)
    sql = re.sub(r"JSON_EXTRACT_PATH_TEXT\(properties, '(.*?)', TRUE\)", r"(properties::JSONB ->> '\1')", sql)
    micros = r"CAST(EXTRACT(EPOCH FROM \2 - \1) * 1000000 AS BIGINT)"
    sql = re.sub(r"DATEDIFF\(microsecond, (TIMESTAMP '.*?'), (M..\(\w+\) AT TIME ZONE 'UTC')\)", micros, sql)
    listed = r"""STRING_AGG(DISTINCT \1 COLLATE "C", '|' ORDER BY \1 COLLATE "C")"""
    return re.sub(r"LISTAGG\(DISTINCT (.*?), '\|'\) WITHIN GROUP \(ORDER BY .*?\)(?= AS)", listed, sql)


def snowflake(sql: str) -> str:
    """For fakesnow, which lacks formats of numbers and quotes in formats of times, and rounds far times."""
    for unit, per_second, digits in (("millisecond", 1000, 3), ("microsecond", 1000000, 6)):
        second = rf"DATEADD(second, FLOOR(\1 / {per_second}), '1970-01-01'::TIMESTAMP_NTZ)"
        rest = rf"MOD(MOD(\1, {per_second}) + {per_second}, {per_second})"
        sql = re.sub(rf"TO_TIMESTAMP_NTZ\((\w+), {digits}\)", rf"DATEADD({unit}, {rest}, {second})", sql)
    sql = re.sub(r"ARRAY_TO_STRING\(ARRAY_CONSTRUCT_COMPACT\((.*?)\n    \), '\|'\)", joined, sql, flags=re.DOTALL)
    sql = re.sub(r"TO_NUMBER\((.*?), 'X+'\)", r"CAST('0x' || \1 AS BIGINT)", sql)
    return re.sub(r"TO_CHAR\((.*?), '(YYYY-MM-DD\"T\"HH24:MI:SS.FF\d)\"Z\"'\)", r"TO_CHAR(\1, '\2') || 'Z'", sql)


def joined(found: re.Match) -> str:
    """Texts with | between them, some of which can be nothing."""
    texts = [line.strip().rstrip(",") for line in found[1].strip().splitlines()]
    return "SUBSTR(" + " || ".join(f"COALESCE('|' || {text}, '')" for text in texts) + ", 2)"


def hogql(sql: str) -> str:
    """For ClickHouse, by the names that HogQL's functions have there."""
    return sql.replace("toInt(", "toInt64(").replace("ORDER BY team_id,", "ORDER BY team_id NULLS FIRST,")


REWRITES = {"bigquery": bigquery, "trino": trino, "redshift": redshift, "snowflake": snowflake, "hogql": hogql}
# HogQL's grammar is near that of ClickHouse.
GRAMMARS = {"hogql": "clickhouse"}


def of(sql: str, dialect: str) -> str:
    """The query as it runs."""
    return REWRITES[dialect](sql)


def plain(row: tuple) -> tuple:
    """A row of DuckDB in another engine's place, where sums can be floats and times have as many digits as they need."""

    def time(text: str | None, digits: int) -> str | None:
        if text is None:
            return None
        day, clock, fraction = re.fullmatch(r"(\S{10})[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?Z", text).groups()
        return f"{day}T{clock}.{(fraction or '').ljust(digits, '0')}Z"

    if not isinstance(row[0], str):
        return tuple(int(count) for count in row)
    return (*row[:6], int(row[6]), row[7], time(row[8], 3), time(row[9], 6), time(row[10], 6), *row[11:])


def editor(rows: list[tuple]) -> list[tuple]:
    """Rows of PostHog's editor, whose texts keep the backslashes of their JSON, as they are without those: in which some
    texts come elsewhere, too."""
    rows = [(json.loads(f'"{row[0]}"') if "\\" in row[0] else row[0], *row[1:]) for row in rows]
    is_text = [row[4] == "not-a-uuid" for row in rows]
    texts = (row for row in sorted(rows, key=order) if row[4] == "not-a-uuid")
    return [next(texts) if is_one else row for row, is_one in zip(rows, is_text)]


def order(row: tuple) -> tuple:
    """Where a text stands: by its team, then by its bytes."""
    return int(row[1] or -1), row[0].encode()
