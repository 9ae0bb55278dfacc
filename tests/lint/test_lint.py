#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
"""Plants each kind of violation in a small tree that is otherwise clean, and checks that lint.py finds it."""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import codemap  # noqa: E402
import english  # noqa: E402
import lint  # noqa: E402
from csource import Source, is_mutable_variable  # noqa: E402

SPDX = "/* SPDX-License-Identifier: MIT */\n/* Copyright 2026 the Belfry developers */\n\n"
SCRIPT = "#!/usr/bin/env bash\n# SPDX-License-Identifier: MIT\n# Copyright 2026 the Belfry developers\n"
PAUSE = "s" + "leep"


def header(path, body):
    guard = "BELFRY_" + path.replace("/", "_").replace(".", "_").upper()
    return f"{SPDX}#ifndef {guard}\n#define {guard}\n\n{body}\n\n#endif\n"


def code(body):
    return SPDX + body


CLEAN = {
    "common/box.h": header("common/box.h", "#include <stddef.h>\n\nsize_t box_size(void);"),
    "common/box.c": code(
        '#include "common/box.h"\n\n'
        "static const char *const names[] = {\"sprintf(\", \"=\"};\n\n"
        "/* strcpy() is not called here. */\n"
        "size_t box_size(void)\n{\n    return sizeof(names);\n}\n"
    ),
    "common/pipe_uv.h": header("common/pipe_uv.h", "struct uv_loop_s;\nint pipe_open(struct uv_loop_s *l);"),
    "common/pipe_uv.c": code(
        '#include "common/pipe_uv.h"\n\n#include <unistd.h>\n#include <uv.h>\n\n'
        "int pipe_open(struct uv_loop_s *l)\n{\n    return l == NULL;\n}\n"
    ),
    "broker/broker.h": header("broker/broker.h", '#include "common/box.h"\n\nstruct broker;'),
    "broker/broker_state.h": header("broker/broker_state.h", '#include "common/box.h"\n\nstruct broker {\n    int x;\n};'),
    "broker/broker.c": code('#include "broker/broker.h"\n#include "broker/broker_state.h"\n\nint broker_x;\n').replace(
        "int broker_x;", "const int broker_x = 1;"
    ),
    "edge/edge.h": header("edge/edge.h", "struct edge;\nvoid edge_do(void (*call)(void *), int (*other)(void));"),
    "CMakeLists.txt": SCRIPT.partition("\n")[2] + (
        "belfry_folder(common)\nbelfry_folder(broker USES common)\nbelfry_folder(edge USES\n              common)\n"
    ),
    "deploy/up": SCRIPT,
    "README.md": "# Belfry\n",
}


