#!/usr/bin/env python3
"""Fits the same flights with Benchtop and its peers in one run and prints the ratios.

    learners.py --benchtop PATH --data flights.parquet [--times 1,3,10] [--rounds 3] [--threads 2]
                [--fits 0,1,2]

The task: does a flight arrive more than 15 minutes late, from nine columns; every fifth row with an
answer is set aside. With --times the other rows are learned from several times over, so that 10
makes 2.6 million rows; the rows set aside stay the same.

Every fit is a process of its own, so that its memory can be told: `memory` is the most it ever held,
reading the file included. Each round runs every program once, one after the other, so that a
machine that slows down slows all of them; the least time of all rounds counts. Ratios below 1 mean
that Benchtop was faster or smaller. Goals are those of the project; the script ends with 1 when one
is missed. Needs the packages of requirements.txt; a peer that is not installed is left out.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLUMNS = ["month", "day", "sched_dep_time", "sched_arr_time", "carrier", "origin", "dest", "distance", "hour"]
CATEGORIES = ["carrier", "origin", "dest"]
# Processes started from here begin with the memory of this one, so it imports no large packages;
# `peer` does.


def read(path, times=1):
    import numpy
    import pandas

    if str(path).endswith(".parquet"):
        frame = pandas.read_parquet(path, columns=[*COLUMNS, "arr_delay"])
    else:
        frame = pandas.read_csv(path, usecols=[*COLUMNS, "arr_delay"])
    frame = frame[frame["arr_delay"].notna()]
    late = (frame["arr_delay"] > 15).to_numpy().astype(int)
    x = frame[COLUMNS].copy()
    for column in CATEGORIES:
        x[column] = x[column].astype("category")
    checked = numpy.arange(len(x)) % 5 == 0
    learned = pandas.concat([x[~checked]] * times, ignore_index=True)
    return learned, numpy.tile(late[~checked], times), x[checked].reset_index(drop=True), late[checked]


def coded(x):
    """Categories as numbers, for programs that know no categories."""
    return x.assign(**{column: x[column].cat.codes for column in CATEGORIES}).to_numpy(dtype=float)


def lightgbm(threads, leaves):
    import lightgbm

    def fit(x, y):
        settings = dict(objective="binary", num_leaves=leaves, learning_rate=0.1, num_threads=threads, verbose=-1)
        booster = lightgbm.train(settings, lightgbm.Dataset(x, y), 100)
        return lambda new: booster.predict(new, num_threads=threads)

    return f"LightGBM {lightgbm.__version__}", fit


def xgboost(threads, leaves):
    import xgboost

    def fit(x, y):
        settings = dict(objective="binary:logistic", tree_method="hist", grow_policy="lossguide", max_leaves=leaves,
                        max_depth=0, eta=0.1, nthread=threads)
        booster = xgboost.train(settings, xgboost.DMatrix(x, y, enable_categorical=True), 100)
        return lambda new: booster.predict(xgboost.DMatrix(new, enable_categorical=True))

    return f"XGBoost {xgboost.__version__}", fit


def histograms(threads, leaves):
    import sklearn
    from sklearn.ensemble import HistGradientBoostingClassifier

    def fit(x, y):
        model = HistGradientBoostingClassifier(max_leaf_nodes=leaves, early_stopping=False,
                                               categorical_features="from_dtype")
        model.fit(x, y)
        return lambda new: model.predict_proba(new)[:, 1]

    return f"scikit-learn {sklearn.__version__}", fit


def forest(threads, name, smallest):
    import sklearn
    from sklearn import ensemble

    def fit(x, y):
        forest = getattr(ensemble, name)(100, min_samples_leaf=smallest, n_jobs=threads, random_state=1)
        forest.fit(coded(x), y)
        return lambda new: forest.predict_proba(coded(new))[:, 1]

    return f"scikit-learn {sklearn.__version__}", fit


def random_forest(threads, smallest):
    return forest(threads, "RandomForestClassifier", smallest)


def extra_trees(threads, smallest):
    return forest(threads, "ExtraTreesClassifier", smallest)


def explainable(threads, bags):
    import interpret
    from interpret.glassbox import ExplainableBoostingClassifier

    def fit(x, y):
        kinds = ["nominal" if column in CATEGORIES else "continuous" for column in COLUMNS]
        settings = dict(feature_types=kinds, outer_bags=bags, interactions=10, n_jobs=threads, random_state=1)
        model = ExplainableBoostingClassifier(**settings).fit(x, y)
        return lambda new: model.predict_proba(new)[:, 1]

    return f"interpret-core {interpret.__version__}", fit


PROGRAMS = {program.__name__: program
            for program in [lightgbm, xgboost, histograms, random_forest, extra_trees, explainable]}
# Benchtop's learner with its settings, and (peer, number in its settings, most fit time as a ratio, by how much the
# AUC may be less); None where there is no goal.
FITS = [
    ("gradient_boosting", [("lightgbm", 31, 1.0, 0.002), ("xgboost", 31, None, None), ("histograms", 31, None, None)]),
    ("gradient_boosting leaves=255", [("lightgbm", 255, 1.0, 0.002), ("xgboost", 255, None, None),
                                      ("histograms", 255, None, None)]),
    ("random_forest", [("random_forest", 5, 0.3, 0.0)]),
    ("random_forest min_rows_leaf=1", [("random_forest", 1, 0.3, 0.0)]),
    ("extra_trees", [("extra_trees", 5, None, None)]),
    ("explainable_boosting", [("explainable", 8, 1.0, 0.002)]),
]


def auc(shares, late):
    """Share of pairs in the right order; equal shares count half."""
    import pandas

    ranks = pandas.Series(shares).rank().to_numpy()
    ones = late.sum()
    return float((ranks[late == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(late) - ones)))


def log_loss(shares, late):
    import numpy

    right = numpy.where(late == 1, shares, 1 - shares)
    return float(-numpy.log(numpy.clip(right, 1e-15, None)).mean())


def peer(program, setting, data, times, threads):
    """Prints what one fit of a peer took and is worth, as `benchtop bench learners` does."""
    try:
        name, fit = PROGRAMS[program](threads, setting)
    except ImportError as error:
        sys.exit(str(error))
    x, y, new, late = read(data, times)
    started = time.perf_counter()
    predict = fit(x, y)
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    shares = predict(new)
    predict_seconds = time.perf_counter() - started
    fits = [dict(fit=name, seconds=seconds, predict_seconds=predict_seconds, auc=auc(shares, late),
                 log_loss=log_loss(shares, late))]
    print(json.dumps(dict(rows=len(x), rows_checked=len(new), fits=fits)))


def measure(command):
    """What a program prints, with the most memory it held, in megabytes; None when it fails."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as wrong:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=wrong)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        wrong.seek(0)
        if process.returncode != 0:
            print(f"  left out: {' '.join(command)}: {wrong.read().strip().splitlines()[-1:]}")
            return None
        found = json.load(out)
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return {**found["fits"][0], "rows": found["rows"], "rows_checked": found["rows_checked"],
            "memory": used.ru_maxrss / unit}


