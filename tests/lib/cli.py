# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Runs the belfry command in tests, without BELFRY_… variables of the machine.

    done = belfry_command("topics", "--json", broker=system.bus)
    self.assertEqual(done.status, 0, done)
"""

import json
import os
import queue
import re
import subprocess
import threading

from belfry import binary
from waiting import Deadline, SLOWNESS, finish


def environment(**more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BELFRY_")}
    return {**kept, **{f"BELFRY_{k.upper()}": str(v) for k, v in more.items() if v is not None}}


class Done:
    def __init__(self, child):
        self.status = child.returncode
        self.out = child.stdout.decode()
        self.err = child.stderr.decode()

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return self.out.splitlines()

    def json_lines(self):
        return [json.loads(line) for line in self.lines()]

    def __repr__(self):
        return f"<status {self.status}\n{self.out[-3000:]}---- stderr\n{self.err[-2000:]}>"


def belfry_command(*arguments, text=b"", timeout=60, **variables):
    """Runs the command to its end; the keywords are BELFRY_… variables."""
    child = subprocess.run(
        [binary("belfry"), *arguments],
        input=text,
        capture_output=True,
        env=environment(**variables),
        timeout=timeout * SLOWNESS,
    )
    return Done(child)


def commands():
    """Returns the names of the commands in `belfry --help`."""
    text = belfry_command("--help").out
    return re.findall(r"^  ([a-z][a-z-]*) +\S", text[text.index("\nCommands:\n") :], re.M)


class Running:
    """A command that keeps running. A thread reads its lines; it must be closed."""

    def __init__(self, *arguments, **variables):
        self.child = subprocess.Popen(
            [binary("belfry"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(**variables),
        )
        self._lines = {"out": queue.Queue(), "err": queue.Queue()}
        self._threads = [
            threading.Thread(target=self._read, args=(pipe, self._lines[name]), daemon=True)
            for name, pipe in (("out", self.child.stdout), ("err", self.child.stderr))
        ]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _read(pipe, lines):
        for line in pipe:
            lines.put(line.decode().rstrip("\n"))

    def line(self, pipe="out", seconds=20):
        return self._lines[pipe].get(timeout=seconds * SLOWNESS)

    def line_with(self, text, pipe="out", seconds=20):
        deadline = Deadline(seconds)
        while True:
            line = self.line(pipe, max(deadline.left(), 0.01) / SLOWNESS)
            if text in line:
                return line

    def wait(self, seconds=20):
        return self.child.wait(seconds * SLOWNESS)

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait(10)
        for thread in self._threads:
            finish(thread, 10)
        self.child.stdout.close()
        self.child.stderr.close()
