#!/usr/bin/env python3
"""Says whether a smoke test went well.

    read_smoke_test.py EXIT_STATUS OUTPUT_FILE

The program must have ended by itself with status 0 and written a JSON object whose "frames" is
at least 60, with the window's own part of a frame apart from the painting.
"""

import json
import sys
from pathlib import Path

FRAMES_WANTED = 60


def report_in(text):
    """The JSON object in what was written: all of it, or its last line that is one."""
    for candidate in [text, *reversed(text.splitlines())]:
        try:
            value = json.loads(candidate)
        except json.JSONDecodeError:
            continue
        if isinstance(value, dict):
            return value
    return None


def main():
    status, output = int(sys.argv[1]), Path(sys.argv[2]).read_text("utf-8", "replace")
    report = report_in(output)
    if report is None:
        print(f"FAILED: no JSON object was written (exit status {status}); output: {output[:500]!r}")
        return 1
    print(json.dumps(report))
    frames = report.get("frames", 0)
    if status != 0:
        print(f"FAILED: exit status {status}")
        return 1
    if not isinstance(frames, int) or frames < FRAMES_WANTED:
        print(f"FAILED: {frames} frames were drawn, {FRAMES_WANTED} wanted")
        return 1
    parts = {}
    for part in ["frame_ms", "ui_ms", "paint_ms"]:
        figures = report.get(part)
        if not isinstance(figures, dict) or not all(
            isinstance(figures.get(name), (int, float)) for name in ["median", "p95", "max"]
        ):
            print(f"FAILED: {part} is missing or has no median, p95 and max: {figures!r}")
            return 1
        parts[part] = figures["median"]
    if parts["ui_ms"] > parts["frame_ms"]:
        print(f"FAILED: a part of a frame takes longer than the frame: {parts}")
        return 1
    print(
        f"ok: {frames} frames of {parts['frame_ms']:.1f} ms, "
        f"{parts['ui_ms']:.1f} ms of them the window's own code"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