def least(best, found):
    if best is None or found is None:
        return best or found
    small = {key: min(best[key], found[key]) for key in ["seconds", "predict_seconds", "memory"]}
    return {**found, **small}


def line(name, found, own=None):
    text = (f"  {name:20}{found['seconds']:8.2f} s{found['predict_seconds']:8.2f} s{found['memory']:8.0f} MB"
            f"   AUC {found['auc']:.4f}   log loss {found['log_loss']:.4f}")
    if own is not None:
        ratios = [own[key] / found[key] for key in ["seconds", "predict_seconds", "memory"]]
        text += "   ratios " + " ".join(f"{ratio:.2f}" for ratio in ratios)
    return text


def compare(fit, peers, times, arguments):
    """One learner beside its peers; whether the goals are met."""
    data, threads = str(arguments.data), str(arguments.threads)
    commands = {None: [arguments.benchtop, "bench", "learners", "--data", data, "--fit", fit, "--times", str(times),
                       "--rounds", "1", "--json"]}
    for program, setting, *_ in peers:
        commands[program] = [sys.executable, __file__, "--data", data, "--threads", threads, "--times", str(times),
                             "--peer", program, "--setting", str(setting)]
    best = dict.fromkeys(commands)
    for _ in range(arguments.rounds):
        for program, command in commands.items():
            best[program] = least(best[program], measure(command))
    own = best.pop(None)
    if own is None:
        return False
    print(f"{fit}, {own['rows']} rows, {len(COLUMNS)} columns; {own['rows_checked']} rows set aside")
    print(line("Benchtop", own))
    met = True
    for (program, _, most, below) in peers:
        found = best[program]
        if found is None:
            continue
        if (found["rows"], found["rows_checked"]) != (own["rows"], own["rows_checked"]):
            print(f"  {found['fit']} learned from other rows: {found['rows']}")
            met = False
        print(line(found["fit"], found, own))
        if most is not None:
            fast, good = own["seconds"] <= most * found["seconds"], own["auc"] >= found["auc"] - below
            print(f"    goals: fit at most {most:.1f} of it, {'met' if fast else 'missed'};"
                  f" AUC at most {below:.3f} less, {'met' if good else 'missed'}")
            met &= fast and good
    sys.stdout.flush()
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benchtop")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--times", default="1")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--fits", default=",".join(map(str, range(len(FITS)))), help="places in the list of fits")
    # What this script starts itself with.
    parser.add_argument("--peer", choices=PROGRAMS, help=argparse.SUPPRESS)
    parser.add_argument("--setting", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        peer(arguments.peer, arguments.setting, arguments.data, int(arguments.times), arguments.threads)
        return 0
    if not arguments.benchtop:
        parser.error("--benchtop names the program to measure")
    arguments.benchtop = str(Path(arguments.benchtop).resolve())
    print(f"  {'':20}{'fit':>10}{'predict':>10}{'memory':>11}   ratios in the same order")
    met = True
    for times in map(int, arguments.times.split(",")):
        for place in map(int, arguments.fits.split(",")):
            met &= compare(*FITS[place], times, arguments)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
