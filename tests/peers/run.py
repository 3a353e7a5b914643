#!/usr/bin/env python3
"""Measures Benchtop and its peers on the same file in one run and prints the ratios.

    run.py --benchtop PATH [--rows 1000000] [--data FILE] [--rounds 2]

Each round runs every program once, one after the other, so that a machine that slows down slows
all of them; the best of all rounds counts. A ratio above 1 means that Benchtop was faster. Needs
the packages of requirements.txt; a peer that is not installed is left out.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = {
    "csv_load": ["polars_csv_load.py", "duckdb_csv_load.py"],
    "profile": ["polars_profile.py"],
}
REGIONS = ["north", "south", "east", "west", "overseas"]


def make_file(path, rows):
    """Orders of a shop, like those `benchtop bench` makes."""
    numbers = random.Random(1)
    with open(path, "w", encoding="utf-8") as out:
        out.write("order,day,region,customer,items,price,weight,paid\n")
        for row in range(1, rows + 1):
            weight = "" if numbers.random() < 0.1 else f"{numbers.random() * 40:.3f}"
            out.write(
                f"{row},2025-{numbers.randrange(12) + 1:02}-{numbers.randrange(28) + 1:02},"
                f"{numbers.choice(REGIONS)},c{numbers.randrange(50_000)},{numbers.randrange(9) + 1},"
                f"{numbers.random() * 500:.2f},{weight},{'true' if numbers.random() < 0.5 else 'false'}\n"
            )


def measure(command):
    """What a program prints as JSON, or None when it cannot run."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        print(f"  left out: {' '.join(map(str, command))}: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return json.loads(done.stdout)


def better(best, found):
    return found if best is None or found["seconds"] < best["seconds"] else best


def compare(name, benchtop, data, rounds):
    own, peers = None, {script: None for script in PEERS[name]}
    for _ in range(rounds):
        found = measure([benchtop, "bench", name, "--data", str(data), "--json"])
        if found is None:
            return False
        own = better(own, found)
        for script in peers:
            found = measure([sys.executable, str(HERE / script), str(data)])
            if found is not None:
                peers[script] = better(peers[script], found)
    print(f"{name}: {own['rows']} rows, {own['columns']} columns")
    print(f"  {'Benchtop':20} {own['seconds']:8.3f} s")
    same = True
    for found in filter(None, peers.values()):
        if found["rows"] != own["rows"] or found["columns"] != own["columns"]:
            print(f"  {found['peer']} read {found['rows']} rows of {found['columns']} columns")
            same = False
        ratio = found["seconds"] / own["seconds"]
        print(f"  {found['peer']:20} {found['seconds']:8.3f} s   ratio {ratio:.2f}")
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benchtop", required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    benchtop = str(Path(arguments.benchtop).resolve())
    with tempfile.TemporaryDirectory(prefix="benchtop-peers-") as folder:
        data = arguments.data
        if data is None:
            data = Path(folder) / "orders.csv"
            make_file(data, arguments.rows)
        results = [compare(name, benchtop, data, arguments.rounds) for name in PEERS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
