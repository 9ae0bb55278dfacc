#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
"""Runs clang-tidy over the product's C files.

usage: tidy.py BUILD_DIR [FILE ...]

clang-tidy does not accept gcc's own flags, so BUILD_DIR becomes a build directory configured for clang. A file that was
found clean is checked again only if its text, one of its headers, .clang-tidy or the version of clang-tidy changes:
CLEAN contains an empty file for each, named by a hash of all these. CLEAN is outside of the clone, so that a fresh clone
can use it, and may be removed at any time.
"""

import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("common", "broker", "edge")
TIDY = "clang-tidy-19"
CLEAN = Path(os.environ.get("BELFRY_CACHE") or Path.home() / ".cache" / "belfry") / "tidy"


def configure(build):
    command = ["cmake", "-S", str(ROOT), "-B", str(build), "-G", "Ninja", "-DCMAKE_C_COMPILER=clang-19",
               "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"tidy.py: cmake failed\n{done.stdout}{done.stderr}")
    entries = json.loads((build / "compile_commands.json").read_text())
    return {
        Path(e["file"]).relative_to(ROOT): e
        for e in entries
        if Path(e["file"]).is_relative_to(ROOT) and Path(e["file"]).relative_to(ROOT).parts[0] in PRODUCT
        and e["file"].endswith(".c")
    }


def fingerprint(entry, configuration):
    words = shlex.split(entry["command"])
    for option in ("-o", "-MF", "-MT"):
        if option in words:
            at = words.index(option)
            del words[at:at + 2]
    words = [w for w in words if w not in ("-c", "-MD")]
    # -C keeps comments, since a NOLINT is one; -P leaves out the clone's own path.
    text = subprocess.run(words + ["-E", "-C", "-P"], cwd=entry["directory"], capture_output=True).stdout
    return hashlib.sha256(configuration + text).hexdigest()


def look(path, entry, build, configuration):
    clean = CLEAN / fingerprint(entry, configuration)
    if clean.exists():
        return path, 0, "", True
    done = subprocess.run(
        [TIDY, "-p", str(build), "--quiet", "--warnings-as-errors=*", str(ROOT / path)],
        capture_output=True, text=True,
    )
    if done.returncode == 0:
        clean.touch()
    return path, done.returncode, done.stdout, False


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = Path(sys.argv[1]).resolve()
    entries = configure(build)
    CLEAN.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    configuration = version + (ROOT / ".clang-tidy").read_bytes()
    wanted = [Path(f) for f in sys.argv[2:]] or sorted(entries)
    bad = known = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(look, p, entries[p], build, configuration) for p in wanted]
        for job in concurrent.futures.as_completed(jobs):
            path, status, out, was_known = job.result()
            known += was_known
            if status != 0:
                bad += 1
                print(f"---- {path}\n{out}", flush=True)
    print(f"{len(wanted)} files, {known} known to be clean, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
