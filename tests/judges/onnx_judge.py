#!/usr/bin/env python3
"""Runs exported models in onnxruntime and compares with `benchtop predict`.

    onnx_judge.py --benchtop PATH [--learner ID]... [--quick]

Every learner is trained on several of the sample tables, as they are and after the steps of a
project, saved and exported. Each file must pass onnx.checker, and onnxruntime must give the same
classes, and numbers within 1e-5 (of themselves, where they are larger than 1), from the raw columns
of the table itself and of a copy with blanks and texts that were never seen. The last line says
"N passed, N failed".
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import onnx
import onnxruntime
import pandas

SAMPLES = Path(__file__).resolve().parents[2] / "sample-data"
# Projects with steps of every kind: learned, calculated, renamed, left out, rows dropped.
PROJECTS = SAMPLES.parent / "tests" / "fixtures" / "projects"
TOLERANCE = 1e-5
# (file, target, columns left out, project whose steps come first)
CASES = [
    ("penguins.csv", "species", [], None),
    ("penguins.csv", "species", [], "penguins.benchtop"),
    ("penguins.csv", "body_mass_g", [], None),
    ("fuel-economy.csv", "highway_mpg", [], "fuel-economy.benchtop"),
    ("breast-cancer.csv", "diagnosis", [], None),
    ("fuel-economy.csv", "highway_mpg", ["city_mpg"], None),
    ("wine.csv", "cultivar", [], None),
    ("seattle-weather.csv", "weather", [], None),
    ("messy-survey.csv", "would_recommend", [], None),
    ("bike-hire.csv", "hires", ["casual", "registered"], None),
]
QUICK_CASES = CASES[:4]
# A learner whose time grows with the third power of the rows is judged on tables of at most so many.
MOST_ROWS = {"gaussian_process": 400}
# Rows scored at a time: what lies between the layers of a model is many times as large as its rows.
BLOCK = 256


class Judge:
    def __init__(self, benchtop, folder):
        self.benchtop = benchtop
        self.folder = folder
        self.passed = 0
        self.failed = 0
        self.largest = 0.0
        # Learners are judged side by side; their counts are kept one at a time.
        self.counting = threading.Lock()

    def count(self, passed=0, failed=0):
        with self.counting:
            self.passed += passed
            self.failed += failed

    def call(self, *arguments):
        """Runs a subcommand and returns what it says as JSON."""
        command = [self.benchtop, *map(str, arguments), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=900)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-800:]}")
        return json.loads(done.stdout)

    def test(self, name, function):
        try:
            function()
        except Exception as error:  # whatever goes wrong is a failed test
            self.count(failed=1)
            print(f"FAILED {name}: {type(error).__name__}: {error}")
        else:
            self.count(passed=1)

    def judge(self, file, target, dropped, project, learner, number):
        """One learner on one table."""
        name = f"{learner} on {Path(file).stem}.{target}{' after steps' if project else ''}"
        table = SAMPLES / file
        place = self.folder / f"{number}-{learner}"
        place.mkdir()
        model, exported = place / "model.benchtop-model", place / "model.onnx"
        arguments = [part for column in dropped for part in ("--drop", column)]
        if project:
            arguments += ["--recipe", PROJECTS / project]
        try:
            # The model that is judged is fitted on all rows; how it scored is not judged.
            arguments += ["--folds", "2", "--no-seal"]
            trained = self.call("train", table, "--target", target, "--learner", learner, "--save", model, *arguments)
            if project and not trained["steps"]:
                raise ValueError("no step was carried out")
            parity = self.call("export", model, "--onnx", exported, "--check", table)["parity"]
            made_up = self.call("export", model, "--onnx", place / "made-up.onnx")
            if parity["rows"] == 0 or not made_up["made_up_rows"]:
                raise ValueError("the export was not checked")
        except (RuntimeError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
            if "[too_many_rows]" in str(error):
                print(f"refused {name}: too many rows for it, so there is nothing to judge")
                return
            self.count(failed=3)
            print(f"FAILED {name}: {error}")
            return
        self.test(f"{name}, checker", lambda: onnx.checker.check_model(str(exported), full_check=True))
        self.test(f"{name}, the table", lambda: self.compare(model, exported, table, place / "same.csv"))
        self.test(f"{name}, altered rows", lambda: self.compare_altered(model, exported, table, place, target))

    def typed(self, table):
        """The table with the types Benchtop finds."""
        parquet = self.folder / f"{table.stem}-typed.parquet"
        if not parquet.exists():
            self.call("convert", table, parquet)
        return pandas.read_parquet(parquet)

    def compare(self, model, exported, table, out):
        self.call("predict", model, table, "--out", out)
        frame = pandas.read_parquet(table) if table.suffix == ".parquet" else self.typed(table)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        session = onnxruntime.InferenceSession(str(exported), options, providers=["CPUExecutionProvider"])
        blocks = []
        for start in range(0, len(frame), BLOCK):
            rows = frame.iloc[start:start + BLOCK]
            inputs = {value.name: feed(rows[value.name], value.type) for value in session.get_inputs()}
            blocks.append(session.run(None, inputs))
        outputs = [numpy.concatenate(parts) for parts in zip(*blocks)]
        names = [value.name for value in session.get_outputs()]
        ours = pandas.read_csv(out, dtype={"prediction": str}, keep_default_na=False, na_values=[])
        assert len(ours) == len(frame), f"{len(ours)} predictions for {len(frame)} rows"
        if len(outputs) == 1:
            own, theirs = ours["prediction"].astype(float).to_numpy(), outputs[0].reshape(-1)
            self.numbers(own, theirs.astype(float))
            return
        labels = outputs[names.index("label")].reshape(-1).astype(str)
        different = numpy.flatnonzero(labels != ours["prediction"].to_numpy(dtype=str))
        assert different.size == 0, (
            f"{different.size} classes differ, first in row {different[0]}: "
            f"{ours['prediction'][different[0]]!r} and {labels[different[0]]!r}"
        )
        theirs = outputs[names.index("probabilities")].astype(float)
        own = ours[[column for column in ours.columns if column.startswith("p_")][-theirs.shape[1]:]]
        self.numbers(own.to_numpy(dtype=float), theirs)

    def numbers(self, own, theirs):
        assert own.shape == theirs.shape, f"shapes {own.shape} and {theirs.shape}"
        assert numpy.isfinite(theirs).all(), "a prediction is not a finite number"
        difference = float((numpy.abs(own - theirs) / numpy.maximum(1.0, numpy.abs(own))).max(initial=0.0))
        with self.counting:
            self.largest = max(self.largest, difference)
        assert difference <= TOLERANCE, f"numbers differ by {difference}"

    def compare_altered(self, model, exported, table, place, target):
        """Blanks everywhere, texts never seen, numbers far away."""
        frame = self.typed(table).copy()
        random = numpy.random.default_rng(1)
        for name in frame.columns:
            if name == target:
                continue
            column = frame[name]
            blank = random.random(len(frame)) < 0.15
            if pandas.api.types.is_bool_dtype(column.dtype):
                column = column.astype("boolean")
            elif pandas.api.types.is_numeric_dtype(column.dtype):
                column = column.astype("float64")
                far = random.random(len(frame)) < 0.05
                column = column.mask(far, column * -1000.0)
            elif pandas.api.types.is_string_dtype(column.dtype) or column.dtype == object:
                unseen = random.random(len(frame)) < 0.1
                if all(isinstance(value, str) for value in column.dropna()):
                    column = column.mask(unseen, "never seen before")
            frame[name] = column.mask(blank)
        altered = place / "altered.parquet"
        frame.to_parquet(altered)
        self.compare(model, exported, altered, place / "altered.csv")


def feed(column, kind):
    """A raw column as the exported model takes it, of shape [rows, 1]."""
    if kind == "tensor(string)":
        values = column.astype(object).where(column.notna(), "")
        return numpy.array([str(value) for value in values], dtype=object).reshape(-1, 1)
    width = {"tensor(float)": numpy.float32, "tensor(double)": numpy.float64}[kind]
    if pandas.api.types.is_datetime64_any_dtype(column.dtype):
        values = (column - pandas.Timestamp("1970-01-01")) / pandas.Timedelta(days=1)
    elif column.dtype == object and column.notna().any() and hasattr(column.dropna().iloc[0], "toordinal"):
        values = (pandas.to_datetime(column) - pandas.Timestamp("1970-01-01")) / pandas.Timedelta(days=1)
    else:
        values = column
    return pandas.to_numeric(values).to_numpy(dtype="float64", na_value=numpy.nan).astype(width).reshape(-1, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benchtop", required=True)
    parser.add_argument("--learner", action="append", help="only this learner")
    parser.add_argument("--quick", action="store_true", help="two tables only, with and without steps")
    arguments = parser.parse_args()
    benchtop = str(Path(arguments.benchtop).resolve())
    with tempfile.TemporaryDirectory(prefix="benchtop-onnx-") as folder:
        judge = Judge(benchtop, Path(folder))
        try:
            learners = judge.call("learners")["learners"]
        except (RuntimeError, ValueError, KeyError) as error:
            print(f"FAILED learners: {error}")
            print("0 passed, 1 failed")
            return 1
        cases = []
        for file, target, dropped, project in QUICK_CASES if arguments.quick else CASES:
            wanted = "numbers" if pandas.api.types.is_numeric_dtype(judge.typed(SAMPLES / file)[target]) else "classes"
            for learner in learners:
                if arguments.learner and learner["id"] not in arguments.learner:
                    continue
                if len(judge.typed(SAMPLES / file)) > MOST_ROWS.get(learner["id"], math.inf):
                    continue
                if learner["capabilities"][wanted]:
                    cases.append((file, target, dropped, project, learner["id"], len(cases)))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda case: judge.judge(*case), cases))
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}; largest difference {judge.largest:.1e}")
    print(f"{judge.passed} passed, {judge.failed} failed")
    return 0 if judge.failed == 0 and judge.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
