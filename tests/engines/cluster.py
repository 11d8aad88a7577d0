"""Looks whether a cluster of ClickHouse groups events on its servers, so that they do not send each event.

usage: cluster.py TOOL FOLDER

The cluster has two servers that are not there: ClickHouse plans a query over them without asking them. The status is 1 if
a plan merges anything but groups, and what it does instead is told.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

CONFIG = """<clickhouse><remote_servers><two>
    <shard><replica><host>192.0.2.1</host><port>9000</port></replica></shard>
    <shard><replica><host>192.0.2.2</host><port>9000</port></replica></shard>
</two></remote_servers></clickhouse>
"""
TABLE = """CREATE TABLE posthog.events (
    team_id Int64, event String, distinct_id String, person_id UUID, timestamp DateTime64(6, 'UTC'), properties String
) ENGINE = Distributed('two', 'posthog', 'sharded_events')"""
SOURCE = ["--dialect=clickhouse", "--source=clickhouse-events", "--table=posthog.events"]
OPTIONS = [[], ["--session-key=checkout_id"], ["--summary"], ["--from=2026-03-01", "--identity=distinct"]]


def steps(plan: str) -> list[str]:
    """The names of a plan's steps, the last one first; the lines between them tell more of each."""
    names = (re.match(r"(?:[\s│├└─]*──)?(\w+)", line) for line in plan.splitlines())
    return [name[1] for name in names if name]


def main() -> int:
    import chdb

    tool, folder = sys.argv[1], Path(sys.argv[2]) / "cluster"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "config.xml").write_text(CONFIG, encoding="utf-8")
    connection = chdb.connect(f"{folder}/data?config-file={folder}/config.xml")
    connection.query("CREATE DATABASE posthog")
    connection.query(TABLE)
    failed = 0
    for options in OPTIONS:
        sql = subprocess.run([tool, "sql", *SOURCE, *options], capture_output=True, text=True, check=True).stdout
        found = steps(connection.query("EXPLAIN " + sql, "TSVRaw").bytes().decode())
        if found[-2:] != ["MergingAggregated", "ReadFromRemote"]:
            failed = 1
            print(f"{' '.join(options) or 'the plain query'}: {' < '.join(found)}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
