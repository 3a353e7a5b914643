#!/usr/bin/env python3
"""Describes every column of a CSV file with polars: the figures `benchtop profile` shows (blanks,
distinct values, quartiles, mean, spread, skewness, most frequent values), without its histogram.
Reading the file is not counted, as in `benchtop bench profile`.

    polars_profile.py FILE [--repeats 3]
"""

import argparse
import json
import time

import polars

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--repeats", type=int, default=3)
arguments = parser.parse_args()


def describe(frame):
    for column in frame.iter_columns():
        column.null_count()
        column.n_unique()
        if column.dtype.is_numeric():
            column.min(), column.max(), column.mean(), column.std(), column.skew()
            for share in (0.25, 0.5, 0.75):
                column.quantile(share, "linear")
        else:
            column.value_counts(sort=True).head(20)


frame = polars.read_csv(arguments.file, try_parse_dates=True)
seconds = []
for _ in range(arguments.repeats):
    started = time.perf_counter()
    describe(frame)
    seconds.append(time.perf_counter() - started)
print(json.dumps({
    "name": "profile",
    "peer": f"polars {polars.__version__}",
    "seconds": min(seconds),
    "all_seconds": seconds,
    "rows": frame.height,
    "columns": frame.width,
}))
