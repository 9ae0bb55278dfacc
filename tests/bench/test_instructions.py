#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Counts the user-space instructions of the cores' hot paths, each with a ceiling a little above the current figure.

The count does not depend on how busy the machine is. Each path runs twice under callgrind, with a small and a larger
number of rounds, and the figure is the difference. It holds for gcc on x86-64; CMakeLists.txt ensures that the code is
compiled with the same options everywhere. If a figure exceeds its ceiling, either the change is worth it (raise the
ceiling and give the reason), or it is not.

Exits with 77 ("skipped" in ctest) if valgrind is not installed; with CI=true in the environment that is a failure."""

import concurrent.futures
import os
import platform
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from tools import CI, find

SKIPPED = 77

# path, unit, rounds of the two runs, number of units per round, ceiling (about 10 % above the figure in brackets)
PATHS = (
    ("fanout", "delivery", 5, 25, 1000, 335),  # (305)
    ("subscribe", "stream opened and closed", 100, 500, 1, 4080),  # (3,706)
    ("publish", "publish, edge's core", 160, 800, 1, 5850),  # (5,315)
    ("post", "publish, edge, from request to response", 160, 800, 1, 15430),  # (14,025)
    ("ndjson", "record of a batch, edge, from request to response", 200, 1000, 1, 8520),  # (7,746)
    ("broker", "publish, broker's core", 160, 800, 1, 5970),  # (5,427)
)


def counted(path, rounds, directory):
    """Returns the number of instructions of one run."""
    out = os.path.join(directory, f"{path}.{rounds}")
    argv = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", belfry.binary("bench_instructions")]
    done = subprocess.run([*argv, path, str(rounds)], capture_output=True, text=True, timeout=1500)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise SystemExit(f"instructions: {path}: valgrind failed ({done.returncode}):\n{done.stderr}")
    return int(found.group(1))


def main():
    if not find("valgrind") or platform.machine() != "x86_64":
        print("skipped: valgrind is not installed, or the machine is not x86-64")
        return 1 if CI and not find("valgrind") else SKIPPED
    failed = 0
    with tempfile.TemporaryDirectory(prefix="belfry-instructions-") as directory:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            jobs = [[pool.submit(counted, p[0], p[i], directory) for i in (2, 3)] for p in PATHS]
        for (path, unit, low, high, each, ceiling), (few, many) in zip(PATHS, jobs):
            figure = (many.result() - few.result()) / (high - low) / each
            verdict = "ok" if figure <= ceiling else "TOO MANY"
            failed += figure > ceiling
            print(f"{path:10} {figure:9,.0f} instructions per {unit} (ceiling {ceiling:,}): {verdict}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
