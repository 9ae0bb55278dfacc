#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""`cmake --install` installs all files in the right places, and the installed programs run."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from cli import environment
from waiting import SLOWNESS

BUILD = os.path.dirname(os.path.dirname(belfry.binary("belfry")))
PROGRAMS = ["belfry", "belfry-broker", "belfry-edge"]
PAGES = ["man1/belfry.1", "man8/belfry-broker.8", "man8/belfry-edge.8"]


def instrumented():
    """Builds for tests have no manual pages."""
    with open(os.path.join(BUILD, "CMakeCache.txt")) as f:
        cache = dict(re.findall(r"^(BELFRY_\w+):\w+=(.*)$", f.read(), re.M))
    return any(cache.get(f"BELFRY_{name}", "") not in ("", "OFF") for name in ("SANITIZE", "COVERAGE", "FUZZ"))


def expected():
    """Returns the files below the prefix."""
    files = {os.path.join("bin", name) for name in PROGRAMS}
    files |= {os.path.join("share/bash-completion/completions", name) for name in PROGRAMS}
    files |= {"share/doc/belfry/LICENSE", "share/doc/belfry/examples/haproxy.cfg"}
    if not instrumented():
        files |= {os.path.join("share/man", name) for name in PAGES}
    return files


@unittest.skipUnless(shutil.which("cmake"), "cmake is not installed")
class InstallTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="belfry-install-")
        self.addCleanup(shutil.rmtree, self.root)

    def install(self, *arguments, **variables):
        done = subprocess.run(
            ["cmake", "--install", BUILD, *arguments],
            capture_output=True,
            text=True,
            env={**environment(), **variables},
            timeout=120 * SLOWNESS,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def files(self, prefix):
        return {
            os.path.relpath(os.path.join(folder, name), prefix) for folder, _, names in os.walk(prefix) for name in names
        }

    def test_prefix(self):
        self.install("--prefix", self.root)
        self.assertEqual(self.files(self.root), expected())
        for name in self.files(self.root):
            path = os.path.join(self.root, name)
            self.assertGreater(os.path.getsize(path), 0, name)
            self.assertEqual(os.access(path, os.X_OK), name.startswith("bin/"), name)

    def test_destdir(self):
        """As used for making packages."""
        self.install("--prefix", "/usr", DESTDIR=self.root)
        self.assertEqual(self.files(self.root), {os.path.join("usr", name) for name in expected()})

    def test_what_is_installed_works(self):
        self.install("--prefix", self.root)
        for name in PROGRAMS:
            done = subprocess.run(
                [os.path.join(self.root, "bin", name), "--version"],
                capture_output=True,
                text=True,
                env=environment(),
                timeout=60 * SLOWNESS,
            )
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, rf"^{name} \d+\.\d+\.\d+")
        if not instrumented():
            for name in PAGES:
                with open(os.path.join(self.root, "share/man", name)) as f:
                    page = f.read()
                self.assertIn(".SH OPTIONS" if "-" in name else ".SH COMMANDS", page)
                self.assertGreater(page.count(".TP\n\\fB\\-\\-"), 10, "options of --help")

    def test_missing_files_are_an_error(self):
        with open(os.path.join(BUILD, "deploy", "cmake_install.cmake")) as f:
            self.assertNotIn("OPTIONAL", f.read())


if __name__ == "__main__":
    belfry.main()
