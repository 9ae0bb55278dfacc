#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
"""Checks the rules of CONTRIBUTING.md that a program can check.

usage: lint.py [--root DIR] [--cc COMPILER] [--archive LIB.a ...] [--rule NAME ...] [--list] [--fix]

Each problem is a line `path:line: rule: what is wrong`. The exit status is 1 if there are problems.
A rule is a function that takes the tree and yields problems; its docstring is its description.
"""

import argparse
import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import codemap  # noqa: E402
import english  # noqa: E402
from csource import QUIET_LIBRARIES, Source, is_mutable_variable  # noqa: E402

PRODUCT = ("common", "broker", "edge")
TOP = {
    "folders": {"common", "broker", "edge", "web", "deploy", "tests", ".ci"},
    "files": {
        ".clang-format", ".clang-tidy", ".editorconfig", ".gitignore", "ARCHITECTURE.md", "CHANGELOG.md",
        "CMakeLists.txt", "CMakePresets.json", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md",
    },
}
# Never checked, even if git lists them.
IGNORED = {".git", "build", "node_modules", "belfry-data", "__pycache__"}
BUILT = {".o", ".a", ".so", ".db", ".log", ".pyc"}

PURE_HEADERS = {
    "assert.h", "ctype.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h", "stdalign.h",
    "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "stdnoreturn.h",
    "string.h",
    "sys/uio.h",  # for struct iovec; its functions are in IMPURE_CALLS
    "uthash.h",  # a data structure, completely in the header
}
SYSTEM_HEADERS = PURE_HEADERS | {
    "arpa/inet.h", "dirent.h", "fcntl.h", "glob.h", "locale.h", "net/if.h", "netdb.h", "netinet/in.h",
    "netinet/tcp.h", "poll.h", "pthread.h", "pwd.h", "sched.h", "semaphore.h", "signal.h",
    "stdatomic.h", "strings.h", "sys/epoll.h", "sys/eventfd.h", "sys/file.h", "sys/ioctl.h", "sys/mman.h",
    "sys/prctl.h", "sys/random.h", "sys/resource.h", "sys/select.h", "sys/socket.h", "sys/stat.h",
    "sys/statvfs.h", "sys/syscall.h", "sys/time.h", "sys/types.h", "sys/uio.h", "sys/un.h",
    "sys/utsname.h", "sys/wait.h", "syslog.h", "termios.h", "time.h", "unistd.h",
}
LIBRARY_HEADERS = {
    "msgpack": r"msgpack(\.h|/.*)",
    "sodium": r"sodium(\.h|/.*)",
    "jansson": r"jansson\.h",
    "llhttp": r"llhttp\.h",
    "posix": r"(?!)",
    "uv": r"uv(\.h|/.*)",
    "zmq": r"zmq(_utils)?\.h",
    "sqlite": r"sqlite3\.h",
    "openssl": r"openssl/.*",
    "zlib": r"zlib\.h",
}

# Declared by headers that a pure file may include, but not allowed there.
IMPURE_CALLS = (
    "fopen freopen fdopen fclose fread fwrite fputs fputc fgets fgetc getc putc getchar putchar puts "
    "printf fprintf vprintf vfprintf scanf fscanf perror remove rename tmpfile getenv setenv putenv "
    "exit _Exit atexit random srandom readv writev"
).split()
BANNED_CALLS = {
    "strcpy": "memcpy() with a size",
    "strncpy": "memcpy() with a size",
    "strcat": "struct buf",
    "strncat": "struct buf",
    "sprintf": "snprintf() or buf_printf()",
    "vsprintf": "vsnprintf()",
    "gets": "a read with a size",
    "strtok": "slices",
    "atoi": "a parser that returns errors",
    "atol": "a parser that returns errors",
    "atof": "a parser that returns errors",
    "system": "no shell",
    "popen": "no shell",
    "s" + "leep": "a timer",
    "us" + "leep": "a timer",
    "nanos" + "leep": "a timer",
    "alloca": "a bounded array or mem_try()",
    "rand": "random bytes from the shell",
    "srand": "random bytes from the shell",
    "setjmp": "return an error",
    "longjmp": "return an error",
    "tmpnam": "mkstemp()",
    "mktemp": "mkstemp()",
    "setenv": "an environment for the child",
    "putenv": "an environment for the child",
}
OPEN_WORDS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
# A JavaScript timer that only resolves a promise is a pause; others are deadlines.
WAITS = re.compile(r"\b(us" + r"leep|nanos" + r"leep|s" + r"leep)\b|\bsetTime" + r"out\(\s*\w+\s*[,)]|\.join\(\d+\)")

