#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""deploy/up and deploy/deps on this machine (tests/fresh uses a bare one): errors that deploy/up reports before it installs
or builds anything, and the packages that deploy/deps chooses."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from cli import belfry_command, environment
from ports import free_block
from waiting import SLOWNESS

DEPLOY = os.path.join(belfry.ROOT, "deploy")
REACHED = 99  # exit status of the stub of deploy/deps: all checks before it have passed
NEW, OLD = "libmsgpack-c-dev", "libmsgpack-dev"


def run(command, folder, **variables):
    variables = {**environment(), **variables}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120 * SLOWNESS)


def write_script(path, text):
    with open(path, "w") as f:
        f.write("#!/bin/bash\n" + text)
    os.chmod(path, 0o755)


class UpTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="belfry-deploy-")
        self.addCleanup(shutil.rmtree, self.root)
        os.mkdir(os.path.join(self.root, "deploy"))
        for name in ("up", "up.help"):
            shutil.copy(os.path.join(DEPLOY, name), os.path.join(self.root, "deploy", name))
        write_script(os.path.join(self.root, "deploy", "deps"), f"exit {REACHED}\n")
        self.port, lock = free_block()
        self.addCleanup(lock.close)

    def up(self, *options, **variables):
        return run(["deploy/up", *options], self.root, **variables)

    def assert_refused(self, status, words, *options, **variables):
        done = self.up(*options, **variables)
        self.assertEqual(done.returncode, status, (options, done.stderr))
        self.assertIn(words, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def assert_accepted(self, *options, **variables):
        done = self.up(*options, **variables)
        self.assertEqual(done.returncode, REACHED, (options, variables, done.stderr))

    def test_help_is_that_of_the_program(self):
        text = belfry_command("up", "--help").out
        with open(os.path.join(DEPLOY, "up.help")) as f:
            self.assertEqual(f.read(), text, "belfry up --help >deploy/up.help")
        done = self.up("--port", "7", "--help")
        self.assertEqual((done.returncode, done.stdout), (0, text.replace("belfry up", "deploy/up")))

    def test_wrong_command_lines(self):
        self.assert_refused(2, "unknown option --prot;", "--prot", "80")
        self.assert_refused(2, "unknown option --por;", "--por=80")
        self.assert_refused(2, "unexpected argument 'start'", "start")
        self.assert_refused(2, "--port needs a value", "--port")
        self.assert_refused(2, '--port: "80x" is not a number', "--port", "80x")
        self.assert_refused(2, '--port: "65500" is not between 1 and 65433', "--port=65500")
        self.assert_refused(2, '--edges: "0" is not between 1 and 99', "--edges", "0")
        self.assert_refused(2, '--durability: "none" is not one of full|normal|memory', "--durability", "none")
        self.assert_refused(2, '--log-level: "loud" is not one of', BELFRY_LOG_LEVEL="loud")

    def test_the_program_refuses_them_too(self):
        for options in (["--prot", "80"], ["start"], ["--port"], ["--port=65500"], ["--edges", "0"],
                        ["--durability", "none"]):
            self.assertEqual(belfry_command("up", *options).status, 2, options)

    def test_right_command_lines(self):
        port = str(self.port)
        self.assert_accepted("--port", port, "--edges=1", "--durability=memory", "--log-level", "warn")
        self.assert_accepted("--edge-option", "heartbeat=10s", "--broker-option=retention-age=7d", BELFRY_PORT=port)
        # Kubernetes sets it beside a Service named belfry. The default port may be in use on this machine.
        self.assertNotIn("10.1.2.3", self.up(BELFRY_PORT="tcp://10.1.2.3:80").stderr)

    def test_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", self.port + 1)):
            self.assert_refused(1, f"cannot listen on 127.0.0.1 port {self.port + 1} (the public port): in use",
                                "--port", str(self.port + 1))
            self.assert_refused(1, f"port {self.port + 1} (edge-1): in use", "--port", str(self.port))

    def test_a_public_address_without_keys(self):
        port = str(self.port)
        self.assert_refused(1, "no keys for tokens", "--host", "0.0.0.0", "--port", port)
        for more in (["--edge-option=jwt-key-file=/k"], ["--edge-option", "x=1,allow-anonymous"]):
            self.assert_accepted("--host", "0.0.0.0", "--port", port, *more)
        self.assert_accepted("--host", "0.0.0.0", "--port", port, BELFRY_JWT_KEY="secret")

    def test_folder_that_cannot_be_created(self):
        self.assert_refused(1, "cannot write to /dev/null (the data directory)", "--data", "/dev/null/data")


class DepsTest(unittest.TestCase):
    """With stubs of Debian's programs: all packages are missing, and the user may not install."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="belfry-deps-")
        self.addCleanup(shutil.rmtree, self.root)
        self.bin = os.path.join(self.root, "bin")
        os.makedirs(os.path.join(self.root, "deploy"))
        os.mkdir(self.bin)
        shutil.copy(os.path.join(DEPLOY, "deps"), os.path.join(self.root, "deploy", "deps"))
        write_script(os.path.join(self.bin, "dpkg-query"), "")
        write_script(os.path.join(self.bin, "id"), "echo 1000\n")
        write_script(os.path.join(self.bin, "sudo"), "exit 1\n")
        write_script(os.path.join(self.bin, "apt-get"), f"touch {self.root}/ran\n")

    def named(self, known, *groups):
        # As long as answers of apt, to find a reader that ends early.
        write_script(
            os.path.join(self.bin, "apt-cache"),
            f'for name; do :; done\n[[ " {known} " != *" $name "* ]] || {{ echo "Package: $name"; seq 30000; }}\n',
        )
        done = run(["deploy/deps", *groups], self.root, PATH=f"{self.bin}:{os.environ['PATH']}")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.root, "ran")))
        return done.stderr.split("--no-install-recommends ")[1].split()

    def test_names_of_debian_12(self):
        for _ in range(10):
            names = self.named(OLD)
            self.assertIn(OLD, names)
            self.assertNotIn(NEW, names)
            self.assertNotIn("libllhttp-dev", names)

    def test_names_of_debian_13(self):
        for _ in range(10):
            names = self.named(f"{NEW} {OLD} libllhttp-dev")
            self.assertIn(NEW, names)
            self.assertNotIn(OLD, names)
            self.assertIn("libllhttp-dev", names)

    def test_install_with_sudo(self):
        """sudo closes all descriptors except three; a package prints more than fits into a pipe."""
        write_script(os.path.join(self.bin, "sudo"), 'exec 3>&- 4>&-\n[ "$1" != -n ] || shift\nexec "$@"\n')
        write_script(os.path.join(self.bin, "apt-cache"), "echo Package: some\n")
        write_script(
            os.path.join(self.bin, "apt-get"),
            f"echo pmstatus:some:50.0:Installing >&3\nseq 100000 && echo $* >>{self.root}/ran\n",
        )
        done = run(["deploy/deps"], self.root, PATH=f"{self.bin}:{os.environ['PATH']}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("installing, 50 %", done.stderr)
        with open(os.path.join(self.root, "ran")) as f:
            update, install = f.read().splitlines()
        self.assertIn(" update", update)
        self.assertIn(" install --no-install-recommends build-essential cmake", install)

    def test_groups(self):
        self.assertNotIn("libcmocka-dev", self.named(NEW))
        self.assertIn("libcmocka-dev", self.named(NEW, "build", "test"))
        done = run(["deploy/deps", "everything"], self.root)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))


if __name__ == "__main__":
    belfry.main()
