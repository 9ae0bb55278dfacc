#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Wrong options, files, ports and peers get a clear message; nothing crashes and nothing is lost."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import publish
from ports import free_port
from sse import Stream
from waiting import wait_until

BROKER = "belfry-broker"
EDGE = "belfry-edge"


def run(name, *arguments, seconds=10):
    """Returns (exit status, output)."""
    done = subprocess.run(
        [belfry.binary(name), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=seconds,
    )
    return done.returncode, done.stdout.decode(errors="replace")


class TestCommandLine(unittest.TestCase):
    def check(self, name, arguments, *words, status=2):
        got, said = run(name, *arguments)
        self.assertEqual(got, status, said)
        self.assertEqual(len(said.strip().splitlines()), 1, f"one line, please: {said}")
        for word in words:
            self.assertIn(word, said)

    def test_unknown_option(self):
        self.check(BROKER, ["--frobnicate"], "--frobnicate")
        self.check(EDGE, ["--frobnicate", "3"], "--frobnicate")

    def test_bad_values(self):
        self.check(BROKER, ["--durability", "sometimes"], "durability", "sometimes")
        self.check(BROKER, ["--retention-bytes", "many"], "retention-bytes", "many")
        self.check(BROKER, ["--retention-age=-1s"], "retention-age")
        # 7 seconds instead of 7 days would delete the log.
        self.check(BROKER, ["--retention-age", "7"], '--retention-age: "7" needs a unit: write 7d, 7h, 7m or 7s')
        self.check(BROKER, ["--topic-max-age=7"], '--topic-max-age: "7" needs a unit')
        self.check(BROKER, ["--record-bytes", "1"], "record-bytes")
        self.check(BROKER, ["--bind"], "bind")
        self.check(EDGE, ["--tail-bytes", "64XB"], "tail-bytes", "64XB")
        for listen in ("127.0.0.1:99999", "127.0.0.1:http-alt", "127.0.0.1", ":8080", "127.0.0.1:-1"):
            self.check(EDGE, ["--listen", listen], listen, status=1)
        self.check(EDGE, ["--heartbeat", "never"], "heartbeat", "never")

    def test_operand(self):
        self.check(BROKER, ["start"], "start")
        self.check(EDGE, ["start"], "start")

    def test_help_and_version(self):
        for name in (BROKER, EDGE):
            status, said = run(name, "--help")
            self.assertEqual(status, 0)
            self.assertIn("--log-level", said)
            status, said = run(name, "--version")
            self.assertEqual(status, 0)
            self.assertRegex(said, r"\d+\.\d+\.\d+")


class TestPorts(belfry.BelfryTest):
    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen(1)
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            system = self.system(edges=0)
            for name, arguments in (
                (EDGE, ["--broker", system.bus, "--listen", address]),
                (EDGE, ["--broker", system.bus, "--listen", f"127.0.0.1:{free_port()}", "--ops", address]),
                (BROKER, ["--data", system.data, "--bind", system.bus, "--ops", address]),
            ):
                status, said = run(name, *arguments)
                self.assertEqual(status, 1, said)
                self.assertIn(address, said)
                self.assertIn("in use", said)

    def test_bus_in_use(self):
        system = self.system(edges=1).start()
        status, said = run(BROKER, "--data", os.path.join(system.directory, "other"), "--bind", system.bus)
        self.assertEqual(status, 1, said)
        self.assertIn("in use", said)
        self.assertEqual(publish(system.ports[0], "t", "still works").status, 200)

    def test_data_in_use(self):
        system = self.system(edges=1).start()
        status, said = run(BROKER, "--data", system.data, "--bind", f"ipc://{system.directory}/other")
        self.assertEqual(status, 1, said)
        self.assertIn("in use", said)
        self.assertEqual(publish(system.ports[0], "t", "still works").status, 200)


class TestDatabase(belfry.BelfryTest):
    def setUp(self):
        self.belfry = self.system(edges=1).start()
        self.ids = [publish(self.belfry.ports[0], "t", f"m{i}").json()["id"] for i in range(5)]
        self.assertEqual(self.belfry.broker.stop(), 0)
        self.database = os.path.join(self.belfry.data, "belfry.db")

    def start_fails(self, *words):
        """The broker reports the error and changes nothing."""
        before = self.contents()
        broker = self.belfry.broker.start()
        self.assertEqual(broker.wait(), 1)
        said = broker.log().rsplit("---- start", 1)[1]
        for word in words:
            self.assertIn(word, said)
        self.assertEqual(self.contents(), before, "the database was changed")

    def contents(self):
        with open(self.database, "rb") as file:
            return file.read()

    def works_again(self):
        self.belfry.broker.start().wait_ready()
        self.belfry.wait_ready()
        with Stream(self.belfry.ports[0], "t", history=10) as stream:
            self.assertEqual([e.id for e in stream.next_events(5)], self.ids)
        self.assertEqual(publish(self.belfry.ports[0], "t", "after").status, 200)

    def execute(self, statement):
        connection = sqlite3.connect(self.database)
        connection.execute(statement)
        connection.commit()
        connection.close()

    def test_newer_schema(self):
        connection = sqlite3.connect(self.database)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.close()
        self.assertGreater(version, 0, "the schema has no version")
        self.execute("PRAGMA user_version = 9999")
        self.start_fails("9999", "newer")
        self.execute(f"PRAGMA user_version = {version}")
        self.works_again()

    def test_foreign_database(self):
        kept = self.database + ".kept"  # moved, since a copy would be another log
        os.rename(self.database, kept)
        self.execute("CREATE TABLE photos (name TEXT)")
        self.start_fails("belfry.db")
        os.rename(kept, self.database)
        self.works_again()

    def test_not_a_database(self):
        kept = self.contents()
        with open(self.database, "wb") as file:
            file.write(b"these are not the bytes you are looking for\n" * 1000)
        self.start_fails("belfry.db")
        with open(self.database, "wb") as file:
            file.write(kept)
        self.works_again()

    def test_damaged_end_of_the_log(self):
        """Bytes of a stored record are changed on the disk."""
        kept = self.contents()
        at = kept.rfind(b"m4")
        self.assertGreater(at, 0, "the last record's bytes are in the file")
        with open(self.database, "r+b") as file:
            file.seek(at)
            file.write(b"M$")
        self.start_fails("belfry.db")
        with open(self.database, "wb") as file:
            file.write(kept)
        self.works_again()

    def test_read_only_database(self):
        # A read-only mount also stops root; file modes do not.
        if os.geteuid() == 0:
            self.read_only_mount()
        else:
            os.chmod(self.database, 0o400)
        try:
            self.start_fails(self.belfry.data, "ead-only" if os.geteuid() == 0 else "not writable")
        finally:
            self.belfry.broker.prepare = None
            os.chmod(self.database, 0o600)
        self.works_again()

    def read_only_mount(self):
        data = self.belfry.data.encode()

        def prepare():
            libc = belfry.libc
            if libc.unshare(0x00020000) != 0:  # CLONE_NEWNS
                os._exit(99)
            libc.mount(b"none", b"/", None, 0x4000 | 0x40000, None)  # MS_REC | MS_PRIVATE
            libc.mount(data, data, None, 0x1000, None)  # MS_BIND
            if libc.mount(b"none", data, None, 0x1000 | 0x20 | 0x1, None) != 0:  # MS_REMOUNT | MS_RDONLY
                os._exit(98)

        self.belfry.broker.prepare = prepare

    def test_data_is_a_file(self):
        path = os.path.join(self.belfry.directory, "file")
        with open(path, "w") as file:
            file.write("x")
        status, said = run(BROKER, "--data", path, "--bind", self.belfry.bus)
        self.assertEqual(status, 1, said)
        self.assertIn(path, said)
        self.assertIn("directory", said)


class TestPeers(belfry.BelfryTest):
    def test_two_edges_with_one_name(self):
        system = self.system(edges=1).start()
        twin = system.add_edge("edge-1").start().wait_ready()
        system.broker.wait_log("name_clash")
        # Both work: names are for people, edges are identified by their incarnations.
        stream = self.closing(Stream(twin.port, "t"))
        for port in (system.ports[0], twin.port) * 5:
            self.assertEqual(publish(port, "t", str(port)).status, 200)
        self.assertEqual(len(stream.next_events(10)), 10)

    def test_edge_of_another_cluster(self):
        """The broker is replaced by one with another log."""
        here, there = self.system(edges=1).start(), self.system(edges=1).start()
        kept = [publish(there.ports[0], "t", f"there {i}").json()["id"] for i in range(3)][0]
        edge = here.edges[0]
        stream = self.closing(Stream(edge.port, "t"))
        id = publish(edge.port, "t", "here").json()["id"]
        self.assertEqual(stream.next_event().data, "here")
        # The other broker takes over the addresses.
        here.broker.kill()
        there.broker.kill()
        shutil.rmtree(here.data)
        shutil.copytree(there.data, here.data)
        here.broker.start()
        self.assertEqual(stream.next_event().type, "belfry.gap")
        wait_until(edge.ready, 20, "the edge follows the new log")
        reply = publish(edge.port, "t", "new")
        self.assertEqual(reply.status, 200, reply)
        # A log in another directory may be a copy, so it gets a new epoch.
        self.assertNotIn(reply.json()["id"].split("-")[0], (kept.split("-")[0], id.split("-")[0]))
        with Stream(edge.port, "t", history=10) as late:
            self.assertEqual([e.data for e in late.next_events(4)], ["there 0", "there 1", "there 2", "new"])

    def test_restored_backup(self):
        """A restored backup would assign offsets twice, so the epoch must change, or the edge must notice."""
        system = self.system(edges=1).start()
        port = system.ports[0]
        publish(port, "t", "m0")
        self.assertEqual(system.broker.stop(), 0)
        backup = os.path.join(system.directory, "backup")
        shutil.copytree(system.data, backup)
        system.broker.start()
        system.wait_ready()
        seen = [publish(port, "t", f"lost {i}").json()["id"] for i in range(3)]
        stream = self.closing(Stream(port, "t", headers={"Last-Event-ID": seen[1]}))
        self.assertEqual(stream.next_event().id, seen[2])
        system.broker.kill()
        shutil.rmtree(system.data)
        shutil.copytree(backup, system.data)
        system.broker.start()
        self.assertEqual(stream.next_event(20).type, "belfry.gap")
        wait_until(lambda: publish(port, "t", "new").status == 200, 20, "publishes work")
        stream.read_until(lambda s: s.parser.events[-1].data == "new", 20, "the new record")


if __name__ == "__main__":
    belfry.main()