FILE_LINES_MAX = 500
TEST_FILE_LINES_MAX = 1000
FUNCTION_LINES_MAX = 70
OUR_INCLUDES_MAX = 12
FOLDER_FILES_MAX = 40
COMMENT_COLUMNS_MAX = 100


class Tree:
    """The files that belong to the project."""

    def __init__(self, root, cc="cc", archives=()):
        self.root = Path(root).resolve()
        self.cc = cc
        self.archives = list(archives)
        self.paths = sorted(p for p in self._list() if (self.root / p).is_file())
        self._texts = {}
        self.sources = [
            Source(p, self.text(p)) for p in self.paths if p.endswith((".c", ".h"))
        ]
        self.product = [s for s in self.sources if s.top in PRODUCT]
        self.files = {s.path: s for s in self.sources}
        self.headers = {s.path: s for s in self.sources if s.is_header}
        self.header_bases = {f"{s.folder}/{s.base}" for s in self.headers.values()}  # without _<library>

    def _list(self):
        git = ["git", "-C", str(self.root), "ls-files", "-z", "-co", "--exclude-standard"]
        if (self.root / ".git").exists():
            try:
                out = subprocess.run(git, capture_output=True, check=True).stdout.decode()
                return [p for p in out.split("\0") if p and not IGNORED & set(Path(p).parts)]
            except (OSError, subprocess.CalledProcessError):
                pass  # without git, or in a checkout of another user
        found = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if f not in IGNORED]
            found += [str((Path(folder) / f).relative_to(self.root)) for f in files]
        return found

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._texts[path]

    def set_text(self, path, text):
        self._texts[path] = text

    def has_text(self, path):
        return not path.endswith((".png", ".ico", ".woff2", ".gz", ".jpg")) and "web/dist/" not in path


# ---- which file may include what -----------------------------------------------------------------


def _folders(tree):
    """Returns {folder: folders that it may use}, from the lines belfry_folder(FOLDER USES FOLDER...) of
    CMakeLists.txt, where a folder follows those that it uses."""
    may_use = {}
    text = tree.text("CMakeLists.txt") if "CMakeLists.txt" in tree.paths else ""
    for folder, uses in re.findall(r"^belfry_folder\(([\w/]+)(?:\s+USES((?:\s+[\w/]+)+))?\)", text, re.M):
        may_use[folder] = set(uses.split()).union(*(may_use.get(used, set()) for used in uses.split()))
    return may_use


def rule_layers(tree):
    """A folder includes only the folders that CMakeLists.txt lets it use."""
    may_use = _folders(tree)
    for s in tree.product:
        if s.folder not in may_use:
            yield s.path, 1, f"CMakeLists.txt has no belfry_folder({s.folder})"
            continue
        for line, ours, name in s.includes:
            folder = name.rpartition("/")[0]
            if ours and folder and folder != s.folder and folder not in may_use[s.folder]:
                yield s.path, line, f"{s.folder} must not use {folder} (belfry_folder in CMakeLists.txt): {name}"


def rule_rooted(tree):
    """Includes of the project are paths from the root, of files that exist."""
    for s in tree.product:
        for line, ours, name in s.includes:
            if ours and not (tree.root / name).is_file():
                yield s.path, line, f'"{name}" is not a path from the root'


def rule_pure(tree):
    """x.c and x.h include only libc without I/O, uthash and pure headers, and call no I/O."""
    calls = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(IMPURE_CALLS))
    for s in tree.product:
        if s.name == "main.c" or s.io_library:
            continue
        for line, ours, name in s.includes:
            header = tree.headers.get(name)
            if not ours and name not in PURE_HEADERS and not _is_library(name):
                yield s.path, line, f"a pure file must not include <{name}>"
            elif ours and header and header.io_library:
                yield s.path, line, f"a pure file must not include {name}, an adapter's header"
        if not s.is_header:
            for m in calls.finditer(s.plain):
                yield s.path, s.line_of(m.start()), f"a pure file must not call {m.group(1)}()"


def _is_library(name):
    return next((lib for lib, p in LIBRARY_HEADERS.items() if re.fullmatch(p, name)), None)


