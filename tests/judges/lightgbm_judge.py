#!/usr/bin/env python3
"""Loads exported trees in LightGBM and compares with `benchtop predict`.

    lightgbm_judge.py --benchtop PATH

Every learner that leaves as LightGBM text is trained on sample tables, saved and exported. The
rows are coded by the table of the columns beside the model alone. LightGBM must give the same
classes, probabilities within 1e-6 and numbers within 1e-9 (of themselves, where they are larger
than 1), on the table itself and on a copy with blanks, texts that were never seen and numbers far
away. The last line says "N passed, N failed".
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import lightgbm
import numpy
import pandas

SAMPLES = Path(__file__).resolve().parents[2] / "sample-data"
LEARNERS = ["gradient_boosting", "random_forest", "extra_trees"]
# (file, target, columns left out, settings of gradient boosting)
CASES = [
    ("penguins.csv", "species", [], []),
    ("penguins.csv", "sex", [], []),
    ("penguins.csv", "body_mass_g", [], []),
    ("fuel-economy.csv", "highway_mpg", ["city_mpg"], ["gamma", "absolute", "quantile"]),
    ("seattle-weather.csv", "weather", [], []),
    ("bike-hire.csv", "hires", ["casual", "registered"], ["poisson"]),
]


class Judge:
    def __init__(self, benchtop, folder):
        self.benchtop, self.folder = benchtop, folder
        self.passed = self.failed = 0
        self.largest = 0.0

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
            self.failed += 1
            print(f"FAILED {name}: {type(error).__name__}: {error}")
        else:
            self.passed += 1

    def judge(self, file, target, dropped, learner, loss, number):
        """One learner on one table."""
        name = f"{learner}{' ' + loss if loss else ''} on {Path(file).stem}.{target}"
        table = self.folder / f"{Path(file).stem}.parquet"
        if not table.exists():
            self.call("convert", SAMPLES / file, table)
        place = self.folder / str(number)
        place.mkdir()
        model, exported = place / "model.benchtop-model", place / "model.txt"
        arguments = [part for column in dropped for part in ("--drop", column)]
        if loss:
            arguments += ["--set", f"{learner}.loss={loss}"]
        try:
            self.call("train", table, "--target", target, "--learner", learner, "--no-seal", "--save", model,
                      *arguments)
            said = self.call("export", model, "--lightgbm", exported, "--check", table)["lightgbm"]
            assert said["parity"]["rows"] > 0 and Path(said["columns"]).exists()
            self.call("export", model, "--lightgbm", place / "made-up.txt")
            altered = self.altered(table, place, target)
        except Exception as error:
            self.failed += 2
            print(f"FAILED {name}: {error}")
            return
        self.test(f"{name}, the table", lambda: self.compare(model, exported, table, place / "same.csv"))
        self.test(f"{name}, altered rows", lambda: self.compare(model, exported, altered, place / "altered.csv"))

    def compare(self, model, exported, table, out):
        self.call("predict", model, table, "--out", out)
        columns = json.loads(exported.with_suffix(".columns.json").read_text(encoding="utf-8"))
        frame = pandas.read_parquet(table)
        rows = numpy.column_stack([code(frame[column["name"]], column) for column in columns["columns"]])
        booster = lightgbm.Booster(model_file=str(exported))
        assert booster.feature_name() == [column["name_in_model"] for column in columns["columns"]]
        theirs = booster.predict(rows)
        ours = pandas.read_csv(out, dtype={"prediction": str}, keep_default_na=False, na_values=[])
        assert len(ours) == len(frame), f"{len(ours)} predictions for {len(frame)} rows"
        classes = columns["result"].get("classes")
        if classes is None:
            self.numbers(ours["prediction"].astype(float).to_numpy(), theirs, 1e-9)
            return
        if theirs.ndim == 1:
            theirs = numpy.column_stack([1.0 - theirs, theirs])
        own = ours[[column for column in ours.columns if column.startswith("p_")][-len(classes):]].to_numpy(float)
        self.numbers(own, theirs, 1e-6)
        labels = numpy.array(classes)[theirs.argmax(axis=1)]
        ordered = numpy.sort(theirs, axis=1)
        clear = ordered[:, -1] - ordered[:, -2] > 1e-9  # equal to rounding: either may come first
        different = numpy.flatnonzero((labels != ours["prediction"].to_numpy(str)) & clear)
        assert clear.any() and different.size == 0, f"{different.size} classes differ"
        if booster.params.get("objective") in ("binary", "multiclass"):
            raw = booster.predict(rows, raw_score=True)
            raw = numpy.column_stack([numpy.zeros(len(raw)), raw]) if raw.ndim == 1 else raw
            # Scores of our own probabilities, but for a constant per row.
            likely = own.min(axis=1) > 1e-4
            score = numpy.log(own[likely]) - numpy.log(own[likely])[:, :1]
            self.numbers(score, raw[likely] - raw[likely][:, :1], 1e-9)

    def numbers(self, own, theirs, tolerance):
        assert own.shape == theirs.shape, f"shapes {own.shape} and {theirs.shape}"
        assert numpy.isfinite(theirs).all(), "a prediction is not a finite number"
        difference = float((numpy.abs(own - theirs) / numpy.maximum(1.0, numpy.abs(own))).max(initial=0.0))
        self.largest = max(self.largest, difference)
        assert difference <= tolerance, f"numbers differ by {difference}"

    def altered(self, table, place, target):
        """Blanks everywhere, texts never seen, numbers far away."""
        frame = pandas.read_parquet(table)
        random = numpy.random.default_rng(1)
        for name in frame.columns:
            column = frame[name]
            if name == target:
                continue
            if pandas.api.types.is_bool_dtype(column.dtype):
                column = column.astype("boolean")
            elif pandas.api.types.is_numeric_dtype(column.dtype):
                column = column.astype("float64")
                column = column.mask(random.random(len(frame)) < 0.05, column * -1000.1)
            elif all(isinstance(value, str) for value in column.dropna()):
                column = column.mask(random.random(len(frame)) < 0.1, "never seen before")
            frame[name] = column.mask(random.random(len(frame)) < 0.15)
        path = place / "altered.parquet"
        frame.to_parquet(path)
        return path


def code(column, how):
    """A raw column as numbers, as the table of the columns says."""
    if how["kind"] == "category":
        return column.map(how["codes"]).to_numpy(dtype=float, na_value=numpy.nan)
    if how.get("unit", "").startswith("days"):
        moments = pandas.to_datetime(column)
        return ((moments - pandas.Timestamp("1970-01-01")) / pandas.Timedelta(days=1)).to_numpy(float)
    return column.astype("Float64").to_numpy(dtype=float, na_value=numpy.nan)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchtop", required=True, help="the program")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchtop-lightgbm-") as folder:
        judge = Judge(arguments.benchtop, Path(folder))
        number = 0
        for file, target, dropped, losses in CASES:
            for learner in LEARNERS:
                for loss in [None, *(losses if learner == "gradient_boosting" else [])]:
                    number += 1
                    judge.judge(file, target, dropped, learner, loss, number)
    print(f"lightgbm {lightgbm.__version__}; largest difference {judge.largest:.1e}")
    print(f"{judge.passed} passed, {judge.failed} failed")
    return 0 if judge.failed == 0 and judge.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
