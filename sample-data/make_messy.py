#!/usr/bin/env python3
"""Makes messy-survey.csv: a survey that never took place, written down as badly as real ones are.

Needs nothing but Python. The same seed always writes the same bytes: only `Random.random()`
is used, whose sequence is the same in every version of Python.

What is wrong with the file, so that lessons and tests can count on it:
- it starts with a byte order mark, its delimiter is `;`, its lines end in CR LF;
- `N/A`, `n.a.`, `-` and nothing at all mean a blank; 99 means "no answer" in `age` and in
  `satisfaction`;
- `income_per_month` and `height_m` have decimal commas, some incomes a thousands dot as well;
- Zurich is written `Zürich`, `Zurich` and `ZÜRICH `, the last with a space after it;
- dates are written in three ways: 2024-03-05, 05/03/2024 (day first) and 5 Mar 2024;
- yes and no are written `yes`, `Yes`, `y`, `no`, `No`, `n`;
- comments hold quotes, semicolons and a line break;
- 41 rows are there twice.
"""

import argparse
import csv
import datetime
import io
import random
from pathlib import Path

SEED = 2024
PEOPLE = 1959
DUPLICATES = 41
HEADER = [
    "respondent", "answered_on", "city", "age", "height_m", "income_per_month", "household_size",
    "hours_online_per_week", "owns_a_bike", "satisfaction", "would_recommend", "comment",
]
CITIES = [("Zurich", 0.34), ("Bern", 0.22), ("Genève", 0.18), ("Basel", 0.15), ("St. Gallen", 0.11)]
ZURICH = [("Zürich", 0.6), ("Zurich", 0.28), ("ZÜRICH ", 0.12)]
BLANKS = [("N/A", 0.35), ("n.a.", 0.3), ("", 0.25), ("-", 0.1)]
YES = [("yes", 0.6), ("Yes", 0.3), ("y", 0.1)]
NO = [("no", 0.6), ("No", 0.3), ("n", 0.1)]
COMMENTS = [
    "", "", "", "", "", "", "Fine.", "Fast delivery", "Too expensive", "too expensive!",
    'They called it "express", it took a week', "Good; would buy again", "Très bien, merci",
    "First line\nsecond line", "Nothing to add", "Support was friendly 🙂",
]


class Dice:
    """Draws built from `Random.random()` alone."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def below(self, limit):
        return int(self.random() * limit)

    def chance(self, share):
        return self.random() < share

    def pick(self, weighted):
        left = self.random()
        for value, weight in weighted:
            left -= weight
            if left < 0:
                return value
        return weighted[-1][0]

    def bell(self, mean, spread):
        """Near enough to a normal draw: the sum of twelve uniform ones."""
        return mean + spread * (sum(self.random() for _ in range(12)) - 6)


def decimal_comma(number, digits):
    return f"{number:.{digits}f}".replace(".", ",")


def thousands_dot(number):
    whole, cents = f"{number:.2f}".split(".")
    return f"{int(whole):,}".replace(",", ".") + "," + cents


def written_date(day, dice):
    style = dice.random()
    if style < 0.5:
        return day.isoformat()
    if style < 0.8:
        return f"{day.day:02}/{day.month:02}/{day.year}"
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return f"{day.day} {months[day.month - 1]} {day.year}"


def person(number, dice):
    age = min(90, max(18, round(dice.bell(44, 15))))
    height = max(1.45, min(2.05, dice.bell(1.71, 0.09)))
    income = max(900.0, 2100 + 55 * min(age, 58) + dice.bell(0, 900))
    household = 1 + dice.below(5)
    online = max(0.0, dice.bell(34 - 0.35 * age, 6))
    bike = dice.chance(0.72 - 0.005 * age)
    satisfaction = max(1, min(5, round(dice.bell(3.3 + (0.5 if bike else -0.3), 0.9))))
    recommends = dice.chance(min(0.95, max(0.05, 0.22 * (satisfaction - 1) + (0.1 if online > 20 else 0))))
    city = dice.pick(CITIES)
    day = datetime.date(2024, 1, 8) + datetime.timedelta(days=dice.below(180))

    def or_blank(text, share):
        return dice.pick(BLANKS) if dice.chance(share) else text

    return [
        f"R{number:04}",
        written_date(day, dice),
        or_blank(dice.pick(ZURICH) if city == "Zurich" else city, 0.01),
        "99" if dice.chance(0.03) else or_blank(str(age), 0.02),
        or_blank(decimal_comma(height, 2), 0.03),
        or_blank(thousands_dot(income) if dice.chance(0.15) else decimal_comma(income, 2), 0.06),
        str(household),
        or_blank(decimal_comma(online, 1), 0.04),
        or_blank(dice.pick(YES if bike else NO), 0.03),
        "99" if dice.chance(0.05) else str(satisfaction),
        dice.pick(YES if recommends else NO),
        COMMENTS[dice.below(len(COMMENTS))],
    ]


def rows(seed):
    dice = Dice(seed)
    answers = [person(number, dice) for number in range(1, PEOPLE + 1)]
    # Distinct rows are repeated, each once, each somewhere below its first appearance.
    chosen = []
    while len(chosen) < DUPLICATES:
        row = dice.below(PEOPLE)
        if row not in chosen:
            chosen.append(row)
    for row in sorted(chosen, reverse=True):
        copy = list(answers[row])
        answers.insert(row + 1 + dice.below(len(answers) - row), copy)
    return answers


def contents(seed=SEED):
    """The bytes of the file."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(rows(seed))
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("messy-survey.csv"))
    arguments = parser.parse_args()
    arguments.out.write_bytes(contents(arguments.seed))