def rule_library(tree):
    """Only x_<library>.c includes a library with I/O, only pure files one without I/O, and no header any of them."""
    for s in tree.product:
        for line, ours, name in s.includes:
            library = None if ours else _is_library(name)
            if library and s.is_header:
                yield s.path, line, f"a header must not include a library's: <{name}>"
            elif library in QUIET_LIBRARIES and (s.io_library or s.name == "main.c"):
                yield s.path, line, f"<{name}> belongs in a pure file"
            elif library and library not in QUIET_LIBRARIES and s.io_library != library:
                yield s.path, line, f"<{name}> belongs in a file named *_{library}.c only"
            elif not ours and not library and name not in SYSTEM_HEADERS:
                yield s.path, line, f"<{name}> is not a header that lint.py knows"


def rule_own_header(tree):
    """A .c file includes the header of its module first."""
    for s in tree.product:
        if s.is_header or s.name == "main.c" or not s.includes:
            continue
        line, _, first = s.includes[0]
        own = [
            h for h in tree.headers.values()
            if h.folder == s.folder and (s.base == h.base or s.base.startswith(h.base + "_"))
        ]
        if own and first not in [h.path for h in own]:
            yield s.path, line, f"the first include should be {min(h.path for h in own)}"


# ---- modules -------------------------------------------------------------------------------------


def _module(tree, s):
    """Returns the module of a file: x.h with its x*.c. wire_decode.c belongs to wire.h, since there is no
    wire_decode.h."""
    if s.is_header:
        return f"{s.folder}/{s.base}"
    stem = s.base
    while f"{s.folder}/{stem}" not in tree.header_bases and "_" in stem:
        stem = stem.rsplit("_", 1)[0]
    if f"{s.folder}/{stem}" in tree.header_bases:
        return f"{s.folder}/{stem}"
    return f"{s.folder}/{s.base}"


