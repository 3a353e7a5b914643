def read_folds(data):
    """The rows that were practised on (those sealed for a last exam are not among them), and the
    rounds: for each the rows to learn from and the rows to check, as Benchtop divided them."""
    folds = pd.read_csv(Path(__file__).with_suffix(".folds.csv"), dtype={"row": int})
    practice = data.index.isin(folds["row"])
    if list(folds["row"]) != list(data.index[practice]) or (~practice).sum() > SETTINGS["sealed"]:
        sys.exit(
            "The rows that are left after the steps are not those of the folds: this is another file, or "
            f"pandas reads it in another way. {len(data)} rows here, {len(folds)} practised on and at most "
            f"{SETTINGS['sealed']} sealed in Benchtop."
        )
    rounds = []
    for name in folds.columns[1:]:
        says = folds[name]
        if name.startswith("round"):
            rounds.append((np.flatnonzero(says == "learn"), np.flatnonzero(says == "check")))
            continue
        for part in sorted(says.dropna().unique()):
            rounds.append((np.flatnonzero(says != part), np.flatnonzero(says == part)))
    return practice, rounds


def mean_scores(model, X, y, rounds):
    __MEANS__


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="the file the model is learned from")
    parser.add_argument("--check", action="store_true", help="only read, clean and prepare; train nothing")
    parser.add_argument("--json", action="store_true", help="print what is found as JSON")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")

    X, y = rows_and_answers(arguments.data)
    practice, rounds = read_folds(X)
    X, y = X[practice], y[practice]
    prepare = pipeline()[:-1]
    columns = [clone(prepare).fit_transform(X.iloc[learn], y[learn]).shape[1] for learn, _ in rounds[:10]]
    report = {
        "rows": len(X),
        "rounds": len(rounds),
        "learned_from": [len(learn) for learn, _ in rounds[:10]],
        "checked": [len(check) for _, check in rounds[:10]],
        "prepared_columns": columns,
    }
    for what in ("rows", "learned_from", "checked", "prepared_columns"):
        if report[what] != SETTINGS[what]:
            print(f"Not as in Benchtop: {what} is {report[what]} here and {SETTINGS[what]} there.", file=sys.stderr)
    if not arguments.check:
        report["scores"] = mean_scores(pipeline(), X, y, rounds)
        guessing = Pipeline([*pipeline().steps[:-1], ("model", __GUESSING__)])
        report["guessing"] = mean_scores(guessing, X, y, rounds)
    if arguments.json:
        print(json.dumps(report, default=float))
        return
    print(f"{report['rows']} rows, {report['rounds']} rounds, {columns[0]} columns after the preparation.")
    if arguments.check:
        return
    print(f"{'':34}{'here':>12}{'Benchtop':>12}   {'95 % interval':<24}{'guessing':>12}")
    for name, ours in SETTINGS["scores"].items():
        if name in report["scores"]:
            interval = f"{ours['lower']:.4g} to {ours['upper']:.4g}"
            here, guess = report["scores"][name][0], report["guessing"][name][0]
            print(f"{ours['name'][:33]:34}{here:12.4f}{ours['mean']:12.4f}   {interval:<24}{guess:12.4f}")
    print("The same kind of model with the same settings on the same parts of the rows, not the same bits.")


if __name__ == "__main__":
    main()
