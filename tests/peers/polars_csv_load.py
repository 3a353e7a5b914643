#!/usr/bin/env python3
"""Loads a CSV file with polars and prints how long it took, as `benchtop bench csv_load` does.

    polars_csv_load.py FILE [--repeats 3]
"""

import argparse
import json
import os
import time

import polars

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--repeats", type=int, default=3)
arguments = parser.parse_args()

seconds = []
for _ in range(arguments.repeats):
    started = time.perf_counter()
    frame = polars.read_csv(arguments.file, try_parse_dates=True)
    seconds.append(time.perf_counter() - started)
print(json.dumps({
    "name": "csv_load",
    "peer": f"polars {polars.__version__}",
    "seconds": min(seconds),
    "all_seconds": seconds,
    "rows": frame.height,
    "columns": frame.width,
    "bytes": os.path.getsize(arguments.file),
}))
