#!/usr/bin/env python3
"""Kills the program at random moments and looks at what is left of the project.

    kill_test.py --benchtop PATH [--kills 100] [--lanes 4] [--seed 1]

`benchtop __edit-loop PROJECT --seed N` opens the project (or makes it), carries out random
commands for ever, saves every few, and prints "seq N" once command N is in the journal, N growing
by one. It is killed with SIGKILL, mostly early, now and then after more than five seconds. Then
`benchtop __verify PROJECT --json` must end with status 0 and print
{"opened": true, "recovered_commands": n, "last_seq": m}, where m is at least every N that was
printed more than five seconds before the kill. The next round goes on with the same project, so
what was recovered once must stay.

Each kill is one test. Several projects are worked on at a time. Needs nothing but Python.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

# Work older than this must survive.
MOST_SECONDS_LOST = 5.0
# Every so many kills the program runs long enough for that to mean something.
LONG_ROUND_EVERY = 12
VERIFY_SECONDS = 60
SEQ = re.compile(rb"seq (\d+)")


class Lane:
    """One project, killed again and again."""

    def __init__(self, number, benchtop, folder, seed, kills):
        self.number = number
        self.benchtop = benchtop
        self.project = folder / f"lane-{number}.benchtop"
        self.random = random.Random(seed * 1000 + number)
        self.kills = kills
        # A journal or settings kept beside the project's folder stay out of the person's own.
        home = folder / f"home-{number}"
        home.mkdir()
        self.environment = {**os.environ, "HOME": str(home)}
        for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
            self.environment[f"XDG_{kind}_HOME"] = str(home / kind.lower())
        # (moment, seq) of every command that was said to be in the journal.
        self.said = []
        self.passed = 0
        self.longest_loss = 0
        self.failures = []

    def run(self):
        for kill in range(self.kills):
            long_round = kill % LONG_ROUND_EVERY == LONG_ROUND_EVERY // 2
            seconds = self.random.uniform(5.2, 6.5) if long_round else self.random.uniform(0.02, 0.7)
            problem = self.round(kill, seconds)
            if problem is None:
                self.passed += 1
            else:
                self.failures.append(f"lane {self.number}, kill {kill + 1} after {seconds:.2f} s: {problem}")
                if len(self.failures) >= 3 and self.passed == 0:
                    self.failures += ["not tried"] * (self.kills - kill - 1)
                    return

    def round(self, kill, seconds):
        """One life and death of the program. What went wrong, or None."""
        seed = self.random.randrange(1 << 31)
        before = len(self.said)
        process = subprocess.Popen(
            [self.benchtop, "__edit-loop", str(self.project), "--seed", str(seed)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=self.environment,
        )
        complaints = []
        readers = [
            threading.Thread(target=self.listen, args=(process.stdout,)),
            threading.Thread(target=lambda: complaints.append(process.stderr.read())),
        ]
        for reader in readers:
            reader.start()
        time.sleep(seconds)
        ended_by_itself = process.poll()
        killed_at = time.monotonic()
        if ended_by_itself is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        for reader in readers:
            reader.join()
        if ended_by_itself is not None:
            return f"it ended by itself with status {ended_by_itself}: {tail(complaints)}"
        if seconds > MOST_SECONDS_LOST and len(self.said) == before:
            return "no command was made"
        return self.verify(killed_at)

    def listen(self, stream):
        for line in stream:
            match = SEQ.match(line.strip())
            if match:
                self.said.append((time.monotonic(), int(match[1])))

    def verify(self, killed_at):
        if not self.said and not self.project.exists():
            return None  # killed before it had made the project
        try:
            done = subprocess.run(
                [self.benchtop, "__verify", str(self.project), "--json"],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=VERIFY_SECONDS,
                env=self.environment,
            )
        except subprocess.TimeoutExpired:
            return f"the project did not open in {VERIFY_SECONDS} s"
        if done.returncode != 0:
            return f"verify ended with status {done.returncode}: {tail([done.stderr, done.stdout])}"
        try:
            report = json.loads(done.stdout)
            last, recovered = int(report["last_seq"]), int(report["recovered_commands"])
        except (ValueError, KeyError, TypeError):
            return f"verify wrote {done.stdout[:300]!r}"
        if report.get("opened") is not True or recovered < 0:
            return f"verify says {report}"
        due = [seq for moment, seq in self.said if killed_at - moment > MOST_SECONDS_LOST]
        if due and last < max(due):
            return f"command {max(due)} was journaled more than 5 s before the kill; the last that is left is {last}"
        newest = max((seq for _, seq in self.said), default=0)
        self.longest_loss = max(self.longest_loss, newest - last)
        # Commands that were lost have their numbers used again.
        self.said = [(moment, seq) for moment, seq in self.said if seq <= last]
        return None


def tail(parts):
    text = b" ".join(part for part in parts if part).decode("utf-8", "replace").strip()
    return text[-400:] or "(no words)"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benchtop", required=True)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    benchtop = str(Path(arguments.benchtop).resolve())
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="benchtop-kill-") as folder:
        shares = [
            arguments.kills // arguments.lanes + (lane < arguments.kills % arguments.lanes)
            for lane in range(arguments.lanes)
        ]
        lanes = [
            Lane(number, benchtop, Path(folder), arguments.seed, kills)
            for number, kills in enumerate(shares)
        ]
        threads = [threading.Thread(target=lane.run) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    failures = [failure for lane in lanes for failure in lane.failures]
    for failure in failures[:20]:
        print("FAILED", failure)
    commands = sum(len(lane.said) for lane in lanes)
    lost = max(lane.longest_loss for lane in lanes)
    print(f"{commands} commands survived; at most {lost} of the last 5 s were lost in one kill")
    print(f"took {time.monotonic() - started:.0f} s")
    passed = sum(lane.passed for lane in lanes)
    print(f"{passed} passed, {arguments.kills - passed} failed")
    return 0 if passed == arguments.kills else 1


if __name__ == "__main__":
    sys.exit(main())
