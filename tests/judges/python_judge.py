#!/usr/bin/env python3
"""Runs exported Python scripts and compares what they find with what Benchtop found.

    python_judge.py --benchtop PATH [--learner ID]... [--quick]

Every learner is checked on sample tables, as they are and after the steps of a project, and written
as a script. Each script must run with the Python of the judges and find the same rows, rounds of the
same sizes and as many prepared columns. Guessing must score the same to 1e-9. Where the mathematics
is the same and solved to the end, every score that follows the predictions smoothly must agree within
1e-6 (of itself, where it is larger than 1), and those of classes and orders within 2e-3 (1e-2 where
probabilities lie next to 0 and 1), because a row may hang on the last digit; of the others the headline score must
lie within two standard errors of ours (over the rounds, and at least 0.02 of its size). The last line
says "N passed, N failed".
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "sample-data"
PROJECTS = SAMPLES.parent / "tests" / "fixtures" / "projects"
EXACT = 1e-6
GUESSING = 1e-9
# Scores that jump when the class of one row turns, and those that follow the probabilities.
SMOOTH = {"log_loss", "brier", "mean_absolute_error", "root_mean_squared_error", "r_squared", "median_absolute_error",
          "max_error", "pinball_10", "pinball_90", "poisson_deviance", "gamma_deviance", "tweedie_deviance"}
# Learners whose translation is the same mathematics; "given" stands for settings that make it so.
SAME = {
    "elastic_net": ["penalty_choice=given", "penalty=0.1"],
    "gamma_regression": [],
    "gaussian_naive_bayes": [],
    "guessing": [],
    "lasso": ["penalty_choice=given", "penalty=0.1"],
    "linear_discriminant_analysis": [],
    "linear_regression": [],
    "logistic_regression": [],
    "multinomial_naive_bayes": [],
    "bernoulli_naive_bayes": [],
    "partial_least_squares": [],
    "poisson_regression": [],
    "ridge_regression": ["penalty_choice=given"],
    "tweedie_regression": [],
}
# Dear ones get less to do.
SETTINGS = {
    "random_forest": ["trees=60"],
    "extra_trees": ["trees=60"],
    "isolation_forest": ["trees=60"],
    "gradient_boosting": ["rounds=40"],
    "gaussian_process": ["learn_sizes=false"],
}
# (file, target, learners or None for all that suit, more arguments, name)
CASES = [
    ("penguins.csv", "species", None, [], "species"),
    ("penguins.csv", "body_mass_g", None, ["--drop", "species"], "body mass"),
    ("penguins.csv", "species", ["logistic_regression", "random_forest", "gradient_boosting", "decision_tree"],
     ["--recipe", PROJECTS / "penguins.benchtop"], "species after steps"),
    # As columns of 0 and 1: with small groups, Benchtop's boosting cuts categories more carefully, and
    # scikit-learn's scores outside the two standard errors.
    ("fuel-economy.csv", "highway_mpg", ["ridge_regression", "extra_trees", "gradient_boosting"],
     ["--recipe", PROJECTS / "fuel-economy.benchtop", "--prepare", "categories=one_hot"], "fuel after steps"),
    ("breast-cancer.csv", "diagnosis", ["logistic_regression", "linear_discriminant_analysis", "gradient_boosting",
     "support_vector_machine", "k_nearest_neighbours"], ["--prepare", "selection=univariate", "--prepare", "selection_keep=8"],
     "diagnosis, chosen columns"),
    ("wine.csv", "cultivar", ["logistic_regression", "gaussian_naive_bayes", "neural_network"],
     ["--split", "repeated", "--repeats", "2"], "cultivar, repeated"),
    ("seattle-weather.csv", "weather", ["logistic_regression", "gradient_boosting"],
     ["--prepare", "dates=parts", "--prepare", "balance=weights"], "weather, date parts, balanced"),
    ("seattle-weather.csv", "warmest", ["ridge_regression", "gradient_boosting"],
     ["--split", "time", "--split-by", "date"], "temperature over time"),
    ("messy-survey.csv", "would_recommend", ["logistic_regression", "gradient_boosting"],
     ["--prepare", "blanks_indicator=true", "--prepare", "rare_rows=20"], "survey, blanks and rare values"),
    ("fuel-economy.csv", "highway_mpg", ["ridge_regression"], ["--prepare", "categories=ordinal", "--drop", "city_mpg"], "fuel, in order"),
    ("fuel-economy.csv", "highway_mpg", ["ridge_regression"], ["--prepare", "categories=target", "--drop", "city_mpg"], "fuel, mean answers"),
]


class Judge:
    def __init__(self, benchtop, folder):
        self.benchtop = benchtop
        self.folder = folder
        self.passed = 0
        self.failed = 0
        self.largest = 0.0
        self.counting = threading.Lock()
        # The program looks for the Python of the judges, too.
        self.environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
                            "OMP_NUM_THREADS": "1"}

    def count(self, passed=0, failed=0):
        with self.counting:
            self.passed += passed
            self.failed += failed

    def run(self, command):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=1200, env=self.environment)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stdout.strip()[-300:]} {done.stderr.strip()[-900:]}")
        return json.loads(done.stdout)

    def judge(self, case, learner, number):
        file, target, _, more, title = case
        name = f"{learner} for {title}"
        script = self.folder / f"{number}-{learner}.py"
        exact = learner in SAME and not any(str(part).startswith("categories=target") for part in more)
        settings = [part for setting in SAME.get(learner, []) + SETTINGS.get(learner, [])
                    for part in ("--set", f"{learner}.{setting}")]
        try:
            trained = self.run([self.benchtop, "train", SAMPLES / file, "--target", target, "--learner", learner,
                                "--script", script, "--json", *settings, *more])
            checked = trained["script"]["checked"]
            assert checked["ran"], f"Benchtop did not try it: {checked['engine']}"
            told = self.run([sys.executable, script, SAMPLES / file, "--json"])
            result = next(found for found in trained["results"] if found["learner"] == learner)
            assert "error" not in result, result.get("error")
            self.compare(result, trained, told, exact)
        except Exception as error:  # whatever goes wrong is a failed test
            self.count(failed=1)
            print(f"FAILED {name}: {type(error).__name__}: {error}", flush=True)
        else:
            self.count(passed=1)

    def compare(self, ours, trained, told, exact):
        sizes = [(fold["rows_trained"], fold["rows_checked"]) for fold in ours["folds"]]
        assert told["rounds"] == len(sizes), f"{told['rounds']} rounds for {len(sizes)}"
        theirs = list(zip(told["learned_from"], told["checked"]))
        assert theirs == sizes[:10], f"the rounds have sizes {theirs}, not {sizes[:10]}"
        assert all(width > 0 for width in told["prepared_columns"])
        guessing = next(found for found in trained["results"] if found["learner"] == "guessing")
        self.scores(guessing["scores"], told["guessing"], GUESSING, "Guessing")
        if exact:
            saturated = ours["learner"] == "multinomial_naive_bayes"
            self.scores(ours["scores"], told["scores"], EXACT, "the model", saturated)
        headline = trained["metric"]
        own, other = ours["scores"][headline], told["scores"][headline]
        spread = statistics.stdev(own["folds"]) / math.sqrt(len(own["folds"])) if len(own["folds"]) > 1 else 0.0
        allowed = max(2 * spread, 0.02 * max(abs(own["mean"]), 0.0))
        apart = abs(own["mean"] - other[0])
        assert apart <= allowed, f"{headline} is {other[0]:.5g} and ours {own['mean']:.5g}: {apart:.2g} apart, {allowed:.2g} allowed"

    def scores(self, ours, theirs, tolerance, what, saturated=False):
        for metric, own in ours.items():
            other = theirs[metric]
            apart = abs(own["mean"] - other[0]) / max(1.0, abs(own["mean"]))
            if metric in SMOOTH:
                with self.counting:
                    self.largest = max(self.largest, apart)
                assert apart <= tolerance, f"{metric} of {what} is {other[0]} and ours {own['mean']}"
            else:
                # A class or a place in an order may hang on the last digit of a tie; where many
                # probabilities are next to 0 or 1, many places do.
                assert apart <= max(tolerance, 1e-2 if saturated else 2e-3), f"{metric} of {what} is {other[0]} and ours {own['mean']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchtop", required=True, help="the program")
    parser.add_argument("--learner", action="append", help="only this one")
    parser.add_argument("--case", action="append", type=int, help="only this one, counted from 0")
    arguments = parser.parse_args()
    learners = json.loads(subprocess.run([arguments.benchtop, "learners", "--json"], capture_output=True, text=True, check=True).stdout)
    learners = learners.get("learners", learners) if isinstance(learners, dict) else learners
    work = []
    with tempfile.TemporaryDirectory(prefix="benchtop-python-") as folder:
        judge = Judge(arguments.benchtop, Path(folder))
        for place, case in enumerate(CASES):
            if arguments.case and place not in arguments.case:
                continue
            wanted = case[2]
            if wanted is None:
                kind = "numbers" if case[1] == "body_mass_g" else "classes"
                wanted = [learner["id"] for learner in learners if learner["capabilities"][kind]]
            work += [(case, learner) for learner in wanted if not arguments.learner or learner in arguments.learner]
        with ThreadPoolExecutor(max_workers=2) as pool:
            for number, (case, learner) in enumerate(work):
                pool.submit(judge.judge, case, learner, number)
    import sklearn

    print(f"scikit-learn {sklearn.__version__}; largest difference of the same mathematics {judge.largest:.1e}")
    print(f"{judge.passed} passed, {judge.failed} failed")
    return 0 if judge.failed == 0 and judge.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
