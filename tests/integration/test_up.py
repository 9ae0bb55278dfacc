#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""`belfry up`, the supervisor: starting, output, restarting children, and cleaning up."""

import fcntl
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import Closed, request
from ports import bindable, free_block
from waiting import SLOWNESS, finish, wait_until

BROKEN = (Closed, OSError)


def taken_port(port):
    """Returns a listening socket; connections of an earlier test may still exist on the port."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    taken.listen()
    return taken


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def children_of(pid):
    """Returns {pid: arguments} of the children of a process."""
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
            with open(f"/proc/{entry}/cmdline", "rb") as f:
                arguments = f.read().decode().split("\0")[:-1]
        except OSError:
            continue
        if parent == pid and arguments:
            found[int(entry)] = arguments
    return found


class Up:
    """A `belfry up` of a test."""

    def __init__(self, *arguments, port, data, environment=None):
        command = [belfry.binary("belfry"), "up", "--port", str(port), "--data", data, *arguments]
        self.port = port
        self.said = []
        self.logged = []
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True, env={**os.environ, **(environment or {})})
        self.readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((self.process.stdout, self.said), (self.process.stderr, self.logged))
        ]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))

    def show(self):
        return "\n".join(["what it said:", *self.said, "what it logged:", *self.logged[-40:]])

    def wait_up(self):
        wait_until(lambda: self.said or self.process.poll() is not None, 20, self.show)
        assert self.said, self.show()
        return self

    def children(self):
        """Returns {name: pid}."""
        found = {}
        for pid, arguments in children_of(self.process.pid).items():
            name = os.path.basename(arguments[0])
            if name == "belfry-broker":
                found["broker"] = pid
            elif name == "belfry-edge":
                found[arguments[arguments.index("--name") + 1]] = pid
        return found

    def end(self, seconds=20):
        status = self.process.wait(seconds * SLOWNESS)
        for reader in self.readers:
            finish(reader, 10)
        return status


class UpTest(unittest.TestCase):
    def setUp(self):
        # Short, since paths of sockets are limited.
        self.directory = tempfile.mkdtemp(prefix="belfry-up-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.data = os.path.join(self.directory, "data")
        self.port = self.block()

    def block(self):
        port, lock = free_block()
        self.addCleanup(lock.close)
        return port

    def up(self, *arguments, **keywords):
        up = Up(*arguments, **{"port": self.port, "data": self.data, **keywords})
        self.addCleanup(self.remove, up)
        return up

    def remove(self, up):
        children = list(up.children().values())
        if up.process.poll() is None:
            up.process.kill()
            up.process.wait()
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        for stream in (up.process.stdout, up.process.stderr):
            stream.close()

    def ok(self, port, path="/"):
        try:
            return request(port, "GET", path).status == 200
        except BROKEN:
            return False

    def wait_gone(self, pids):
        wait_until(lambda: not any(alive(p) for p in pids), 10, lambda: f"alive: {[p for p in pids if alive(p)]}")

    def assert_refused(self, pattern, *arguments, status=1, **keywords):
        """Checks that nothing was started and that the output is one line."""
        up = self.up(*arguments, **keywords)
        self.assertEqual(up.end(), status, up.show())
        self.assertEqual(up.said, [])
        self.assertEqual(len(up.logged), 1, up.show())
        self.assertRegex(up.logged[0], r"^belfry up: ")
        self.assertRegex(up.logged[0], pattern)


class RunningTest(UpTest):
    def test_address_ports_and_command_lines(self):
        up = self.up().wait_up()
        self.assertEqual(up.said, [f"belfry is up: http://127.0.0.1:{self.port}/"])
        for port in (self.port, self.port + 1, self.port + 2):
            self.assertTrue(self.ok(port), f"port {port}\n{up.show()}")
        for port in (self.port + 100, self.port + 101, self.port + 102):
            self.assertTrue(self.ok(port, "/healthz"), f"operations port {port}\n{up.show()}")
        children = children_of(up.process.pid)
        self.assertEqual(len(children), 3)
        for arguments in children.values():
            self.assertIn(os.path.realpath(self.data), " ".join(arguments))

    def test_logs_have_names(self):
        up = self.up().wait_up()
        for name in ("broker", "edge-1", "edge-2"):
            wait_until(lambda: any(re.match(rf"{name} +\| \S", line) for line in up.logged), 10, up.show)
        self.assertFalse(any("\033" in line for line in up.logged), "colours in a pipe")

    def test_both_edges_serve_the_public_port(self):
        """Connections go to both edges; with one of them stopped, to the other one."""
        up = self.up().wait_up()
        for name in ("edge-1", "edge-2"):
            pid = up.children()[name]
            os.kill(pid, signal.SIGSTOP)
            try:
                # Connections accepted by the stopped one wait for it; new ones are accepted by the other.
                wait_until(lambda: self.ok(self.port), 10, f"an answer without {name}")
            finally:
                os.kill(pid, signal.SIGCONT)

    def test_options_are_passed_on(self):
        up = self.up("--edges=1", "--durability=memory", "--edge-option=tail-bytes=1MiB,log-level=debug",
                     "--broker-option=log-level=debug").wait_up()
        lines = {os.path.basename(a[0]): a for a in children_of(up.process.pid).values()}
        self.assertEqual(set(lines), {"belfry-broker", "belfry-edge"})
        self.assertIn("--durability=memory", lines["belfry-broker"])
        self.assertIn("--log-level=debug", lines["belfry-broker"])
        self.assertIn("--tail-bytes=1MiB", lines["belfry-edge"])

    def test_variables_of_kubernetes_are_ignored(self):
        """Kubernetes sets these in each container if there is a Service named "belfry"."""
        address = "tcp://10.1.2.3:8080"
        up = self.up("--edges=1", environment={
            "BELFRY_SERVICE_HOST": "10.1.2.3", "BELFRY_SERVICE_PORT": "8080", "BELFRY_PORT": address,
            "BELFRY_PORT_8080_TCP": address, "BELFRY_PORT_8080_TCP_PROTO": "tcp", "BELFRY_PORT_8080_TCP_PORT": "8080",
            "BELFRY_PORT_8080_TCP_ADDR": "10.1.2.3"}).wait_up()
        self.assertEqual(up.said, [f"belfry is up: http://127.0.0.1:{self.port}/"])

    def test_second_start_finds_the_data(self):
        up = self.up("--edges=1").wait_up()
        reply = request(self.port, "POST", "/publish?topic=t", b"kept", {"Content-Type": "text/plain"})
        self.assertEqual(reply.status, 200, reply)
        os.killpg(up.process.pid, signal.SIGINT)
        self.assertEqual(up.end(), 0, up.show())
        self.up("--edges=1").wait_up()
        with belfry_stream(self.port, "t", history=1) as stream:
            self.assertEqual(stream.next_event().data, "kept")


def belfry_stream(port, topic, **query):
    from sse import Stream

    return Stream(port, topic, **query)


class RestartTest(UpTest):
    def test_killed_children_come_back(self):
        up = self.up().wait_up()
        before = up.children()
        for name in ("edge-1", "edge-2", "broker"):
            os.kill(before[name], signal.SIGKILL)
            wait_until(lambda: up.children().get(name, before[name]) != before[name], 20, up.show)
            wait_until(lambda: any(f"{name} is ready again" in line for line in up.logged), 20, up.show)
            others = {n: p for n, p in before.items() if n != name}
            now = up.children()
            self.assertEqual({n: now[n] for n in others}, others, "another child was touched")
            before = now
        for port in (self.port, self.port + 1, self.port + 2):
            wait_until(lambda: self.ok(port), 10, f"port {port}")
        self.assertEqual(len(up.said), 1)

    def test_drained_edge_comes_back(self):
        """An edge that stops accepting on the public port must not affect the other edge."""
        up = self.up().wait_up()
        os.kill(up.children()["edge-1"], signal.SIGTERM)
        wait_until(lambda: any("edge-1 ended with status 0; restarting" in x for x in up.logged), 20, up.show)
        self.assertTrue(self.ok(self.port))
        wait_until(lambda: any("edge-1 is ready again" in x for x in up.logged), 20, up.show)
        self.assertTrue(self.ok(self.port + 1))

    def test_back_off_grows(self):
        """A child that fails repeatedly is restarted less and less often."""
        up = self.up("--edges=1").wait_up()
        wanted = [100, 200, 400]
        for count in range(len(wanted)):
            pid = wait_until(lambda: up.children().get("edge-1"), 20, up.show)
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: len(self.waits(up)) > count, 20, up.show)
        self.assertEqual(self.waits(up), wanted, up.show())

    @staticmethod
    def waits(up):
        found = [re.search(r"edge-1 was killed by signal 9; restarting in (\d+) ms", x) for x in up.logged]
        return [int(m.group(1)) for m in found if m]

    def test_streams_of_the_other_edge_live_on(self):
        up = self.up().wait_up()
        with belfry_stream(self.port + 2, "t") as stream:
            os.kill(up.children()["edge-1"], signal.SIGKILL)
            wait_until(lambda: any("edge-1 is ready again" in line for line in up.logged), 20, up.show)
            reply = request(self.port + 1, "POST", "/publish?topic=t", b"still", {"Content-Type": "text/plain"})
            self.assertEqual(reply.status, 200, reply)
            self.assertEqual(stream.next_event().data, "still")


class EndTest(UpTest):
    def ends_on(self, send):
        up = self.up().wait_up()
        children = up.children()
        self.assertEqual(len(children), 3)
        send(up)
        self.assertEqual(up.end(), 0, up.show())
        self.wait_gone(children.values())
        self.assertTrue(bindable(self.port))
        for line in up.logged:
            self.assertNotRegex(line, r"^up +\| .*(killed|status)", up.show())

    def test_ctrl_c(self):
        # To the foreground process group, as a terminal does.
        self.ends_on(lambda up: os.killpg(up.process.pid, signal.SIGINT))

    def test_signal_that_arrives_twice(self):
        def send(up):
            up.process.send_signal(signal.SIGINT)
            os.killpg(up.process.pid, signal.SIGINT)

        self.ends_on(send)

    def test_sigterm(self):
        self.ends_on(lambda up: up.process.terminate())

    def test_terminal_closed(self):
        self.ends_on(lambda up: up.process.send_signal(signal.SIGHUP))

    def test_child_that_does_not_end_is_killed(self):
        up = self.up("--edges=1").wait_up()
        children = up.children()
        os.kill(children["edge-1"], signal.SIGSTOP)
        up.process.terminate()
        self.assertEqual(up.end(), 0, up.show())
        self.assertTrue(any("edge-1 does not end" in x for x in up.logged), up.show())
        self.wait_gone(children.values())

    def test_supervisor_killed(self):
        up = self.up().wait_up()
        children = up.children()
        self.assertEqual(len(children), 3)
        up.process.kill()
        self.wait_gone(children.values())

    def test_logs_without_a_reader(self):
        """The pipe stays full, and the hub keeps working."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(writing, False)
        try:
            while True:
                os.write(writing, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(writing, True)
        process = subprocess.Popen(
            [belfry.binary("belfry"), "up", "--port", str(self.port), "--data", self.data],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=writing, text=True)
        os.close(writing)
        try:
            said = queue.Queue()
            threading.Thread(target=lambda: said.put(process.stdout.readline()), daemon=True).start()
            self.assertIn("belfry is up", said.get(timeout=20 * SLOWNESS))
            self.assertTrue(self.ok(self.port))
            process.terminate()
            self.assertEqual(process.wait(20 * SLOWNESS), 0)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


class RefusedTest(UpTest):
    def test_ports_in_use(self):
        for number, what in ((0, "the public port"), (2, "edge-2"), (100, "broker"), (101, "edge-1")):
            with self.subTest(what), taken_port(self.port + number):
                self.assert_refused(rf"{self.port + number}.*{what}.*in use")

    def test_data_directory_in_use(self):
        self.up("--edges=1").wait_up()
        self.assert_refused("data directory .* in use", port=self.block())

    def test_data_directory_in_use_by_a_broker(self):
        os.mkdir(self.data)
        log = os.path.join(self.directory, "log")
        broker = belfry.Process("broker", [
            belfry.binary("belfry-broker"), "--data", self.data, "--bind", f"ipc://{self.directory}/run"], log)
        broker.start()
        self.addCleanup(broker.kill)
        broker.wait_log("broker.ready")
        self.assert_refused("data directory .* in use by another broker")

    def test_refused_start_leaves_nothing(self):
        with taken_port(self.port):
            self.assert_refused("in use")
        self.assertFalse(os.path.exists(self.data))

    def test_data_directory_not_writable(self):
        if os.geteuid() == 0:
            self.assert_refused("data directory /proc/belfry", data="/proc/belfry")
        else:
            os.mkdir(self.data, 0o500)
            self.assert_refused("data directory .*ermission denied")

    def test_data_is_a_file(self):
        with open(self.data, "w"):
            pass
        self.assert_refused("data directory")

    def test_missing_right_for_a_port(self):
        if os.geteuid() == 0 or bindable(80):
            self.skipTest("this user may use low ports")
        self.assert_refused("port 80 .*ermission denied", port=80)

    def test_socket_path_too_long(self):
        self.assert_refused("too long .*shorter --data", data=os.path.join(self.directory, "x" * 90))

    def test_wrong_command_line(self):
        """Exit status 2, as for all commands, before anything is changed."""
        for pattern, *arguments in (
                ("--nothing", "--nothing"),
                ("more", "more"),
                ("-x", "-x"),
                ("65535", "--port=70000"),
                ("65535", "--port=65500"),
                ("edges", "--edges=0"),
                ("edges", "--edges=100"),
                ("--durability: \"fast\" is not one of full", "--durability=fast"),
                ("--log-level: \"loud\" is not one of debug", "--log-level=loud"),
                ("--host and --data", "--data="),
                ("--broker-option: .*NAME=VALUE", "--broker-option=,"),
                ("--edge-option: .*NAME=VALUE", "--edge-option==1"),
                ("--edge-option: too many", "--edge-option=" + ",".join(["a=1"] * 200))):
            with self.subTest(arguments):
                self.assert_refused(pattern, *arguments, status=2)
        self.assert_refused("BELFRY_DURABILITY", status=2, environment={"BELFRY_DURABILITY": "fast"})
        self.assertFalse(os.path.exists(self.data))

    def test_no_such_host(self):
        self.assert_refused("host", "--host=999.1.1.1")

    def test_public_host(self):
        """A hub is not opened to the world by mistake."""
        self.assert_refused("--host 0.0.0.0 .*--edge-option jwt-key-file.*allow-anonymous", "--host=0.0.0.0")
        self.assert_refused("no keys", "--host=0.0.0.0", "--edge-option=no-allow-anonymous,jwt-keys=1")
        up = self.up("--host=0.0.0.0", "--edge-option=allow-anonymous")
        up.wait_up()

    def test_child_that_cannot_start(self):
        """The error of the broker is shown, and the start fails instead of being repeated."""
        up = self.up("--broker-option=no-such-option=1")
        self.assertEqual(up.end(), 1, up.show())
        self.assertEqual(up.said, [])
        self.assertTrue(any("no-such-option" in x and x.startswith("broker") for x in up.logged), up.show())
        self.assertTrue(any("broker did not become ready" in x for x in up.logged), up.show())

    def test_help(self):
        done = subprocess.run([belfry.binary("belfry"), "up", "--help"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)
        for option in ("--port", "--edges", "--host", "--data", "--durability"):
            self.assertIn(option, done.stdout)


if __name__ == "__main__":
    belfry.main()
