# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
"""A C file as seen by the rules of lint.py: its includes, its code without comments and strings, and its statements at
file scope. It is not a C parser, but suffices for code formatted by clang-format."""

import re
from functools import cached_property
from pathlib import PurePosixPath

QUIET_LIBRARIES = ("msgpack", "sodium", "jansson", "llhttp")
IO_LIBRARIES = ("posix", "uv", "zmq", "sqlite", "openssl", "zlib")
LIBRARIES = QUIET_LIBRARIES + IO_LIBRARIES

_TOKEN = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.S | re.X
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)


def _blank(text):
    """Replaces everything except line ends by spaces."""
    return re.sub(r"[^\n]", " ", text)


def _blank_token(match):
    token = match.group(0)
    if token[0] in "\"'":
        return token[0] + _blank(token[1:-1]) + token[0]
    return _blank(token)


class Source:
    def __init__(self, path, text):
        self.path = str(path)
        self.text = text
        pure = PurePosixPath(self.path)
        self.folder = str(pure.parent)
        self.top = pure.parts[0]
        self.name = pure.name
        self.is_header = pure.suffix == ".h"
        self.stem = pure.stem
        last = self.stem.rsplit("_", 1)
        library = last[1] if len(last) == 2 and last[1] in LIBRARIES else None
        self.base = last[0] if library else self.stem
        self.io_library = library if library in IO_LIBRARIES else None  # None: a pure file

    @cached_property
    def includes(self):
        """(line, is_ours, name) of each include."""
        return [
            (self.line_of(m.start()), m.group(1) == '"', m.group(2))
            for m in _INCLUDE.finditer(self.without_comments)
        ]

    @cached_property
    def without_comments(self):
        return _TOKEN.sub(
            lambda m: m.group(0) if m.group(0)[0] in "\"'" else _blank(m.group(0)), self.text
        )

    @cached_property
    def code(self):
        """The code with comments and the contents of strings blanked, including preprocessor lines."""
        return _TOKEN.sub(_blank_token, self.text)

    @cached_property
    def plain(self):
        """The code without preprocessor lines."""
        return _DIRECTIVE.sub(lambda m: _blank(m.group(0)), self.code)

    def line_of(self, position):
        return self.text.count("\n", 0, position) + 1

    @cached_property
    def statements(self):
        """(position, text) of each statement at file scope; each {...} is reduced to {}."""
        found = []
        start = depth = 0
        kept = []
        for at, c in enumerate(self.plain):
            if c == "{":
                depth += 1
                if depth == 1:
                    kept.append("{}")
                continue
            if c == "}":
                depth -= 1
                if depth == 0 and _is_function("".join(kept)):
                    found.append((start, "".join(kept)))
                    kept, start = [], at + 1
                continue
            if depth > 0:
                continue
            kept.append(c)
            if c == ";":
                found.append((start, "".join(kept)))
                kept, start = [], at + 1
        return [(at + len(s) - len(s.lstrip()), s.strip()) for at, s in found]

    @cached_property
    def functions(self):
        """(position of the name, name, number of lines from { to }) of each function."""
        found = []
        depth = 0
        begin = opened = 0
        for at, c in enumerate(self.plain):
            if c == "{":
                if depth == 0:
                    opened = at
                depth += 1
            elif c == "}":
                depth -= 1
                if depth == 0:
                    head = self.plain[begin:opened]
                    if _is_function(head + "{}"):
                        name = re.search(r"(\w+)\s*\(", head)
                        lines = self.plain.count("\n", opened, at) + 1
                        found.append((begin + name.start(1), name.group(1), lines))
                        begin = at + 1
            elif c == ";" and depth == 0:
                begin = at + 1
        return found


def _is_function(text):
    """Returns true for `int f(void) {}`, but not for `int x[] = {}` and `struct s {}`."""
    head = text.split("{", 1)[0]
    return "=" not in head and re.search(r"\w\s*\(.*\)\s*(?:__attribute__\s*\(.*\)\s*)?$", head, re.S)


def is_mutable_variable(statement):
    """Returns true if a statement at file scope defines a variable that can change."""
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)", " ", statement, flags=re.S)
    text = re.sub(r"\b_Alignas\s*\([^()]*\)", " ", text)
    if re.match(r"\s*(typedef|_Static_assert|static_assert|extern)\b", text):
        # extern defines nothing; the definition is checked.
        return False
    declared = text.split("=", 1)[0].rstrip("; \n\t")
    if not re.search(r"\w", declared):
        return False
    if re.match(r"[^(]*\(\s*\*\s*(?:const\s+)?\w+\s*(\[[^]]*\]\s*)?\)", declared):  # a function pointer
        return not re.search(r"\*\s*const\b", declared)
    if "(" in declared:  # a prototype, or a macro that defines something
        return False
    body = re.match(r"\s*(?:\w+\s+)*?(struct|union|enum)\b[^{;]*\{\}\s*(.*)$", declared, re.S)
    if body:
        if not body.group(2).strip():
            return False
    elif re.match(r"\s*(struct|union|enum)\s+\w+\s*$", declared):
        return False
    if "*" in declared:
        return not re.search(r"\*\s*const\b[^*]*$", declared)
    return not re.search(r"\bconst\b", declared)
