#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The documentation of the belfry command: --help, errors for wrong command lines, manual pages, completion."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from cli import belfry_command, commands, environment
from tools import needs

MAN = os.path.join(belfry.ROOT, "deploy", "man")
COMPLETION = os.path.join(belfry.ROOT, "deploy", "completion", "belfry.bash")
VERSION = r"^belfry \d+\.\d+\.\d+( \([0-9a-f]{7,}(-dirty)?\))?\n$"
OPTION = re.compile(r"^  --(?:\[no-\])?([a-z0-9-]+)", re.M)


KNOWN = "up publish subscribe history stats top edges topics tail doctor backup restore check keygen token version".split()


def help_of(*words):
    done = belfry_command(*words, "--help")
    assert (done.status, done.err) == (0, ""), done
    return done.out


class TestHelp(unittest.TestCase):
    def test_the_list(self):
        text = help_of()
        self.assertLessEqual(set(KNOWN), set(commands()))
        self.assertEqual(len(commands()), len(set(commands())))
        self.assertEqual(belfry_command("help").out, text)
        self.assertEqual(belfry_command("-h").out, text)

    def test_the_version(self):
        text = belfry_command("--version").out
        self.assertRegex(text, VERSION)
        self.assertEqual(belfry_command("version").out, text)
        shown = belfry_command("version", "--json").json()
        commit = f" ({shown['commit']})" if shown["commit"] else ""
        self.assertEqual(f"belfry {shown['version']}{commit}\n", text)
        for program in ("belfry-broker", "belfry-edge"):
            done = subprocess.run([belfry.binary(program), "--version"], capture_output=True, env=environment(), timeout=60)
            self.assertEqual(done.stdout.decode(), text.replace("belfry", program))

    def test_each_command(self):
        for command in commands():
            text = help_of(command)
            self.assertTrue(text.startswith(f"Usage: belfry {command} [OPTION...]"), text)
            self.assertIn("\nExamples:\n  ", text)
            self.assertEqual(belfry_command(command, "-h").out, text)
            self.assertEqual(belfry_command("help", command).out, text)
            if command != "up":
                self.assertIn("--[no-]json", text)
            self.assertLess(max(len(line) for line in text[: text.index("\n\n")].splitlines()), 101)

    def test_examples_parse(self):
        """The options in each example exist."""
        every = commands()
        for command in commands():
            text = help_of(command)
            for line in text[text.index("\nExamples:\n") :].splitlines():
                for words in re.findall(r"belfry ([a-z][a-z-]*)((?: [^|<>()#]+)?)", line):
                    self.assertIn(words[0], every, line)
                    known = OPTION.findall(help_of(words[0]))
                    for option in re.findall(r"(?<=\s)--([a-z-]+)", words[1]):
                        self.assertIn(option.removeprefix("no-") if option not in known else option, known, line)

    def test_wrong_command_lines(self):
        for arguments in (
            (),
            ("nonsense",),
            ("--nonsense",),
            ("publish",),
            ("stats", "operand"),
            ("stats", "--nonsense"),
            ("stats", "-j"),
            ("tail", "-f"),
            ("topics", "--sort", "size"),
            ("topics", "--limit", "many"),
            ("topics", "--limit"),
            ("backup",),
            ("backup", "a", "b"),
            ("restore",),
            ("check",),
            ("doctor",),
            ("doctor", "ftp://x"),
            ("history", "--limit", "0"),
            ("keygen", "--alg", "none"),
            ("keygen", "a", "b"),
            ("version", "a"),
            ("publish", "t", "--lines", "--id", "x"),
            ("publish", "t", "x", "--ttl", "7"),
            ("trim", "--older-than", "7"),
            ("subscribe", "--url", "nonsense://"),
        ):
            done = belfry_command(*arguments)
            self.assertEqual((done.status, done.out), (2, ""), (arguments, done))
            self.assertEqual(done.err.count("\n"), 1, (arguments, done))
            self.assertTrue(done.err.startswith("belfry"), done)

    def test_the_environment(self):
        done = belfry_command("stats", broker="ipc:///from/the/environment")
        self.assertIn("ipc:///from/the/environment", done.err)
        done = belfry_command("stats", "--broker", "ipc:///from/the/line", broker="ipc:///from/the/environment")
        self.assertIn("ipc:///from/the/line", done.err)
        # A variable for an option of another program is ignored.
        done = belfry_command("publish", "t", "x", type="x", count="many", sort="no", url="http://127.0.0.1:1")
        self.assertEqual(done.status, 1, done)


