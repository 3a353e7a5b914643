#!/usr/bin/env python3
"""Loads a CSV file with DuckDB and prints how long it took, as `benchtop bench csv_load` does.

    duckdb_csv_load.py FILE [--repeats 3]
"""

import argparse
import json
import os
import time

import duckdb

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--repeats", type=int, default=3)
arguments = parser.parse_args()

seconds = []
for _ in range(arguments.repeats):
    connection = duckdb.connect()
    started = time.perf_counter()
    connection.execute("CREATE TABLE loaded AS SELECT * FROM read_csv(?)", [arguments.file])
    seconds.append(time.perf_counter() - started)
    rows = connection.execute("SELECT count(*) FROM loaded").fetchone()[0]
    columns = len(connection.execute("DESCRIBE loaded").fetchall())
    connection.close()
print(json.dumps({
    "name": "csv_load",
    "peer": f"duckdb {duckdb.__version__}",
    "seconds": min(seconds),
    "all_seconds": seconds,
    "rows": rows,
    "columns": columns,
    "bytes": os.path.getsize(arguments.file),
}))
