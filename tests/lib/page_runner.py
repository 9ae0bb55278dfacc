# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Runs the blocks of a page (pages.py) in its own directory, where `belfry up` runs two edges with the data directory
./belfry-data, as deploy/up does.

Pages contain the usual ports: 8080 on 127.0.0.1, 8081 and 8082 for the edges, 8180 to 8182 for operations, and
http://localhost:3000 for a site of the reader. The runner replaces them with the real ports, and back in the output. A
block with `deploy/up` or `belfry up` replaces the running one."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

from belfry import ROOT, SUPPRESSIONS, binary
from pages import Ids, PageError, shows, shows_next
from ports import free_block
from waiting import SLOWNESS, finish, wait_until

DOCUMENTED_PORT = 8080
DOCUMENTED_SITE = 3000
FOREGROUND_SECONDS = 45  # go compiles its library first
IS_UP = "belfry is up"
UP = re.compile(r"^\s*(\w+=\S+ )*(deploy/up|belfry up)\b", re.M)
# Programs of a page's block by language; {file} is the block.
PROGRAMS = {"sh": ["bash", "-e", "{file}"], "python": [sys.executable, "-B", "{file}"], "node": ["node", "{file}"],
            "go": ["go", "run", "{file}"]}
SUFFIXES = {"sh": ".sh", "python": ".py", "node": ".mjs", "go": ".go"}
# Variables that a block exports are there in the next one.
KEEP_STATE = 'trap \'declare -px >"$PAGE_STATE"; pwd >"$PAGE_STATE.pwd"\' EXIT\n'


class Going:
    """A process that goes on; its standard output and standard error come line by line."""

    def __init__(self, argv, directory, environment):
        self.lines = []
        self.shown = 0  # lines that the page has shown
        self.child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *argv], cwd=directory, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
            start_new_session=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.child.stdout:
            self.lines.append(line.rstrip("\n"))

    def ended(self):
        return self.child.poll() is not None

    def close(self):
        if not self.ended():
            os.killpg(self.child.pid, signal.SIGINT)
            try:
                self.child.wait(10 * SLOWNESS)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()
        finish(self.reader, 10)
        self.child.stdout.close()