@needs("groff", package="groff-base")
class TestManual(unittest.TestCase):
    def page(self, name):
        command = [os.path.join(MAN, "generate"), os.path.join(MAN, f"{name}.in")]
        command += [os.path.dirname(belfry.binary("belfry")), "1.2.3"]
        done = subprocess.run(command, capture_output=True, env=environment(), timeout=600)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout

    def render(self, name):
        done = subprocess.run(
            ["groff", "-man", "-ww", "-Tutf8", "-P-c", "-rLL=100n"],
            input=self.page(name),
            capture_output=True,
            timeout=600,
        )
        self.assertEqual((done.returncode, done.stderr), (0, b""), done.stderr.decode())
        # Bold and underlined text is overstruck; hyphens and quotes are typographic.
        text = re.sub(".\b", "", done.stdout.decode())
        return text.translate({0x2010: "-", 0x2212: "-", 0x2019: "'", 0x2018: "'"})

    def test_belfry(self):
        text = self.render("belfry.1")
        flat = " ".join(text.split())
        self.assertIn("Belfry 1.2.3", text)
        for command in commands():
            self.assertIn(f"belfry {command} [OPTION...]", flat)
            shown = help_of(command)
            for option in OPTION.findall(shown):
                self.assertRegex(text, rf"--(\[no-\])?{option}\b")
            for line in shown[shown.index("\nExamples:\n") :].splitlines()[2:]:
                self.assertIn(line.strip(), text)
        for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"):
            self.assertRegex(text, rf"(?m)^{section}$")

    def test_broker_and_edge(self):
        for program in ("belfry-broker", "belfry-edge"):
            text = self.render(f"{program}.8")
            shown = subprocess.run([belfry.binary(program), "--help"], capture_output=True, env=environment(), timeout=600)
            options = OPTION.findall(shown.stdout.decode())
            self.assertGreater(len(options), 10)
            for option in options:
                self.assertRegex(text, rf"--(\[no-\])?{option}\b")

    @needs("lexgrog", package="man-db")
    def test_whatis(self):
        with tempfile.TemporaryDirectory(prefix="belfry-") as folder:
            for name in ("belfry.1", "belfry-broker.8", "belfry-edge.8"):
                path = os.path.join(folder, name)
                with open(path, "wb") as f:
                    f.write(self.page(name))
                done = subprocess.run(["lexgrog", path], capture_output=True, timeout=600)
                self.assertIn(f"{name.split('.')[0]} - ", done.stdout.decode())


@needs("bash", package="bash")
class TestCompletion(unittest.TestCase):
    def complete(self, *words):
        """Returns the completions after these words, of which the last is incomplete."""
        script = '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _belfry && printf "%s\\n" "${COMPREPLY[@]}"'
        path = os.path.dirname(belfry.binary("belfry")) + ":" + os.environ["PATH"]
        done = subprocess.run(
            ["bash", "-c", script, "bash", COMPLETION, *words],
            capture_output=True,
            env={**environment(), "PATH": path},
            timeout=600,
        )
        self.assertEqual(done.stderr, b"")
        return done.stdout.decode().split()

    def test_it_is_bound(self):
        done = subprocess.run(
            ["bash", "-c", f'. "{COMPLETION}"; complete -p belfry belfry-broker belfry-edge'], capture_output=True, timeout=600
        )
        self.assertEqual(done.stdout.decode().count("-F _belfry"), 3)

    def test_commands(self):
        self.assertEqual(sorted(self.complete("belfry", "")), sorted([*commands(), "help", "--help", "--version"]))
        self.assertEqual(self.complete("belfry", "back"), ["backup"])
        self.assertLessEqual({"token", "top", "topics"}, set(self.complete("belfry", "help", "to")))

    def test_options(self):
        for command in commands():
            shown = set(self.complete("belfry", command, "--"))
            for option in OPTION.findall(help_of(command)):
                self.assertIn(f"--{option}", shown)
        self.assertEqual(self.complete("belfry", "tail", "--no-f"), ["--no-follow"])
        self.assertIn("--tail-bytes", self.complete("belfry-edge", "--"))
        self.assertIn("--durability", self.complete("belfry-broker", "--"))

    def test_values(self):
        self.assertEqual(self.complete("belfry", "topics", "--sort", ""), ["name", "records", "last"])
        self.assertEqual(self.complete("belfry", "token", "--alg", "HS5"), ["HS512"])
        self.assertEqual(self.complete("belfry-broker", "--durability", "n"), ["normal"])
        self.assertEqual(self.complete("belfry", "backup", "--data", "/et"), ["/etc"])
        self.assertIn("/etc/passwd", self.complete("belfry", "publish", "--token-file", "/etc/pass"))

    def test_files(self):
        self.assertIn("/etc/passwd", self.complete("belfry", "check", "/etc/pass"))
        self.assertEqual(self.complete("belfry", "publish", "/etc/pass"), [])

    def test_nonsense(self):
        self.assertEqual(self.complete("belfry", "nonsense", "--"), [])


if __name__ == "__main__":
    belfry.main()
