#!/usr/bin/env python3
"""Writes the licences of all crates the program is linked with.

    third_party_licences.py > third-party-licences.txt

Reads Cargo.lock and the sources cargo has unpacked under CARGO_HOME, so it runs after a build and
needs no network. Crates that are not unpacked were not built on this system (those of other
systems, say) and are left out. The list is on the safe side: it includes crates used only while
building or testing. The same text under several crates is printed once.
"""

import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LICENCE_FILE = re.compile(r"^(licen[cs]e|copying|copyright|notice|unlicense|ofl)", re.IGNORECASE)


def unpacked_crates():
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    return {folder.name: folder for folder in sorted(home.glob("registry/src/*/*"))}


def licence_files(folder):
    candidates = sorted(folder.iterdir()) + sorted(folder.glob("licenses/*")) + sorted(folder.glob("LICENSES/*"))
    for path in candidates:
        if path.is_file() and path.suffix not in {".rs", ".toml"} and LICENCE_FILE.match(path.name):
            yield path.read_text("utf-8", "replace").strip()
        elif path.is_file() and path.parent.name.lower() == "licenses":
            yield path.read_text("utf-8", "replace").strip()


def main():
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text("utf-8"))
    unpacked = unpacked_crates()
    crates, texts = [], {}
    for package in lock["package"]:
        if "source" not in package:
            continue
        label = f"{package['name']} {package['version']}"
        folder = unpacked.get(f"{package['name']}-{package['version']}")
        if folder is None:
            continue
        manifest = tomllib.loads((folder / "Cargo.toml").read_text("utf-8"))["package"]
        crates.append((label, manifest.get("license") or f"see {manifest.get('license-file', 'its sources')}"))
        for text in licence_files(folder):
            if text:
                # Line ends and spaces do not make another licence.
                texts.setdefault(" ".join(text.split()), (text, []))[1].append(label)
    if not crates:
        sys.exit("no crate of Cargo.lock is unpacked: build first, or set CARGO_HOME")
    print("Benchtop is linked with these Rust crates:\n")
    for label, licence in crates:
        print(f"  {label:40} {licence}")
    for text, labels in texts.values():
        print("\n" + "=" * 78)
        print(f"{', '.join(dict.fromkeys(labels))}\n")
        print(text)


if __name__ == "__main__":
    main()
