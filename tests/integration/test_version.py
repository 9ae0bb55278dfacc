#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""common/process/version.cmake: its output in a git repository, outside of one, and after a commit."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from waiting import SLOWNESS

SCRIPT = os.path.join(belfry.ROOT, "common", "process", "version.cmake")
IDENTITY = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false"]


@unittest.skipUnless(shutil.which("cmake"), "cmake is not installed")
class VersionTest(unittest.TestCase):
    def setUp(self):
        # A name with a space, since the paths are also written to a makefile rule.
        self.directory = os.path.realpath(tempfile.mkdtemp(prefix="belfry version-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.source = os.path.join(self.directory, "source")
        self.out = os.path.join(self.directory, "out")
        os.makedirs(os.path.join(self.source, "common"))
        self.write("common/a.c", "int a;\n")

    def write(self, name, text):
        with open(os.path.join(self.source, name), "w") as f:
            f.write(text)

    def read(self, name):
        with open(os.path.join(self.out, name)) as f:
            return f.read()

    def git(self, *arguments):
        command = ["git", "-C", self.source, *IDENTITY, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60 * SLOWNESS)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def commit(self):
        self.git("add", ".")
        self.git("commit", "-q", "-m", "a: change")
        return self.git("rev-parse", "--short=7", "HEAD")

    def version(self, **environment):
        """Returns (version_commit, version_text) as written by the script."""
        variables = [f"-D{name}={value}" for name, value in (("SOURCE", self.source), ("OUT", self.out), ("VERSION", "1.2.3"))]
        done = subprocess.run(
            [shutil.which("cmake"), *variables, "-P", SCRIPT],
            capture_output=True,
            text=True,
            env={**os.environ, **environment},
            timeout=60 * SLOWNESS,
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        found = dict(re.findall(r'const char (\w+)\[\] = "(.*)";', self.read("version.c")))
        self.assertEqual(found["version_number"], "1.2.3")
        return found["version_commit"], found["version_text"]

    def test_outside_of_git(self):
        self.assertEqual(self.version(), ("", "1.2.3"))
        self.assertEqual(self.read("version.d").strip(), f"{self.out}/version.stamp:")

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_without_git(self):
        self.git("init", "-q")
        self.commit()
        self.assertEqual(self.version(PATH=self.directory), ("", "1.2.3"))

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_a_repository(self):
        self.git("init", "-q")
        self.assertEqual(self.version(), ("", "1.2.3"), "nothing is committed yet")
        first = self.commit()
        self.assertEqual(self.version(), (first, f"1.2.3 ({first})"))
        self.write("README", "Not a part of the programs.\n")
        self.assertEqual(self.version()[0], first)
        self.write("common/b.c", "int b;\n")
        self.assertEqual(self.version(), (f"{first}-dirty", f"1.2.3 ({first}-dirty)"))
        second = self.commit()
        self.assertNotEqual(first, second)
        self.assertEqual(self.version()[0], second)

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_what_the_build_watches(self):
        self.git("init", "-q")
        self.commit()
        self.version()
        paths = self.read("version.d").split(":", 1)[1].replace("\\ ", "\0").split()
        paths = [path.replace("\0", " ") for path in paths]
        self.assertIn(os.path.join(self.source, ".git", "HEAD"), paths)
        self.assertIn(os.path.join(self.source, ".git", "logs", "HEAD"), paths)
        for path in paths:
            self.assertTrue(os.path.exists(path), path)

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_inside_of_another_repository(self):
        outer, self.source = self.source, os.path.join(self.source, "belfry")
        os.makedirs(os.path.join(self.source, "common"))
        inner, self.source = self.source, outer
        self.git("init", "-q")
        self.commit()
        self.source = inner
        self.assertEqual(self.version(), ("", "1.2.3"))

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_unchanged_is_not_written(self):
        self.git("init", "-q")
        self.commit()
        self.version()
        before = os.stat(os.path.join(self.out, "version.c")).st_mtime_ns
        self.version()
        self.assertEqual(os.stat(os.path.join(self.out, "version.c")).st_mtime_ns, before)


if __name__ == "__main__":
    belfry.main()