class Planted(unittest.TestCase):
    """Each method changes the clean tree; exactly the named rule must find the violation."""

    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="belfry-lint-"))
        self.addCleanup(shutil.rmtree, self.root)
        for path, text in CLEAN.items():
            self.write(path, text)
        (self.root / "deploy/up").chmod(0o755)

    def write(self, path, text, mode=None):
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text)
        if mode is not None:
            full.chmod(mode)

    def problems(self, archives=()):
        return lint.check(lint.Tree(self.root, "cc", archives))

    def assert_caught(self, rule, path, archives=()):
        found = self.problems(archives)
        self.assertIn((rule, path), [(r, p) for p, _, r, _ in found], found)
        self.assertEqual({rule}, {r for _, _, r, _ in found}, found)

    def add(self, path, line):
        """Adds a line after the includes."""
        text = (self.root / path).read_text()
        if path.endswith(".h"):
            text = text.replace("\n\n#endif", f"\n\n{line}\n\n#endif")
        else:
            text += f"\n{line}\n"
        self.write(path, text)

    def include(self, path, what):
        text = (self.root / path).read_text()
        last = text.rfind("#include")
        at = text.index("\n", last) + 1 if last >= 0 else text.rindex("_H\n") + 3
        self.write(path, f"{text[:at]}#include {what}\n{text[at:]}")

    def function(self, path, body, name="planted"):
        self.add(path, f"int {name}(int x);\n\nint {name}(int x)\n{{\n{textwrap.indent(body, '    ')}\n    return x;\n}}")

    def test_clean_tree(self):
        self.assertEqual([], self.problems())

    # ---- includes

    def test_edge_includes_broker(self):
        self.include("edge/edge.h", '"broker/broker.h"')
        self.assert_caught("layers", "edge/edge.h")

    def test_broker_includes_edge(self):
        self.include("broker/broker.c", '"edge/edge.h"')
        self.assert_caught("layers", "broker/broker.c")

    def test_common_includes_broker(self):
        self.write("common/lid.c", code('#include "broker/broker.h"\n'))
        self.assert_caught("layers", "common/lid.c")

    def test_folder_includes_one_above(self):
        self.write("common/base/lid.h", header("common/base/lid.h", '#include "common/box.h"\n\nstruct lid;'))
        self.write("CMakeLists.txt", CLEAN["CMakeLists.txt"].replace(
            "belfry_folder(common)", "belfry_folder(common/base)\nbelfry_folder(common USES common/base)"))
        self.assert_caught("layers", "common/base/lid.h")

    def test_folder_uses_what_those_below_use(self):
        self.write("common/base/lid.h", header("common/base/lid.h", "struct lid;"))
        self.write("CMakeLists.txt", CLEAN["CMakeLists.txt"].replace(
            "belfry_folder(common)", "belfry_folder(common/base)\nbelfry_folder(common USES common/base)"))
        self.include("edge/edge.h", '"common/base/lid.h"')
        self.assertEqual([], self.problems())

    def test_folder_without_a_library(self):
        self.write("edge/new/lid.h", header("edge/new/lid.h", "struct lid;"))
        self.assert_caught("layers", "edge/new/lid.h")

    def test_include_not_from_the_root(self):
        self.write("common/near.c", code('#include "box.h"\n'))
        self.assertIn(("rooted", "common/near.c"), [(r, p) for p, _, r, _ in self.problems()])

    def test_pure_file_includes_posix(self):
        self.include("common/box.c", "<unistd.h>")
        self.assert_caught("pure", "common/box.c")

    def test_pure_file_includes_the_clock(self):
        self.include("common/box.c", "<time.h>")
        self.assert_caught("pure", "common/box.c")

    def test_pure_header_includes_threads(self):
        self.include("common/box.h", "<pthread.h>")
        self.assert_caught("pure", "common/box.h")

    def test_pure_file_includes_an_adapter(self):
        self.include("broker/broker.c", '"common/pipe_uv.h"')
        self.assert_caught("pure", "broker/broker.c")

    def test_pure_file_does_file_io(self):
        self.include("common/box.c", "<stdio.h>")
        self.function("common/box.c", 'printf("%d", x);')
        self.assert_caught("pure", "common/box.c")

    def test_pure_file_reads_the_environment(self):
        self.include("common/box.c", "<stdlib.h>")
        self.function("common/box.c", 'x += getenv("HOME") != NULL;')
        self.assert_caught("pure", "common/box.c")

    def test_pure_file_includes_a_library(self):
        self.include("common/box.c", "<uv.h>")
        self.assert_caught("library", "common/box.c")

    def test_pure_file_includes_a_quiet_library(self):
        self.include("common/box.c", "<sodium.h>")
        self.assertEqual([], self.problems())

    def test_pure_header_includes_a_quiet_library(self):
        self.include("common/box.h", "<jansson.h>")
        self.assert_caught("library", "common/box.h")

    def test_adapter_includes_a_quiet_library(self):
        self.include("common/pipe_uv.c", "<jansson.h>")
        self.assert_caught("library", "common/pipe_uv.c")

    def test_adapter_includes_another_library(self):
        self.include("common/pipe_uv.c", "<zmq.h>")
        self.assert_caught("library", "common/pipe_uv.c")

    def test_header_includes_its_library(self):
        self.include("common/pipe_uv.h", "<uv.h>")
        self.assert_caught("library", "common/pipe_uv.h")

    def test_quiet_adapter_includes_posix(self):
        self.write("common/box_jansson.c", code('#include "common/box.h"\n\n#include <unistd.h>\n'))
        self.assert_caught("pure", "common/box_jansson.c")

    def test_unknown_library(self):
        self.include("common/pipe_uv.c", "<curl/curl.h>")
        self.assert_caught("library", "common/pipe_uv.c")

    def test_own_header_not_first(self):
        self.write("common/pipe_uv.c", code('#include <uv.h>\n\n#include "common/pipe_uv.h"\n'))
        self.assert_caught("own-header", "common/pipe_uv.c")

    # ---- modules

    def test_cycle_of_headers(self):
        self.write("common/lid.h", header("common/lid.h", '#include "common/box.h"\n\nstruct lid;'))
        self.include("common/box.h", '"common/lid.h"')
        self.assert_caught("cycle", "common/box.h")

    def test_cycle_through_a_source(self):
        self.write("common/lid.h", header("common/lid.h", '#include "common/box.h"\n\nstruct lid;'))
        self.include("common/box.c", '"common/lid.h"')
        self.assert_caught("cycle", "common/lid.h")

    def test_cycle_through_the_core(self):
        self.write("broker/part.h", header("broker/part.h", '#include "broker/broker.h"\n\nstruct part;'))
        self.include("broker/broker_state.h", '"broker/part.h"')
        self.assert_caught("cycle", "broker/part.h")

    def test_header_that_only_includes(self):
        self.write("common/all.h", header("common/all.h", '#include "common/box.h"'))
        self.assert_caught("umbrella", "common/all.h")

    def test_header_that_includes_much(self):
        for i in range(13):
            self.write(f"common/m{i}.h", header(f"common/m{i}.h", f"struct m{i};"))
            self.include("common/box.h", f'"common/m{i}.h"')
        self.assert_caught("umbrella", "common/box.h")

    def test_header_not_alone(self):
        self.add("common/box.h", "uint32_t box_weight(void);")
        self.assert_caught("header-alone", "common/box.h")

    def test_guard(self):
        self.write("common/lid.h", SPDX + "#ifndef LID_H\n#define LID_H\n\nstruct lid;\n\n#endif\n")
        self.assert_caught("guard", "common/lid.h")

    # ---- state and calls

    def test_global_variable(self):
        self.add("common/box.c", "int counter;")
        self.assert_caught("global-state", "common/box.c")

    def test_static_at_file_scope(self):
        self.add("common/pipe_uv.c", "static struct pipe *last = NULL;")
        self.assert_caught("global-state", "common/pipe_uv.c")

    def test_static_in_a_function(self):
        self.function("common/box.c", "static int calls;\nx += calls++;")
        self.assert_caught("global-state", "common/box.c")

    def test_global_symbol_in_a_library(self):
        self.write("build/x.c", "int planted[3] = {1}; const int fine = 2; const char *const names[] = {\"a\"};")
        archive = self.root / "build/libx.a"
        subprocess.run(["cc", "-fPIC", "-c", "x.c", "-o", "x.o"], cwd=self.root / "build", check=True)
        subprocess.run(["ar", "rcs", str(archive), "x.o"], cwd=self.root / "build", check=True)
        self.assert_caught("global-symbols", str(archive), [archive])
        self.assertEqual(1, len(self.problems([archive])))

    def test_banned_functions(self):
        for name in lint.BANNED_CALLS:
            with self.subTest(name):
                self.write("common/pipe_uv.c", CLEAN["common/pipe_uv.c"])
                self.function("common/pipe_uv.c", f"{name}(x);")
                self.assert_caught("banned", "common/pipe_uv.c")

    def test_assertion_with_side_effect(self):
        for condition in ("x++ > 0", "(x = 2)", "f(--x)", "x += 1"):
            with self.subTest(condition):
                self.write("common/box.c", CLEAN["common/box.c"])
                self.function("common/box.c", f"assert({condition});")
                self.assert_caught("assert", "common/box.c")

    def test_assertion_without_side_effect(self):
        self.function("common/box.c", "assert(x == 1 && x >= 0 && x != 3);")
        self.assertEqual([], self.problems())

    # ---- sizes

    def test_long_function(self):
        self.function("common/box.c", "\n".join(["x += 1;"] * 68))
        self.assert_caught("function-length", "common/box.c")

    def test_function_of_70_lines(self):
        self.function("common/box.c", "\n".join(["x += 1;"] * 67))
        self.assertEqual([], self.problems())

    def test_long_file(self):
        self.add("common/box.c", "\n" * 500)
        self.assert_caught("file-length", "common/box.c")

    def test_full_folder(self):
        for i in range(41 - 4):
            self.write(f"common/m{i}.h", header(f"common/m{i}.h", f"struct m{i};"))
        self.assert_caught("folder-size", "common")

    def test_folder_of_40_files(self):
        for i in range(40 - 4):
            self.write(f"common/m{i}.h", header(f"common/m{i}.h", f"struct m{i};"))
        self.assertEqual([], self.problems())

    # ---- the tree

    def test_no_licence(self):
        self.write("common/box.c", CLEAN["common/box.c"].replace(SPDX, ""))
        self.assert_caught("spdx", "common/box.c")

    def test_left_open(self):
        self.add("common/box.c", "/* TO" + "DO: more */")
        self.assert_caught("open-ends", "common/box.c")

    def test_foreign_folder(self):
        self.write("src/x.txt", "x\n")
        self.assert_caught("top-level", "src/x.txt")

    def test_foreign_file(self):
        self.write("notes.txt", "x\n")
        self.assert_caught("top-level", "notes.txt")

    def test_built_file(self):
        self.write("common/box.o", "x")
        self.assert_caught("built-files", "common/box.o")

    def test_pause_in_a_test(self):
        self.write("tests/unit/test_x.py", SCRIPT.replace("bash", "python3") + f"time.{PAUSE}(1)\n", 0o755)
        self.assert_caught("test-waits", "tests/unit/test_x.py")

    def test_join_with_a_time_in_a_test(self):
        self.write("tests/unit/test_x.py", SCRIPT.replace("bash", "python3") + "thread.join" + "(10)\n", 0o755)
        self.assert_caught("test-waits", "tests/unit/test_x.py")

    def test_pause_in_a_page_test(self):
        comment = "// SPDX-License-Identifier: MIT\n// Copyright 2026 the Belfry developers\n"
        pause = "await new Promise((r) => setTime" + "out(r, 100));\n"
        for path in ("tests/browser/x.test.mjs", "web/test/x.test.mjs"):
            with self.subTest(path):
                self.write(path, comment + pause)
                self.assert_caught("test-waits", path)
                (self.root / path).unlink()

    def test_timer_in_a_page(self):
        comment = "// SPDX-License-Identifier: MIT\n// Copyright 2026 the Belfry developers\n"
        self.write("web/src/x.js", comment + "await new Promise((r) => setTime" + "out(r, 100));\n")
        self.assertEqual([], self.problems())

    def test_script_not_executable(self):
        self.write("deploy/up", SCRIPT, 0o644)
        self.assert_caught("executable", "deploy/up")

    def test_executable_but_no_script(self):
        os.chmod(self.root / "README.md", 0o755)
        self.assert_caught("executable", "README.md")

    def test_shell_syntax(self):
        self.write("deploy/up", SCRIPT + "if true; then\n", 0o755)
        self.assert_caught("shell-syntax", "deploy/up")

    def test_python_syntax(self):
        self.write("tests/unit/x.py", SCRIPT.partition("\n")[2] + "def f(:\n")
        self.assert_caught("python-syntax", "tests/unit/x.py")

    def test_wide_comment(self):
        self.add("common/box.c", "/* " + "word " * 20 + "*/")
        self.assert_caught("comment-width", "common/box.c")

    def test_wide_comment_beside_code(self):
        self.add("common/box.h", "struct box {\n    int size; /* " + "word " * 18 + "*/\n};")
        self.assert_caught("comment-width", "common/box.h")

    def test_wide_code_is_left_to_clang_format(self):
        self.add("common/box.c", "static const char *const text = \"/* " + "word " * 20 + "*/\";")
        self.assertEqual([], self.problems())

    # ---- the code map

    PAGE = f"# Design\n\n{codemap.BEGIN}\n{codemap.END}\nMore.\n"

    def test_code_map_out_of_date(self):
        self.write("ARCHITECTURE.md", self.PAGE)
        self.assert_caught("code-map", "ARCHITECTURE.md")

    def test_code_map_without_markers(self):
        self.write("ARCHITECTURE.md", "# Design\n")
        self.assert_caught("code-map", "ARCHITECTURE.md")

    def test_code_map_is_written(self):
        self.write("common/box.h", header("common/box.h", "/* A box\n * of things: its size | weight. More. */\n\nint box;")
                   .replace("int box;", "int box_size(void);"))
        self.write("common/box_uv.c", code('/* Opens boxes. */\n\n#include "common/box.h"\n'))
        self.write("common/lid.c", code("/* Opens a file (RFC 3.1) etc. quickly.\n * More. */\n\n#include <stddef.h>\n"))
        self.write("ARCHITECTURE.md", self.PAGE)
        lint.fix(lint.Tree(self.root))
        text = (self.root / "ARCHITECTURE.md").read_text()
        self.assertIn("| `box.h` `box.c` `box_uv.c` | A box of things: its size \\| weight |\n", text)
        self.assertIn("| `lid.c` | Opens a file (RFC 3.1) etc. quickly |\n", text)
        self.assertIn("| `pipe_uv.h` `pipe_uv.c` |  |\n", text)
        self.assertTrue(text.endswith(f"\n{codemap.END}\nMore.\n"))
        self.assertEqual([], self.problems())

    # ---- language

    def assert_unnatural(self, path, text):
        """In `text`, _ stands for a space and @ for nothing: this file has to pass too."""
        self.write(path, text.replace("_", " ").replace("@", ""))
        self.assert_caught("plain-english", path)

    def test_each_phrase(self):
        planted = (
            "ERR_INVALID: it is_no_number", "-1 when it is_none", "the client is t@old", "it tells_of comings",
            "it says_whether it is open", "what is_said then", "so_many records", "as_many_as there are", "as large as_may_be",
            "it is seen that_soon", "what an edge knows of_itself", "a key of_ours", "Who_has_no token may listen.",
            "Text. What_is_less is not logged.", "it waits for_ever", "the stream is_gone", "the file is_whole",
            "tokens seen late@ly", "it starts a@new", "this me@nds it", "edges heard_of", "it is_looked_at once",
            "it stands_in the header", "what becomes_of it", "the_wall's clock", "reads in_the_making", "the_books balance",
        )
        self.assertEqual(len(english.PHRASES), len(planted))
        for text in planted:
            with self.subTest(text):
                self.assert_unnatural("common/box.c", f"{CLEAN['common/box.c'].replace('_', '@_')}/* {text} */\n")

    def test_phrase_in_each_kind_of_text(self):
        script = SCRIPT.replace("bash", "python3")
        for path, text in (
            ("common/lid.c", code("/*\n * All of it is_gone, and so\n * many_more. */\n")),
            ("common/lid.c", code('const char *const lid = "it is "\n                        "no_lid";\n')),
            ("tests/x.py", script.partition("\n")[2] + "def f():\n    \"\"\"Is this\n    so_many?\"\"\"\n"),
            ("tests/x.py", script.partition("\n")[2] + "# It is so\n# many_times.\n"),
            ("tests/x.mjs", script.replace("#!/usr/bin/env python3\n", "").replace("#", "//") + "f('so_many')\n"),
            ("README.md", "# Belfry\n\nWho_has a token\nmay listen.\n"),
        ):
            with self.subTest(text):
                self.assert_unnatural(path, text)
                (self.root / path).unlink()
                self.write("README.md", CLEAN["README.md"])

    def test_natural_phrases(self):
        text = "There is no record. It is no longer open. Who has a token? What is it? The told_to client is told to wait."
        self.write("README.md", f"# Belfry\n\n{text}\n\n    so{chr(32)}many lines of an example\n\nThe field `is{chr(32)}none`.\n")
        self.assertEqual([], self.problems())

    # ---- the program

    def test_exit_status_and_line(self):
        command = [sys.executable, str(HERE / "lint.py"), "--root", str(self.root)]
        self.assertEqual(0, subprocess.run(command, capture_output=True).returncode)
        self.add("common/box.c", "int counter;")
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stdout, r"common/box\.c:\d+: global-state: ")

    def test_every_rule_is_planted(self):
        text = Path(__file__).read_text()
        for rule in lint.RULES:
            self.assertIn(f'"{rule}"', text, f"no violation of {rule} is planted")


class FileScope(unittest.TestCase):
    """Which statements define a variable that can change."""

    def test_mutable(self):
        for text in (
            "int x;", "static int x = 1;", "const char *x;", "static const char *names[] = {};",
            "struct s {} x;", "struct s x = {};", "void (*call)(int);", "_Thread_local int x;",
            "static enum err last;", "char *const *x;",
        ):
            self.assertTrue(is_mutable_variable(text), text)

    def test_not_mutable(self):
        for text in (
            "const int x = 1;", "static const char *const names[] = {};", "struct s {};", "struct s;",
            "typedef int x;", "extern int x;", "int f(void);", "enum e {};", "static const struct s x = {};",
            "void f(void (*call)(void *), int x);", '_Static_assert(sizeof(int) == 4, "");',
            "void (*const call)(int) = f;", "struct s *f(int x) __attribute__((malloc));",
        ):
            self.assertFalse(is_mutable_variable(text), text)

    def test_functions(self):
        source = Source("common/x.c", "int x[] = {\n1};\nint f(int a)\n{\n  if (a) {\n  }\n}\nstruct s {\n int y;\n};\n")
        self.assertEqual([("f", 4)], [(name, lines) for _, name, lines in source.functions])


if __name__ == "__main__":
    unittest.main()
