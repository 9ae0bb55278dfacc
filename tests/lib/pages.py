# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The code blocks of a Markdown page, and the comparison of output with what a page shows.

A block is run unless its fence forbids it. The words after the language are directives:

    ```sh                    runs, and must succeed
    ```sh fails              runs, and must fail
    ```sh background         is started and runs until the end of the page: a stream, a server
    ```sh eventually         is repeated until its output matches the next output block
    ```sh norun REASON...    is not run
    ```text output           is the output of the block before (`json output`: compared as JSON)
    ```text output background    is the next output of the last background block
    ```python file=x.py      is written to a file that later blocks use

Languages that run: sh; python; go, if it is installed; js in a page of Chromium, `js node` in Node; html as a page. The
output of js and html is console.log, and for html also the text of the page.

In output, `…` matches any text, and a line with only `…` any lines. Event ids, sessions, UUIDs, times and offsets may
differ from the page. An id that the page contains twice must be the same both times, and a command that uses an id of the
page gets the real one."""

import json
import re

RUNNABLE = ("sh", "python", "go", "js", "html")
SHOWN = ("text", "json", "http", "ini", "nginx", "haproxy", "yaml", "diff", "c")
DIRECTIONS = {"output", "background", "fails", "eventually", "node", "norun"}

# What differs from run to run. Groups are the names under which an id is remembered.
EVENT_ID = r"(?<![\w-])[0-9a-z]{6}-\d+(?![\w-])"
SESSION = r"(?<![\w-])[0-9a-f]{16}-\d+(?![\w-])"
UUID = r"(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])"
UNIX_MS = r"(?<![\w.])\d{13}(?![\w.])"
OFFSET = r'(?<="offset":)\s?\d+'
ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"
REMEMBERED = (UUID, SESSION, EVENT_ID)
VARIABLE = re.compile("|".join(f"({p})" for p in (UUID, SESSION, EVENT_ID, UNIX_MS, OFFSET, ISO_TIME, "…")))
ANY_OF = (UUID, SESSION, EVENT_ID, UNIX_MS, OFFSET, ISO_TIME, ".*")


class PageError(AssertionError):
    """A page that is wrong: where, and what."""


class Block:
    def __init__(self, page, line, info, text):
        words = info.split()
        self.where = f"{page}:{line}"
        self.language = words[0] if words else ""
        self.text = text
        self.file = None
        self.reason = None
        self.directions = set()
        for i, word in enumerate(words[1:], 1):
            if word == "norun":
                self.reason = " ".join(words[i + 1 :])
                self.directions.add(word)
                break
            if word.startswith("file="):
                self.file = word.removeprefix("file=")
            else:
                self.directions.add(word)
        self._check()

    def _check(self):
        if self.language not in RUNNABLE + SHOWN:
            raise PageError(f"{self.where}: a fence names its language: {', '.join(RUNNABLE + SHOWN)}")
        unknown = self.directions - DIRECTIONS
        if unknown:
            raise PageError(f"{self.where}: unknown after the language: {' '.join(sorted(unknown))}")
        if "norun" in self.directions and not self.reason:
            raise PageError(f"{self.where}: norun needs a reason")
        if self.is_output and self.language in RUNNABLE:
            raise PageError(f"{self.where}: output is text or json")
        commands = re.compile(r"^\s*(\$ |curl |belfry |belfry-edge |belfry-broker |deploy/|tests/)", re.M)
        if self.language in ("text", "http") and not self.is_output and commands.search(self.text):
            raise PageError(f"{self.where}: these are commands: mark them sh")
        if self.language == "json" and not self.is_output and not self.file:
            try:
                json.loads(self.text)
            except ValueError as e:
                raise PageError(f"{self.where}: not JSON: {e}") from None

    @property
    def is_output(self):
        return "output" in self.directions

    @property
    def runs(self):
        return self.language in RUNNABLE and self.reason is None

    def has(self, direction):
        return direction in self.directions


def blocks(page, text):
    """The fenced blocks of a page, in order."""
    found, fence, start, info, lines = [], None, 0, "", []
    blank, in_list = True, False
    for number, line in enumerate(text.splitlines(), 1):
        if fence is None:
            opening = re.match(r"^(\s*)(`{3,}|~{3,})\s*(.*)$", line)
            if opening:
                fence, start, info, lines = opening, number, opening[3], []
            elif line.startswith("    ") and blank and not in_list:
                raise PageError(f"{page}:{number}: indented code: use a fence with a language")
        elif line.strip() == fence[2]:
            found.append(Block(page, start, info, "\n".join(lines)))
            fence = None
        else:
            lines.append(line.removeprefix(fence[1]))
        blank = not line.strip()
        if not blank and (in_list or fence is None):
            in_list = line[0] == " " and in_list or re.match(r"^\s*([-*]|\d+\.)\s", line) is not None
    if fence is not None:
        raise PageError(f"{page}:{start}: the fence is not closed")
    return found


class Ids:
    """The real ids of a run, under those that the page shows."""

    def __init__(self):
        self.real = {}

    def replace(self, text):
        """The text with real ids in it."""
        known = sorted(self.real, key=len, reverse=True)
        if not known:
            return text
        pattern = r"(?<![\w-])(" + "|".join(map(re.escape, known)) + r")(?![\w-])"
        return re.sub(pattern, lambda m: self.real[m[1]], text)


def _line_pattern(line):
    """(regular expression, the ids of the page that its groups stand for)"""
    parts, names, at = [], [], 0
    for m in VARIABLE.finditer(line):
        parts.append(re.escape(line[at : m.start()]))
        kind = m.lastindex - 1
        if kind < len(REMEMBERED):
            names.append(m[0])
            parts.append(f"({ANY_OF[kind]})")
        else:
            parts.append(ANY_OF[kind])
        at = m.end()
    parts.append(re.escape(line[at:]))
    return re.compile("".join(parts)), names


def _fits(expected, actual, real):
    """Whether one line fits; `real` gets the ids that it shows."""
    pattern, names = _line_pattern(expected)
    m = pattern.fullmatch(actual)
    if not m:
        return False
    found = dict(real)
    for name, value in zip(names, m.groups()):
        if found.setdefault(name, value) != value:
            return False
    real.update(found)
    return True


def _match(expected, actual, real):
    """How many lines of `actual` the expected lines take from its beginning, or None."""
    if not expected:
        return 0
    if expected[0].strip() == "…":
        for skipped in range(len(actual) + 1):
            ids = dict(real)
            rest = _match(expected[1:], actual[skipped:], ids)
            if rest is not None and (expected[1:] or skipped == len(actual)):
                real.update(ids)
                return skipped + rest
        return None
    if not actual or not _fits(expected[0], actual[0], real):
        return None
    rest = _match(expected[1:], actual[1:], real)
    return None if rest is None else rest + 1


def _lines(text):
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return lines


def _as_json(text):
    return json.dumps(json.loads(text), indent=1, ensure_ascii=False)


def shows(block, actual, ids):
    """Whether all of the output is what the block shows."""
    expected = block.text
    if block.language == "json":
        try:
            expected, actual = _as_json(expected), _as_json(actual)
        except ValueError:
            pass  # several documents: line by line
    real = dict(ids.real)
    lines = _lines(actual)
    if _match(_lines(expected), lines, real) != len(lines):
        return False
    ids.real.update(real)
    return True


def shows_next(block, lines, first, ids):
    """Looks for the block's lines in `lines`, from the line `first` on: the number of the line behind them, or None."""
    expected = _lines(block.text)
    for start in range(first, len(lines)):
        real = dict(ids.real)
        taken = _match(expected, lines[start:], real)
        if taken is not None:
            ids.real.update(real)
            return start + taken
    return None
