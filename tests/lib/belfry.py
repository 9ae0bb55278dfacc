# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Runs real processes for a test: a broker and edges with their own directory and ports.

    class TestX(BelfryTest):
        def test_x(self):
            system = self.system(edges=2).start()
            publish(system.edges[0].port, "t", "hello")

The binaries come from BELFRY_BIN, or from the newest build/*/bin. If a test fails, the ends of the processes' logs are
printed. All processes end with the test, even if it is killed."""

import ctypes
import faulthandler
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from http1 import Closed, request
from ports import free_port
from waiting import SLOWNESS, USUAL_SLOWNESS, Deadline, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SUPPRESSIONS = os.path.join(ROOT, "tests", "lib", "tsan.supp")
LOG_LINES_SHOWN = 40


def binary(name):
    directory = os.environ.get("BELFRY_BIN")
    if directory:
        found = [os.path.join(directory, name)]
    else:
        found = sorted(glob.glob(os.path.join(ROOT, "build", "*", "bin", name)), key=os.path.getmtime)
    if not found or not os.access(found[-1], os.X_OK):
        raise RuntimeError(f"{name} is not built: set BELFRY_BIN to the directory that has it")
    return found[-1]


def unread_bytes(port):
    """Returns the number of bytes that a server on this port has not read yet, over all its connections."""
    local = f":{port:04X}"
    with open("/proc/net/tcp") as file:
        rows = [line.split() for line in file][1:]
    return sum(int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(local) and row[3] == "01")


def sanitized():
    """Returns true for a build with a sanitizer, where memory use cannot be measured."""
    with open(binary("belfry-edge"), "rb") as file:
        code = file.read()
    return b"__asan_init" in code or b"__tsan_init" in code


libc = ctypes.CDLL(None, use_errno=True)


class Process:
    """A child process that logs to a file. `prepare` is called in the child before the program starts, and only allowed
    in tests without threads."""

    def __init__(self, name, argv, log_path, prepare=None, cpu=None, environment=None):
        self.name = name
        self.argv = argv
        self.log_path = log_path
        self.prepare = prepare
        self.cpu = cpu
        self.environment = environment or {}
        self.child = None
        self.starts = 0

    def _command(self):
        """Returns the command. The process ends with the thread that starts it, so use the main thread."""
        # setpriv and taskset instead of preexec_fn: Python code between fork and exec may hang if there are threads.
        command = ["setpriv", "--pdeathsig", "KILL", "--", *self.argv]
        return command if self.cpu is None else ["taskset", "-c", str(self.cpu), *command]

    def start(self):
        assert self.child is None or self.child.poll() is not None, f"{self.name} still runs"
        with open(self.log_path, "ab") as log:
            log.write(f"---- start {self.starts + 1}: {' '.join(self.argv)}\n".encode())
            log.flush()
            # Environment variables of the machine must not influence the tests.
            kept = {k: v for k, v in os.environ.items() if not k.startswith("BELFRY_")}
            kept.setdefault("TSAN_OPTIONS", f"suppressions={SUPPRESSIONS}")
            self.child = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=self.prepare,
                env={**kept, **self.environment},
            )
        self.starts += 1
        return self

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child is not None and self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        """Sends SIGKILL and waits for the end."""
        if self.running():
            self.child.kill()
        if self.child:
            self.child.wait(10 * SLOWNESS)

    def wait(self, seconds=10):
        """Waits until the process ends by itself; returns the exit status."""
        wait_until(lambda: self.child.poll() is not None, seconds, f"the end of {self.name}")
        return self.child.returncode

    def stop(self, seconds=10):
        """Sends SIGTERM; returns the exit status."""
        if not self.running():
            return self.child.returncode if self.child else None
        self.child.terminate()
        return self.wait(seconds)

    def log(self):
        try:
            with open(self.log_path, "r", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def wait_log(self, text, seconds=10):
        wait_until(lambda: text in self.log(), seconds, f"{text!r} in the log of {self.name}")

    def pss(self):
        """Returns the proportional set size in bytes."""
        with open(f"/proc/{self.pid}/smaps_rollup") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
        raise RuntimeError("no Pss line")


class Broker(Process):
    def __init__(self, system, arguments, prepare=None):
        self.ops_port = free_port()
        argv = [binary("belfry-broker"), "--data", system.data, "--bind", system.bus]
        argv += ["--ops", f"127.0.0.1:{self.ops_port}", *arguments]
        super().__init__("broker", argv, os.path.join(system.directory, "broker.log"), prepare, system.cpu)

    def ready(self):
        return _says_ok(self, self.ops_port, "/readyz")

    def wait_ready(self, seconds=15):
        return _wait_ready(self, seconds)


class Edge(Process):
    def __init__(self, system, name, arguments, port=None, prepare=None):
        self.port = port or free_port()
        self.ops_port = free_port()
        argv = [binary("belfry-edge"), "--broker", system.bus, "--name", name]
        argv += ["--listen", f"127.0.0.1:{self.port}", "--ops", f"127.0.0.1:{self.ops_port}"]
        if SLOWNESS > USUAL_SLOWNESS:  # instrumented programs may need more than the usual 5 s on a busy machine
            argv.append(f"--publish-deadline={5 * SLOWNESS / USUAL_SLOWNESS:g}s")
        argv += arguments
        super().__init__(name, argv, os.path.join(system.directory, f"{name}.log"), prepare, system.cpu)

    def ready(self):
        return _says_ok(self, self.ops_port, "/readyz")

    def readiness(self):
        """Returns the reply of /readyz, or None if the port is closed."""
        try:
            return request(self.ops_port, "GET", "/readyz")
        except (OSError, Closed):
            return None

    def unready(self):
        """Returns true if the process answers that it is not ready."""
        reply = self.readiness()
        return reply is not None and reply.status == 503

    def wait_ready(self, seconds=15):
        return _wait_ready(self, seconds)


def _says_ok(process, port, path):
    if not process.running():
        raise AssertionError(f"{process.name} ended with {process.child.returncode}:\n{_tail(process)}")
    try:
        return request(port, "GET", path, timeout=2).status == 200
    except (OSError, Closed):
        return False


def _wait_ready(process, seconds):
    wait_until(process.ready, seconds, lambda: f"{process.name} ready; its log:\n{_tail(process)}")
    return process


def _tail(process, lines=LOG_LINES_SHOWN):
    return "\n".join(process.log().splitlines()[-lines:])


class System:
    """A broker and edges, which start() starts."""

    def __init__(self, edges=2, broker_arguments=(), edge_arguments=(), cpu=None, broker_prepare=None):
        binary("belfry-broker")  # fails before anything is created
        self.directory = tempfile.mkdtemp(prefix="belfry-", dir="/tmp")  # short, since ipc paths have at most 107 bytes
        self.data = os.path.join(self.directory, "data")
        self.run = os.path.join(self.directory, "run")
        self.bus = f"ipc://{self.run}"
        for directory in (self.data, self.run):
            os.mkdir(directory, 0o700)
        self.cpu = cpu
        self.edge_arguments = list(edge_arguments)
        self.broker = Broker(self, list(broker_arguments), broker_prepare)
        self.edges = [Edge(self, f"edge-{i + 1}", self.edge_arguments) for i in range(edges)]
        self.others = []

    @property
    def processes(self):
        return [self.broker, *self.edges, *self.others]

    @property
    def ports(self):
        return [edge.port for edge in self.edges]

    def start(self):
        """Starts broker and edges and waits until they are ready."""
        self.broker.start()
        for edge in self.edges:
            edge.start()
        return self.wait_ready()

    def wait_ready(self, seconds=20):
        deadline = Deadline(seconds)
        for process in [self.broker, *self.edges]:
            process.wait_ready(max(deadline.left(), 0.1))
        return self

    def add_edge(self, name, arguments=(), **keywords):
        edge = Edge(self, name, [*self.edge_arguments, *arguments], **keywords)
        self.others.append(edge)
        return edge

    def add_process(self, name, argv, **keywords):
        process = Process(name, argv, os.path.join(self.directory, f"{name}.log"), **keywords)
        self.others.append(process)
        return process

    def logs(self):
        return "\n".join(f"==== {p.name}\n{_tail(p)}" for p in self.processes)

    def stop(self):
        for process in self.processes:
            if process.running():
                process.signal(signal.SIGCONT)
                process.kill()

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class BelfryTest(unittest.TestCase):
    maxDiff = 2000

    def system(self, *arguments, **keywords):
        system = System(*arguments, **keywords)
        self.addCleanup(self._clean, system)
        return system

    def _clean(self, system):
        system.stop()
        reports = self.crashes(system)
        if reports or not self._succeeded():
            sys.stderr.write(f"\n{self.id()} failed; logs:\n{system.logs()}\n")
        if os.environ.get("BELFRY_TEST_KEEP"):
            sys.stderr.write(f"kept: {system.directory}\n")
        else:
            system.remove()
        self.assertEqual(reports, [], "a sanitizer reported an error")

    def _succeeded(self):
        outcome = getattr(self, "_outcome", None)
        return outcome is None or outcome.success

    def closing(self, thing):
        """Closes `thing` when the test ends."""
        self.addCleanup(thing.close)
        return thing

    def crashes(self, system):
        """Returns the names of processes with a sanitizer report."""
        bad = []
        for process in system.processes:
            if "Sanitizer" in process.log() or "runtime error:" in process.log():
                bad.append(process.name)
        return bad


def main():
    """Runs the tests of a file. A test that hangs prints a traceback and ends, with its processes, shortly before ctest's
    limit."""
    faulthandler.dump_traceback_later(1750, exit=True)
    unittest.main(verbosity=2)


__all__ = ["BelfryTest", "Broker", "Edge", "Process", "System", "binary", "libc", "main", "sanitized", "unread_bytes"]