def _cycles(graph):
    """Returns the strongly connected components of more than one node (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            part = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(part) > 1:
                found.append(sorted(part))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def rule_cycle(tree):
    """The includes of modules have no cycle."""
    graph, where = {}, {}
    for s in tree.product:
        module = _module(tree, s)
        for line, ours, name in s.includes:
            header = tree.headers.get(name)
            other = _module(tree, header) if ours and header else module
            if other != module:
                graph.setdefault(module, set()).add(other)
                where.setdefault((module, other), (s.path, line))
    for part in _cycles(graph):
        for (module, other), (path, line) in sorted(where.items()):
            if module in part and other in part:
                yield path, line, "part of a cycle: " + ", ".join(part)


def rule_umbrella(tree):
    """A header does not only include others, and includes at most 12 headers of the project."""
    for s in tree.product:
        if not s.is_header:
            continue
        ours = [i for i in s.includes if i[1]]
        defines = re.search(r"^[ \t]*#[ \t]*define[ \t]+(?!BELFRY_\w+_H\b)\w", s.code, re.M)
        if s.includes and not s.plain.strip() and not defines:
            yield s.path, 1, "a header that only includes others"
        if len(ours) > OUR_INCLUDES_MAX:
            yield s.path, ours[OUR_INCLUDES_MAX][0], f"includes {len(ours)} of our headers"


def rule_header_alone(tree):
    """Every header compiles alone."""
    headers = [s for s in tree.product if s.is_header]
    flags = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", f"-I{tree.root}", "-fsyntax-only"]

    def compile_alone(s):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as f:
            f.write(f'#include "{s.path}"\n')
            f.flush()
            return s, subprocess.run([tree.cc, *flags, f.name], capture_output=True, text=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for s, done in pool.map(compile_alone, headers):
            if done.returncode != 0:
                first = next((x for x in done.stderr.splitlines() if "error" in x), "?")
                yield s.path, 1, f"does not compile alone: {first.strip()}"


def rule_guard(tree):
    """The include guard of a header is its path: BELFRY_COMMON_BASE_SLICE_H."""
    for s in tree.product:
        if s.is_header:
            guard = "BELFRY_" + re.sub(r"\W", "_", s.path).upper()
            if f"#ifndef {guard}\n#define {guard}\n" not in s.text:
                yield s.path, 1, f"the include guard should be {guard}"


# ---- state and calls -----------------------------------------------------------------------------


def rule_global_state(tree):
    """All variables outside of functions, and all static ones inside, are const."""
    for s in tree.product:
        for at, statement in s.statements:
            if is_mutable_variable(statement):
                text = " ".join(statement.split())[:60]
                yield s.path, s.line_of(at), f"mutable state at file scope: {text}"
        for m in re.finditer(r"^[ \t]+(static|_Thread_local)\b[^;{(]*[;={]", s.plain, re.M):
            if is_mutable_variable(m.group(0).rstrip("={") + ";"):
                yield s.path, s.line_of(m.start(1)), "mutable static variable in a function"


def rule_global_symbols(tree):
    """The built libraries have nothing in writable sections (nm)."""
    for archive in tree.archives:
        out = subprocess.run(
            ["nm", "--format=sysv", str(archive)], capture_output=True, text=True, check=True
        ).stdout
        member = archive
        for row in out.splitlines():
            if row.startswith("Symbols from"):
                member = row
            parts = [p.strip() for p in row.split("|")]
            if len(parts) != 7 or parts[6].startswith(".data.rel.ro"):
                continue
            if parts[6] == "*COM*" or re.match(r"\.(data|bss|tdata|tbss)\b", parts[6]):
                yield str(archive), 0, f"{parts[0]} is in {parts[6]} ({member})"


def rule_banned(tree):
    """Banned functions are not called."""
    calls = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED_CALLS))
    for s in tree.product:
        for m in calls.finditer(s.code):
            name = m.group(1)
            yield s.path, s.line_of(m.start()), f"{name}() is banned: {BANNED_CALLS[name]} instead"


def rule_assert(tree):
    """An assertion has no side effect."""
    for s in tree.sources:
        for m in re.finditer(r"(?<!\w)assert\s*\(", s.plain):
            end, depth = m.end(), 1
            while depth > 0 and end < len(s.plain):
                depth += {"(": 1, ")": -1}.get(s.plain[end], 0)
                end += 1
            condition = s.plain[m.end():end - 1]
            if re.search(r"\+\+|--|(?<![=!<>])=(?!=)", condition):
                yield s.path, s.line_of(m.start()), "an assertion with a side effect"


# ---- sizes ---------------------------------------------------------------------------------------


def rule_file_length(tree):
    """A file has at most 500 lines, in tests 1000."""
    for s in tree.sources:
        most = TEST_FILE_LINES_MAX if s.top == "tests" else FILE_LINES_MAX
        lines = s.text.count("\n")
        if lines > most:
            yield s.path, most, f"{lines} lines, at most {most}"


def rule_folder_size(tree):
    """A folder has at most 40 files, .c and .h."""
    counts = collections.Counter(s.folder for s in tree.sources)
    for folder, count in counts.items():
        if count > FOLDER_FILES_MAX:
            yield folder, 0, f"{count} files, at most {FOLDER_FILES_MAX}"


def rule_function_length(tree):
    """A function has at most 70 lines."""
    for s in tree.sources:
        for at, name, lines in s.functions:
            if lines > FUNCTION_LINES_MAX:
                yield s.path, s.line_of(at), f"{name}() has {lines} lines, at most 70"


def rule_comment_width(tree):
    """A line with a comment has at most 100 columns. clang-format does not wrap comments (ReflowComments), and splits a
    field whose comment does not fit."""
    for s in tree.sources:
        lines = zip(s.text.splitlines(), s.without_comments.splitlines())
        for number, (line, code) in enumerate(lines, 1):
            if len(line) > COMMENT_COLUMNS_MAX and line.rstrip() != code.rstrip():
                yield s.path, number, f"a comment up to column {len(line)}, at most {COMMENT_COLUMNS_MAX}"


def rule_plain_english(tree):
    """Comments, strings, docstrings and pages contain none of the phrases of english.py, which also lists what to write
    instead."""
    for path in tree.paths:
        if tree.has_text(path) and not path.endswith((".json", ".html")):
            for line, phrase, better in english.problems(path, tree.text(path)):
                yield path, line, f'"{phrase}": write {better}'


def rule_code_map(tree):
    """The code map of ARCHITECTURE.md matches the comments at the top of the files (codemap.py); --fix writes it."""
    if codemap.PAGE in tree.paths:
        page = tree.text(codemap.PAGE)
        if codemap.replaced(page, tree.product) != page:
            yield codemap.PAGE, 1, "the code map is not up to date: run tests/lint/lint.py --fix"


# ---- the tree ------------------------------------------------------------------------------------


def rule_spdx(tree):
    """Every source file has the licence and copyright lines at its top."""
    kinds = (".c", ".h", ".py", ".js", ".mjs", ".vue", ".css", ".cmake", "CMakeLists.txt", ".sh")
    for path in tree.paths:
        if not tree.has_text(path):
            continue
        text = tree.text(path)
        if not text.strip() or not (path.endswith(kinds) or text.startswith("#!")):
            continue
        head = "\n".join(text.splitlines()[:6])
        if "SPDX-License-Identifier: MIT" not in head or "Copyright 2026 the Belfry dev" not in head:
            yield path, 1, "the SPDX and copyright lines are missing"


def rule_open_ends(tree):
    """The code has no open ends."""
    for path in tree.paths:
        if path.endswith((".md", "package-lock.json")) or not tree.has_text(path):
            continue
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            m = OPEN_WORDS.search(line)
            if m:
                yield path, number, f"left open: {m.group(1)}"


def rule_top_level(tree):
    """The top folder contains only the known folders and files."""
    for path in tree.paths:
        top, _, rest = path.partition("/")
        if top not in (TOP["folders"] if rest else TOP["files"]):
            yield path, 1, f"{top} does not belong at the top of the tree"


def rule_built_files(tree):
    """The tree contains no files made by a build."""
    for path in tree.paths:
        if Path(path).suffix in BUILT:
            yield path, 1, "looks like a built or left-over file"


def rule_test_waits(tree):
    """Tests wait for a condition with a deadline, never for a time. Only waiting.* contains the polling loop; benches
    may pace themselves. Threads are ended by finish(), which has a deadline, not by join() with a timeout."""
    for path in tree.paths:
        if not path.startswith(("tests/", "web/test/")) or path.startswith("tests/bench/"):
            continue
        if re.fullmatch(r"tests/(\w+/)?lib/waiting\.\w+", path):
            continue
        if not path.endswith((".c", ".h", ".py", ".js", ".mjs")) and "." in Path(path).name:
            continue
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if WAITS.search(line):
                yield path, number, "a test must not wait for a time"


def rule_executable(tree):
    """Scripts are executable, and no other files."""
    for path in tree.paths:
        executable = os.access(tree.root / path, os.X_OK)
        script = tree.has_text(path) and tree.text(path).startswith("#!")
        if script and not executable:
            yield path, 1, "a script that is not executable"
        if executable and not script:
            yield path, 1, "executable, but not a script"


def rule_shell_syntax(tree):
    """Bash can parse every shell script."""
    for path in tree.paths:
        if tree.has_text(path) and re.match(r"#!.*\b(ba)?sh\b", tree.text(path)):
            done = subprocess.run(
                ["bash", "-n", str(tree.root / path)], capture_output=True, text=True
            )
            if done.returncode != 0:
                yield path, 1, done.stderr.strip().splitlines()[0]


def rule_python_syntax(tree):
    """Python can parse every module."""
    for path in tree.paths:
        if path.endswith(".py"):
            try:
                compile(tree.text(path), path, "exec")
            except SyntaxError as e:
                yield path, e.lineno or 1, str(e.msg)


RULES = {
    name[len("rule_"):].replace("_", "-"): function
    for name, function in list(globals().items())
    if name.startswith("rule_")
}


def check(tree, names=None):
    """Returns all problems as (path, line, rule, text)."""
    problems = []
    for name in names or RULES:
        problems += [(path, line, name, text) for path, line, text in RULES[name](tree)]
    return sorted(set(problems))


def fix(tree):
    """Writes the code map."""
    page = codemap.replaced(tree.text(codemap.PAGE), tree.product)
    if page is None:
        sys.exit(f"{codemap.PAGE} does not have the two marker lines of the code map")
    (tree.root / codemap.PAGE).write_text(page, encoding="utf-8")
    tree.set_text(codemap.PAGE, page)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=Path(__file__).resolve().parents[2])
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--archive", action="append", default=[], help="a built library of the project")
    parser.add_argument("--rule", action="append", choices=sorted(RULES))
    parser.add_argument("--list", action="store_true", help="only list the rules")
    parser.add_argument("--fix", action="store_true", help="write the code map of ARCHITECTURE.md first")
    options = parser.parse_args()
    if options.list:
        for name, rule in RULES.items():
            print(f"{name:18} {rule.__doc__}")
        return 0
    tree = Tree(options.root, options.cc, options.archive)
    if options.fix:
        fix(tree)
    problems = check(tree, options.rule)
    for path, line, rule, text in problems:
        print(f"{path}:{line}: {rule}: {text}")
    print(f"{len(tree.paths)} files, {len(options.rule or RULES)} rules, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