class Runner:
    """`browser` is a Browser (page_browser.py) for blocks of html and js, or None where there is none."""

    def __init__(self, name, blocks, browser=None):
        self.name = name
        self.blocks = blocks
        self.browser = browser
        self.ids = Ids()
        self.going = []
        self.up = None
        self.output = None  # of the block before
        self.again = None  # the block before, if it may be run again
        self.going_on = None  # the last block that goes on
        self.ran = 0
        self.not_run = []  # (where, reason)
        self.directory = tempfile.mkdtemp(prefix="belfry-page-", dir="/tmp")
        self.port, self.lock = free_block()
        self._furnish()

    def _furnish(self):
        """What a reader has in a clone that is built."""
        programs = os.path.dirname(os.path.abspath(binary("belfry")))
        for folder in ("deploy", "build/release"):
            os.makedirs(os.path.join(self.directory, folder))
        os.symlink(programs, os.path.join(self.directory, "build/release/bin"))
        for name in ("haproxy", "deps"):
            os.symlink(os.path.join(ROOT, "deploy", name), os.path.join(self.directory, "deploy", name))
        up = os.path.join(self.directory, "deploy/up")
        with open(up, "w") as file:
            file.write('#!/bin/sh\nexec belfry up "$@"\n')
        os.chmod(up, 0o755)
        # On a terminal curl shows no progress beside what it prints.
        with open(os.path.join(self.directory, ".curlrc"), "w") as file:
            file.write("silent\nshow-error\n")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BELFRY_")}
        kept.setdefault("TSAN_OPTIONS", f"suppressions={SUPPRESSIONS}")
        self.environment = {
            **kept,
            "CURL_HOME": self.directory,
            "PATH": f"{programs}:{kept['PATH']}",
            "BELFRY_PORT": str(self.port),
            "BELFRY_URL": f"http://127.0.0.1:{self.port}",
            "PAGE_STATE": os.path.join(self.directory, ".state"),
        }

    def close(self):
        processes = [*reversed(self.going), *([self.up] if self.up else [])]
        for process in processes:
            process.close()
        if self.browser:
            self.browser.clear()
        self.lock.close()
        shutil.rmtree(self.directory, ignore_errors=True)
        lines = [line for process in processes for line in process.lines]
        reports = [line for line in lines if "Sanitizer" in line or "runtime error:" in line]
        assert not reports, f"{self.name}: {reports}"

    # ---- the page's names for things, and the real ones ----

    def real(self, text):
        def port(m):
            number = int(m[2])
            if number == DOCUMENTED_SITE:
                return f"{m[1]}:{self.browser.port}" if self.browser else m[0]
            offset = number - DOCUMENTED_PORT
            return f"{m[1]}:{self.port + offset}" if 0 <= offset <= 9 or 100 <= offset <= 109 else m[0]

        text = re.sub(r"\b(127\.0\.0\.1|localhost):(\d{4})\b", port, text)
        return self.ids.replace(text)

    def shown(self, text):
        def port(m):
            number = int(m[2])
            if self.browser and number == self.browser.port:
                return f"{m[1]}:{DOCUMENTED_SITE}"
            offset = number - self.port
            return f"{m[1]}:{DOCUMENTED_PORT + offset}" if 0 <= offset <= 109 else m[0]

        return re.sub(r"\b(127\.0\.0\.1|localhost):(\d{4,5})\b", port, text)

    # ---- blocks ----

    def run(self):
        for block in self.blocks:
            if block.is_output:
                self._compare(block)
                continue
            self.output = None
            self.again = block if block.has("eventually") else None
            if block.reason is not None:
                self.not_run.append((block.where, block.reason))
            elif block.file:
                with open(os.path.join(self.directory, block.file), "w") as file:
                    file.write(self.real(block.text) + "\n")
            elif block.runs:
                self._run(block)

    def _run(self, block):
        if block.language == "sh" and UP.search(block.text):
            self._replace_up(block)
        elif block.language in ("html", "js") and not block.has("node"):
            self._open(block)
        elif block.language == "go" and not shutil.which("go"):
            self.not_run.append((block.where, "go is not installed"))
            self.going_on = None  # what the page shows next is not from an earlier block
            return
        else:
            self._ensure_up()
            self._start(block)
        self.ran += 1

    def _ensure_up(self):
        if self.up is None:
            self.up = Going(["belfry", "up"], self.directory, self.environment)
            self._wait_up(self.up)

    def _wait_up(self, process, where="belfry up"):
        wait_until(lambda: any(IS_UP in line for line in process.lines) or process.ended(), 20,
                   lambda: f"{where}: {process.lines}")
        if process.ended():
            raise PageError(f"{where} ended: {process.lines}")

    def _replace_up(self, block):
        if self.up:
            self.up.close()
            self.going.append(self.up)  # it has ended; its output is still looked at
        self.up = self._process(block)
        self._wait_up(self.up, block.where)
        self.going_on = self.up

    def _argv(self, block):
        kind = "node" if block.has("node") else block.language
        path = os.path.join(self.directory, f"block-{block.where.rpartition(':')[2]}{SUFFIXES[kind]}")
        text = self.real(block.text)
        if kind == "sh" and not block.has("background"):
            text = KEEP_STATE + text
        with open(path, "w") as file:
            file.write(text + "\n")
        argv = [word.replace("{file}", path) for word in PROGRAMS[kind]]
        state = self.environment["PAGE_STATE"]
        if os.path.exists(state):
            argv = ["bash", "-c", f'. {state}; cd "$(cat {state}.pwd)"; exec "$@"', "bash", *argv]
        return argv

    def _process(self, block):
        return Going(self._argv(block), self.directory, self.environment)

    def _start(self, block):
        process = self._process(block)
        if block.has("background"):
            self.going.append(process)
            self.going_on = process
            # A stream is open when it shows something; what it shows by and by the page compares.
            wait_until(lambda: process.lines or process.ended(), FOREGROUND_SECONDS, f"output of {block.where}")
            return
        try:
            process.child.wait(FOREGROUND_SECONDS * SLOWNESS)
        except subprocess.TimeoutExpired:
            process.close()
            raise PageError(f"{block.where}: does not end; it showed {process.lines}") from None
        finish(process.reader, 10)
        process.close()
        self.output = self.shown("\n".join(process.lines))
        if (process.child.returncode != 0) != block.has("fails"):
            raise PageError(f"{block.where}: exit status {process.child.returncode}\n{self.output}")

    def _open(self, block):
        if self.browser is None:
            self.not_run.append((block.where, "no Chromium here"))
            self.going_on = None
            return
        self._ensure_up()
        page = self.browser.open(self.real(block.text), block.language, self.port)
        self.going.append(page)
        self.going_on = page
        wait_until(lambda: page.loaded or page.errors, 20, f"{block.where} loaded")
        if page.errors:
            raise PageError(f"{block.where}: {page.errors}")

    def _compare_output(self, block):
        def failure():
            return f"{block.where}: the page shows\n{block.text}\nbut it is\n{self.output}"

        def shown():
            if shows(block, self.output, self.ids):
                return True
            if self.again:
                self._start(self.again)
            return False

        if self.again:
            wait_until(shown, 10, failure)
        elif not shown():
            raise PageError(failure())

    def _compare(self, block):
        if not block.has("background") and self.output is not None:
            self._compare_output(block)
            return
        process = self.going_on
        if process is None:
            return  # it could not be run here, which is counted

        def lines():
            return [self.shown(line) for line in list(process.lines)]

        def matched():
            return shows_next(block, lines(), process.shown, self.ids)

        def failure():
            rest = "\n".join(lines()[process.shown :])
            return f"{block.where}: the page shows\n{block.text}\nbut it is\n{rest}"

        process.shown = wait_until(matched, 10, failure)
