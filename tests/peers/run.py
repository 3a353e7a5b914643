#!/usr/bin/env python3
"""Measures Benchtop and its peers on the same file in one run and prints the ratios.

    run.py --benchtop PATH [--rows 1000000] [--data FILE] [--rounds 2] [NAME]...

Each round runs every program once, one after the other, so that a machine that slows down slows
all of them; the best of all rounds counts. A ratio above 1 means that Benchtop was faster. Needs
the packages of requirements.txt; a peer that is not installed is left out, and so is `start_up`
where there is no display (xvfb-run gives one).
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = {
    "csv_load": ["polars_csv_load.py", "duckdb_csv_load.py"],
    "profile": ["polars_profile.py"],
    "pixels_10m": ["datashader_pixels.py"],
}
# Benchmarks that make what they measure.
WITHOUT_FILE = ["pixels_10m"]
WINDOWS = ["qt_window.py", "tk_window.py"]
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


def measure(command, **options):
    """What a program prints as JSON, or None when it cannot run."""
    done = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options
    )
    if done.returncode != 0:
        print(f"  left out: {' '.join(map(str, command))}: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return json.loads(done.stdout)


def better(best, found):
    return found if best is None or found["seconds"] < best["seconds"] else best


def compare(name, benchtop, data, rounds):
    own, peers = None, {script: None for script in PEERS[name]}
    source = [] if name in WITHOUT_FILE else [str(data)]
    for _ in range(rounds):
        option = ["--data", *source] if source else []
        found = measure([benchtop, "bench", name, *option, "--json"])
        if found is None:
            return False
        own = better(own, found)
        for script in peers:
            found = measure([sys.executable, str(HERE / script), *source])
            if found is not None:
                peers[script] = better(peers[script], found)
    print(f"{name}: {own['rows']} rows, {own['columns']} columns")
    print(f"  {'Benchtop':22} {own['seconds']:8.3f} s")
    same = True
    for found in filter(None, peers.values()):
        if found["rows"] != own["rows"] or found["columns"] != own["columns"]:
            print(f"  {found['peer']} read {found['rows']} rows of {found['columns']} columns")
            same = False
        ratio = found["seconds"] / own["seconds"]
        print(f"  {found['peer']:22} {found['seconds']:8.3f} s   ratio {ratio:.2f}")
    return same


def start_up(benchtop, rounds):
    """From the command to the first frame: Benchtop's welcome screen, and empty windows."""
    if not any(os.environ.get(name) for name in ["DISPLAY", "WAYLAND_DISPLAY"]):
        print("start_up: left out, there is no display")
        return True

    def seconds(command, home):
        began = time.time()
        found = measure(command, env={**os.environ, "BENCHTOP_HOME": home})
        return found and {**found, "seconds": found["first_frame_at"] - began}

    best = {}
    with tempfile.TemporaryDirectory(prefix="benchtop-home-") as home:
        for _ in range(max(rounds, 3)):
            commands = {"Benchtop": [benchtop, "--smoke-test"]}
            commands |= {script: [sys.executable, str(HERE / script)] for script in WINDOWS}
            for name, command in commands.items():
                found = seconds(command, home)
                if found is not None:
                    best[name] = better(best.get(name), found)
    own = best.pop("Benchtop", None)
    if own is None:
        return False
    print(f"start_up: command to first frame; frames of {own['frame_ms']['median']:.1f} ms, "
          f"{own['ui_ms']['median']:.1f} ms of them ours, on {own['adapter']['name']}")
    print(f"  {'Benchtop':22} {own['seconds']:8.3f} s")
    for found in best.values():
        ratio = found["seconds"] / own["seconds"]
        print(f"  {found['peer']:22} {found['seconds']:8.3f} s   ratio {ratio:.2f}")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benchtop", required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*PEERS, "start_up"]))
    arguments = parser.parse_args()
    benchtop = str(Path(arguments.benchtop).resolve())
    with tempfile.TemporaryDirectory(prefix="benchtop-peers-") as folder:
        data = arguments.data
        files = any(name in PEERS and name not in WITHOUT_FILE for name in arguments.names or PEERS)
        if data is None and files:
            data = Path(folder) / "orders.csv"
            make_file(data, arguments.rows)
        wanted = arguments.names or [*PEERS, "start_up"]
        results = []
        for name in wanted:
            if name == "start_up":
                results.append(start_up(benchtop, arguments.rounds))
            else:
                results.append(compare(name, benchtop, data, arguments.rounds))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
