#!/usr/bin/env python3
"""Counts points into 1024 x 768 pixels with datashader, as `benchtop bench pixels_10m` does.
Compiling is not counted: the first round is thrown away.

    datashader_pixels.py [--rows 10000000] [--repeats 9]
"""

import argparse
import json
import time

import datashader
import numpy
import pandas

parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int, default=10_000_000)
parser.add_argument("--repeats", type=int, default=9)
arguments = parser.parse_args()

numbers = numpy.random.default_rng(1)
far = numbers.integers(0, 3, arguments.rows).astype("f4")
near = lambda: numbers.random((4, arguments.rows), "f4").sum(axis=0) - 2
frame = pandas.DataFrame({"x": far * 2 + near(), "y": far * far + near()})
canvas = datashader.Canvas(1024, 768, x_range=(-2, 6), y_range=(-2, 6))
seconds = []
for _ in range(arguments.repeats + 1):
    started = time.perf_counter()
    counts = canvas.points(frame, "x", "y", datashader.count())
    seconds.append(time.perf_counter() - started)
print(json.dumps({
    "name": "pixels_10m",
    "peer": f"datashader {datashader.__version__}",
    "seconds": min(seconds[1:]),
    "all_seconds": seconds[1:],
    "rows": len(frame),
    "columns": frame.shape[1],
    "counted": int(counts.sum()),
}))
