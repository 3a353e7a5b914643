#!/usr/bin/env python3
"""Fits the same flights with Benchtop and its peers in one run and prints the ratios.

    learners.py --benchtop PATH --data flights.parquet [--rounds 3] [--threads 2]

The task: does a flight arrive more than 15 minutes late, from nine columns; every fifth row with an
answer is set aside. Each round fits with every program once, one after the other, so that a machine
that slows down slows all of them; the least time of all rounds counts. A ratio below 1 means that
Benchtop was faster. Needs the packages of requirements.txt; a peer that is not installed is left
out.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy
import pandas

COLUMNS = ["month", "day", "sched_dep_time", "sched_arr_time", "carrier", "origin", "dest", "distance", "hour"]
CATEGORIES = ["carrier", "origin", "dest"]


def read(path):
    frame = pandas.read_parquet(path) if str(path).endswith(".parquet") else pandas.read_csv(path)
    frame = frame[frame["arr_delay"].notna()]
    late = (frame["arr_delay"] > 15).to_numpy().astype(int)
    x = frame[COLUMNS].copy()
    for column in CATEGORIES:
        x[column] = x[column].astype("category")
    checked = numpy.arange(len(x)) % 5 == 0
    return x[~checked].reset_index(drop=True), late[~checked], x[checked].reset_index(drop=True), late[checked]


def coded(x):
    """Categories as numbers, for programs that know no categories."""
    return x.assign(**{column: x[column].cat.codes for column in CATEGORIES}).to_numpy(dtype=float)


def lightgbm_fit(threads, leaves):
    import lightgbm

    def fit(x, y):
        settings = dict(objective="binary", num_leaves=leaves, learning_rate=0.1, num_threads=threads, verbose=-1)
        booster = lightgbm.train(settings, lightgbm.Dataset(x, y), 100)
        return booster.predict

    return f"LightGBM {lightgbm.__version__}", fit


def xgboost_fit(threads, leaves):
    import xgboost

    def fit(x, y):
        settings = dict(objective="binary:logistic", tree_method="hist", grow_policy="lossguide", max_leaves=leaves,
                        max_depth=0, eta=0.1, nthread=threads)
        booster = xgboost.train(settings, xgboost.DMatrix(x, y, enable_categorical=True), 100)
        return lambda new: booster.predict(xgboost.DMatrix(new, enable_categorical=True))

    return f"XGBoost {xgboost.__version__}", fit


def hist_fit(threads, leaves):
    import sklearn
    from sklearn.ensemble import HistGradientBoostingClassifier

    def fit(x, y):
        model = HistGradientBoostingClassifier(max_leaf_nodes=leaves, early_stopping=False,
                                               categorical_features="from_dtype")
        model.fit(x, y)
        return lambda new: model.predict_proba(new)[:, 1]

    return f"scikit-learn {sklearn.__version__}", fit


def forest_fit(threads, name, smallest):
    import sklearn
    from sklearn import ensemble

    def fit(x, y):
        forest = getattr(ensemble, name)(100, min_samples_leaf=smallest, n_jobs=threads, random_state=1)
        forest.fit(coded(x), y)
        return lambda new: forest.predict_proba(coded(new))[:, 1]

    return f"scikit-learn {sklearn.__version__}", fit


# In the order of Benchtop's own list.
PEERS = [
    [lambda threads: lightgbm_fit(threads, 31), lambda threads: xgboost_fit(threads, 31), lambda threads: hist_fit(threads, 31)],
    [lambda threads: lightgbm_fit(threads, 255), lambda threads: xgboost_fit(threads, 255), lambda threads: hist_fit(threads, 255)],
    [lambda threads: forest_fit(threads, "RandomForestClassifier", 5)],
    [lambda threads: forest_fit(threads, "RandomForestClassifier", 1)],
    [lambda threads: forest_fit(threads, "ExtraTreesClassifier", 5)],
]


def auc(shares, late):
    """Share of pairs in the right order; equal shares count half."""
    ranks = pandas.Series(shares).rank().to_numpy()
    ones = late.sum()
    return (ranks[late == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(late) - ones))


def log_loss(shares, late):
    right = numpy.where(late == 1, shares, 1 - shares)
    return float(-numpy.log(numpy.clip(right, 1e-15, None)).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benchtop", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    x, y, new, late = read(arguments.data)
    command = [str(Path(arguments.benchtop).resolve()), "bench", "learners", "--data", str(arguments.data), "--json"]
    own, best = None, {}
    for _ in range(arguments.rounds):
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            print(done.stderr)
            return 1
        found = json.loads(done.stdout)
        if found["rows"] != len(x) or found["rows_checked"] != len(new):
            print(f"Benchtop fitted {found['rows']} rows, the peers {len(x)}")
            return 1
        if own is None:
            own = found["fits"]
        for kept, fit in zip(own, found["fits"]):
            kept["seconds"] = min(kept["seconds"], fit["seconds"])
        for place, peers in enumerate(PEERS):
            for number, peer in enumerate(peers):
                try:
                    name, fit = peer(arguments.threads)
                except ImportError as error:
                    print(f"  left out: {error}")
                    continue
                started = time.perf_counter()
                predict = fit(x, y)
                seconds = time.perf_counter() - started
                shares = predict(new)
                old = best.get((place, number), (name, float("inf"), 0, 0))
                best[place, number] = (name, min(old[1], seconds), auc(shares, late), log_loss(shares, late))
    print(f"{len(x)} rows, {len(COLUMNS)} columns; {len(new)} rows set aside")
    for place, fit in enumerate(own):
        print(f"{fit['learner']} {' '.join(fit['settings'])}")
        print(f"  {'Benchtop':20} {fit['seconds']:8.3f} s   AUC {fit['auc']:.4f}   log loss {fit['log_loss']:.4f}")
        for (peer, _), (name, seconds, area, loss) in sorted(best.items()):
            if peer == place:
                ratio = fit["seconds"] / seconds
                print(f"  {name:20} {seconds:8.3f} s   AUC {area:.4f}   log loss {loss:.4f}   ratio {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
