#: as_number
def as_number(texts, decimal="."):
    """Numbers written as text; what is none becomes blank."""
    plain = texts.str.strip().str.replace("\u2212", "-").str.replace(r"[ '\u00a0\u2009\u202f\u2019]", "", regex=True)
    if decimal == "automatic":
        comma = plain.str.count(",").eq(1) & ~plain.str.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}")
        both = plain.str.contains(",") & plain.str.contains(".", regex=False)
        comma = comma.where(~both, plain.str.rfind(",") > plain.str.rfind("."))
        comma |= ~plain.str.contains(",") & plain.str.count(r"\.").gt(1)
    else:
        comma = pd.Series(decimal == ",", index=plain.index)
    with_point = plain.str.replace(",", "")
    with_comma = plain.str.replace(".", "", regex=False).str.replace(",", ".")
    digits = with_point.where(~comma.fillna(False).astype(bool), with_comma)
    digits = digits.where(digits.str.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?").fillna(False).astype(bool))
    return pd.to_numeric(digits, errors="coerce").astype("Float64")


#: as_yes_no
def as_yes_no(texts):
    """yes, true, on, 1 and no, false, off, 0; anything else becomes blank."""
    words = {"yes": True, "y": True, "true": True, "t": True, "1": True, "on": True}
    words |= {"no": False, "n": False, "false": False, "f": False, "0": False, "off": False}
    return texts.str.strip().str.lower().map(words).astype("boolean")


#: as_yes_no_number
def as_yes_no_number(numbers):
    """1 is yes, 0 is no; anything else becomes blank."""
    return (numbers == 1).where(numbers.isin([0, 1]))


#: as_whole_number
def as_whole_number(numbers):
    """Numbers with a fraction become blank."""
    return numbers.where(numbers == np.floor(numbers))


#: as_date
def as_date(texts, order="day_first"):
    """Dates; what is none becomes blank."""
    year_first = texts.str.strip().str.match(r"\d{4}").fillna(False).astype(bool)
    dates = pd.to_datetime(texts.where(year_first), errors="coerce", format="mixed", utc=True)
    other = texts.where(~year_first)
    other = pd.to_datetime(other, errors="coerce", format="mixed", dayfirst=order == "day_first", utc=True)
    return dates.fillna(other).dt.tz_localize(None)


#: as_text
def as_text(numbers):
    """The shortest text that reads back as the same number: 3 rather than 3.0."""
    return numbers.map(lambda value: f"{value:.0f}" if value == int(value) else repr(float(value)), na_action="ignore").astype("string")


#: days
def days(dates):
    """Days since 1970-01-01, with fractions."""
    return ((dates - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)).astype("Float64")


#: finite
def finite(numbers):
    """Infinite and impossible numbers become blank."""
    values = numbers.astype("Float64")
    return values.where(np.isfinite(values.to_numpy(dtype=float, na_value=np.nan)))


#: holds
def holds(condition):
    """Yes where the condition is true; a blank condition does not hold."""
    return condition.fillna(False).astype(bool)


#: choose needs holds
def choose(condition, then, otherwise, kind):
    """`then` where the condition holds, otherwise the other."""
    if not isinstance(otherwise, pd.Series):
        otherwise = pd.Series(otherwise, index=condition.index, dtype=kind)
    return otherwise.astype(kind).where(~holds(condition), then)


#: FillBlanks
class FillBlanks(TransformerMixin, BaseEstimator):
    """Fills blanks with what the filled cells of the rows learned from say."""

    def __init__(self, columns, how):
        self.columns = columns
        self.how = how

    def fit(self, data, y=None):
        self.values_ = {}
        for name in self.columns:
            filled = data[name].dropna()
            if len(filled) == 0:
                continue
            if self.how in ("median", "mean") and pd.api.types.is_float_dtype(filled.dtype):
                self.values_[name] = getattr(filled, self.how)()
            else:
                counts = filled.value_counts()
                self.values_[name] = sorted(counts.index[counts == counts.max()])[0]
        return self

    def transform(self, data):
        return data.assign(**{name: data[name].fillna(value) for name, value in self.values_.items()})


#: TidySpellings
class TidySpellings(TransformerMixin, BaseEstimator):
    """Writes values that differ in spelling only as the one most frequent in the rows learned from."""

    ACCENTS = {
        "àáâãäåāăąǎ": "a",
        "çćĉċč": "c",
        "ďđð": "d",
        "èéêëēĕėęě": "e",
        "ĝğġģ": "g",
        "ĥħ": "h",
        "ìíîïĩīĭįı": "i",
        "ĵ": "j",
        "ķ": "k",
        "ĺļľŀł": "l",
        "ñńņňŋ": "n",
        "òóôõöøōŏő": "o",
        "ŕŗř": "r",
        "śŝşšș": "s",
        "ţťŧț": "t",
        "ùúûüũūŭůűų": "u",
        "ŵ": "w",
        "ýÿŷ": "y",
        "źżž": "z",
    }

    def __init__(self, columns, alike):
        self.columns = columns
        self.alike = alike

    def key(self, text):
        text = text.lower()
        if self.alike != "case":
            plain = {ord(accented): letter for all, letter in self.ACCENTS.items() for accented in all}
            plain.update(dict.fromkeys(range(0x300, 0x370)))
            text = text.translate(plain)
        if self.alike != "words":
            return " ".join(text.split())
        words = "".join(letter if letter.isalnum() else " " for letter in text).split()
        return " ".join(sorted(set(words)))

    def fit(self, data, y=None):
        self.known_ = {}
        for name in self.columns:
            spelled = {}
            for text, count in data[name].dropna().value_counts().items():
                spelled.setdefault(self.key(text), []).append((-count, text))
            several = {key: min(all)[1] for key, all in spelled.items() if key and len(all) > 1}
            self.known_[name] = several
        return self

    def transform(self, data):
        def tidied(name):
            known = self.known_[name]
            return data[name].map(lambda text: known.get(self.key(text), text), na_action="ignore")

        return data.assign(**{name: tidied(name).astype(data[name].dtype) for name in self.columns})


#: OneHot
class OneHot(TransformerMixin, BaseEstimator):
    """A column of 0 and 1 for each of the most frequent values of the rows learned from, one for
    blank where it occurs, and one for all others where rare values are grouped."""

    def __init__(self, most=50, rare_rows=0, rare_share=0.0):
        self.most = most
        self.rare_rows = rare_rows
        self.rare_share = rare_share

    def fit(self, X, y=None):
        self.kept_ = []
        for name in X.columns:
            counts = X[name].value_counts()
            ordered = sorted(counts.index, key=lambda value: (-counts[value], value))
            least = max(self.rare_rows, int(np.ceil(self.rare_share * len(X))))
            own = [value for value in ordered[: self.most] if counts[value] >= least] or ordered[:1]
            self.kept_.append((own, X[name].isna().any(), least > 0 and len(own) < len(ordered)))
        return self

    def transform(self, X):
        columns = []
        for name, (own, blank, rare) in zip(X.columns, self.kept_):
            columns += [(X[name] == value).to_numpy(dtype=float) for value in own]
            if blank:
                columns.append(X[name].isna().to_numpy(dtype=float))
            if rare:
                other = ~X[name].isin(own) & (~X[name].isna() if blank else True)
                columns.append(other.to_numpy(dtype=float))
        return np.column_stack(columns)


#: InOrder
class InOrder(TransformerMixin, BaseEstimator):
    """The place of each value in order: by number where all begin with one, else by the alphabet.
    Blank and never seen are -1; rare values, where they are grouped, come last together."""

    def __init__(self, rare_rows=0, rare_share=0.0):
        self.rare_rows = rare_rows
        self.rare_share = rare_share

    def fit(self, X, y=None):
        self.places_ = []
        for name in X.columns:
            counts = X[name].value_counts()
            least = max(self.rare_rows, int(np.ceil(self.rare_share * len(X))))
            own = [value for value in counts.index if counts[value] >= least] or list(counts.index[:1])
            starts = [re.match(r"[-+.0-9]*", value).group() for value in own]
            try:
                numbers = {value: float(start) for value, start in zip(own, starts)}
                ordered = sorted(own, key=lambda value: (numbers[value], value))
            except ValueError:
                ordered = sorted(own)
            rare = least > 0 and len(own) < len(counts)
            self.places_.append(({value: place for place, value in enumerate(ordered)}, len(ordered) if rare else -1))
        return self

    def transform(self, X):
        columns = []
        for name, (places, other) in zip(X.columns, self.places_):
            known = X[name].map(places).fillna(other).where(X[name].notna(), -1)
            columns.append(known.to_numpy(dtype=float))
        return np.column_stack(columns)


#: DateParts
class DateParts(TransformerMixin, BaseEstimator):
    """Year, month, weekday, place in the year, and the hour where the rows learned from have hours."""

    def fit(self, X, y=None):
        values = np.asarray(X, dtype=float)
        self.hours_ = (np.where(np.isnan(values), 0, values) % 1 != 0).any(axis=0)
        return self

    def transform(self, X):
        values = np.asarray(X, dtype=float) + 1 / 512  # single precision: a full hour stays one
        columns = []
        for place, hours in enumerate(self.hours_):
            days = pd.Series(pd.to_datetime(values[:, place], unit="D", errors="coerce"))
            march = {"year": days.dt.year - (days.dt.month < 3), "month": 3, "day": 1}
            since_march = (days.dt.normalize() - pd.to_datetime(march, errors="coerce")).dt.days
            turn = (since_march + 59) * 2 * np.pi / 365.25
            columns += [days.dt.year, days.dt.month, days.dt.day_of_week + 1, np.sin(turn), np.sin(turn + np.pi / 2)]
            if hours:
                columns.append(days.dt.hour)
        return np.column_stack([np.asarray(column, dtype=float) for column in columns])


#: ScaleNumbers
class ScaleNumbers(TransformerMixin, BaseEstimator):
    """Mean 0 and standard deviation 1, but for columns of 0 and 1."""

    def fit(self, X, y=None):
        X = np.asarray(X, dtype=float)
        flags = ((X == 0) | (X == 1)).all(axis=0)
        spread = X.std(axis=0)
        self.centre_ = np.where(flags, 0.0, X.mean(axis=0))
        self.spread_ = np.where(flags | (spread <= 1e-12 * np.abs(self.centre_)), 1.0, spread)
        return self

    def transform(self, X):
        return (np.asarray(X, dtype=float) - self.centre_) / self.spread_


#: UnitVariance
class UnitVariance(TransformerMixin, BaseEstimator):
    """Divides by the square root of columns times variance: gamma then counts in that unit."""

    def fit(self, X, y=None):
        X = np.asarray(X, dtype=float)
        self.size_ = np.sqrt(X.shape[1] * X.var()) or 1.0
        return self

    def transform(self, X):
        return np.asarray(X, dtype=float) / self.size_


#: HowUnusual
class HowUnusual(TransformerMixin, BaseEstimator):
    """How unusual an isolation forest finds each row."""

    def __init__(self, forest):
        self.forest = forest

    def fit(self, X, y=None):
        rows = self.forest.max_samples
        self.forest_ = clone(self.forest).set_params(max_samples=min(rows, len(X))).fit(X)
        return self

    def transform(self, X):
        return -self.forest_.score_samples(X)[:, None]


#: CutBack
class CutBack(BaseEstimator):
    """A tree cut back by a share of the impurity of all rows."""

    def __init__(self, tree, share):
        self.tree = tree
        self.share = share

    def __sklearn_tags__(self):
        return self.tree.__sklearn_tags__()

    def fit(self, X, y, sample_weight=None):
        root = clone(self.tree).set_params(max_depth=1).fit(X, y, sample_weight).tree_.impurity[0]
        self.model_ = clone(self.tree).set_params(ccp_alpha=self.share * root).fit(X, y, sample_weight)
        self.classes_ = getattr(self.model_, "classes_", None)
        return self

    def predict(self, X):
        return self.model_.predict(X)

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


#: Balanced
class Balanced(ClassifierMixin, BaseEstimator):
    """Lets rare classes count as much as common ones while learning."""

    def __init__(self, model, how, seed):
        self.model = model
        self.how = how
        self.seed = seed

    def fit(self, X, y):
        weights = {}
        if self.how == "weights":
            weights = {"sample_weight": compute_sample_weight("balanced", y)}
        else:
            sizes = np.bincount(y)
            wanted = sizes.max() if self.how == "over" else sizes[sizes > 0].min()
            random = np.random.default_rng(self.seed)
            rows = []
            for code in np.flatnonzero(sizes):
                own = np.flatnonzero(y == code)
                if self.how == "over":
                    rows += [own, random.choice(own, wanted - len(own))]
                else:
                    rows.append(random.choice(own, wanted, replace=False))
            rows = np.concatenate(rows)
            X, y = X[rows], y[rows]
        self.model_ = clone(self.model).fit(X, y, **weights)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X):
        return self.model_.predict(X)

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


#: blanks_aside
def blanks_aside(score):
    """The score with the mean in the place of blanks."""

    def scored(X, y):
        return score(np.where(np.isnan(X), np.nanmean(X, axis=0), X), y)

    return scored


#: at_most
def at_most(count):
    """So many columns, or all where there are fewer."""
    return lambda X: min(count, X.shape[1])
