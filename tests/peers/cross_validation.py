#!/usr/bin/env python3
"""Checks five kinds of learners on five parts of the same flights with Benchtop and with scikit-learn's
cross_validate in one run, and prints the ratios.

    cross_validation.py --benchtop PATH --data flights.parquet [--rounds 1] [--threads 2]

The task: does a flight arrive more than 15 minutes late, from nine columns. Each kind has the settings
that Benchtop has where nobody sets any. Benchtop also predicts 2,000 of the rows learned from in every
part and computes every score for two classes; cross_validate is asked for the AUC, the log loss and
the share right. A ratio below 1 means that Benchtop was faster; the least time of all rounds counts. The script ends with 1 when stopping takes more than a
tenth of a second. Needs the packages of requirements.txt.
"""

import argparse
import json
import subprocess
import sys
import time
import warnings
from pathlib import Path

COLUMNS = ["month", "day", "sched_dep_time", "sched_arr_time", "carrier", "origin", "dest", "distance", "hour"]
CATEGORIES = ["carrier", "origin", "dest"]
KINDS = ["logistic_regression", "gaussian_naive_bayes", "decision_tree", "random_forest", "gradient_boosting"]
# Seconds from asking it to stop until it has.
SOON = 0.1


def read(path):
    import pandas

    columns = [*COLUMNS, "arr_delay"]
    frame = pandas.read_parquet(path, columns=columns) if path.suffix == ".parquet" else pandas.read_csv(path, usecols=columns)
    frame = frame[frame["arr_delay"].notna()]
    x = frame[COLUMNS].copy()
    for column in CATEGORIES:
        x[column] = x[column].astype("category")
    return x, (frame["arr_delay"] > 15).to_numpy().astype(int)


def models(threads):
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    def one_hot(sparse):
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=sparse)
        return make_column_transformer((encoder, CATEGORIES), remainder=StandardScaler())

    def codes():
        encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        return make_column_transformer((encoder, CATEGORIES), remainder="passthrough")

    return {
        "logistic_regression": make_pipeline(one_hot(True), LogisticRegression(max_iter=1000)),
        "gaussian_naive_bayes": make_pipeline(one_hot(False), GaussianNB()),
        "decision_tree": make_pipeline(codes(), DecisionTreeClassifier(max_depth=6, min_samples_leaf=5, min_samples_split=10)),
        "random_forest": make_pipeline(codes(), RandomForestClassifier(100, min_samples_leaf=5, n_jobs=threads, random_state=1)),
        "gradient_boosting": HistGradientBoostingClassifier(max_leaf_nodes=31, learning_rate=0.1, max_iter=100,
                                                            early_stopping=False, categorical_features="from_dtype"),
    }


def peer(path, threads):
    from sklearn.model_selection import StratifiedKFold, cross_validate

    warnings.simplefilter("ignore")
    x, late = read(path)
    parts = StratifiedKFold(5, shuffle=True, random_state=1)
    found = {}
    for name, model in models(threads).items():
        started = time.perf_counter()
        scores = cross_validate(model, x, late, cv=parts, scoring=["roc_auc", "neg_log_loss", "accuracy"])
        found[name] = (time.perf_counter() - started, float(scores["test_roc_auc"].mean()))
        print(f"  scikit-learn {name}: {found[name][0]:.1f} s, AUC {found[name][1]:.4f}", flush=True)
    return found


def own(arguments):
    command = [arguments.benchtop, "bench", "cross_validate", "--data", str(arguments.data), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benchtop", required=True)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    best, others, stops, cores = {}, {}, [], []
    for _ in range(arguments.rounds):
        found = own(arguments)
        stops.append(found["slowest_stop_seconds"])
        cores.append(found["cores_busy"])
        for line in found["learners"]:
            old = best.get(line["learner"])
            best[line["learner"]] = line if old is None or line["seconds"] < old["seconds"] else old
        for name, told in peer(arguments.data, arguments.threads).items():
            others[name] = min(others.get(name, told), told)
    print(f"{found['rows']} rows, {found['columns']} columns, {found['folds']} parts")
    for name in KINDS:
        mine, (seconds, auc) = best[name], others[name]
        print(f"  {name:24}{mine['seconds']:8.2f} s{seconds:9.2f} s   ratio {mine['seconds'] / seconds:5.2f}"
              f"   AUC {mine['auc']:.4f} {auc:.4f}   cores {mine['cores']:.2f}")
    total = sum(best[name]["seconds"] for name in KINDS)
    theirs = sum(others[name][0] for name in KINDS)
    print(f"  {'all five':24}{total:8.2f} s{theirs:9.2f} s   ratio {total / theirs:5.2f}")
    print(f"Cores busy {max(cores):.2f}; slowest of {found['stops']} stops {max(stops) * 1000:.0f} ms")
    sys.exit(1 if max(stops) > SOON else 0)


if __name__ == "__main__":
    main()
