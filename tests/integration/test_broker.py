#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""A broker without edges, as a real process that gets frames from the test: order, storage, restarts, and invalid input
from peers and operators."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import wire
import zmq
from belfry import Process, binary, main
from http1 import request
from ports import free_port
from waiting import SLOWNESS, Deadline, wait_until


class BrokerTest(unittest.TestCase):
    arguments = ()

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="belfry-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.data = os.path.join(self.directory, "data")
        self.base = f"ipc://{self.data}/run"
        self.broker = self.process("broker", *self.arguments)

    def process(self, name, *arguments, data=None, environment=None):
        process = Process(
            name,
            [binary("belfry-broker"), "--data", data or self.data, *arguments],
            os.path.join(self.directory, f"{name}.log"),
            environment=environment,
        )
        self.addCleanup(self._end, process)
        return process

    def _end(self, process):
        process.kill()
        outcome = getattr(self, "_outcome", None)
        if outcome is not None and not outcome.success:
            sys.stderr.write(f"\n{self.id()}: {process.name}\n{process.log()[-4000:]}\n")
        for sign in ("Sanitizer", "runtime error:", "Assertion"):
            self.assertNotIn(sign, process.log())

    def start(self, process=None):
        process = process or self.broker
        starts = process.log().count("broker.ready")
        process.start()
        wait_until(
            lambda: process.log().count("broker.ready") > starts or not process.running(), 20, "a ready broker"
        )
        self.assertTrue(process.running(), process.log())
        return process

    def edge(self, base=None, **keywords):
        edge = wire.WireEdge(base or self.base, **keywords)
        self.addCleanup(edge.close)
        return edge

    def raw(self, kind, which):
        """A raw socket, connected to one of the broker's sockets."""
        context = zmq.Context()
        self.addCleanup(context.destroy, 0)
        raw = context.socket(kind)
        self.addCleanup(raw.close, 0)
        raw.connect(wire.addresses(self.base)[which])
        return raw

    def stats(self, edge):
        reply = edge.admin("stats")
        self.assertEqual(wire.OK, reply.code)
        return json.loads(reply.text)

    def refuses(self, status, *arguments, data=None):
        """Starts a broker that must fail; returns its one line of output."""
        done = subprocess.run(
            [binary("belfry-broker"), "--data", data or self.data, *arguments],
            capture_output=True,
            text=True,
            timeout=20 * SLOWNESS,
        )
        self.assertEqual(status, done.returncode, done)
        self.assertEqual("", done.stdout)
        self.assertEqual(1, done.stderr.count("\n"), done.stderr)
        self.assertTrue(done.stderr.startswith("belfry-broker: "), done.stderr)
        return done.stderr


class TestLog(BrokerTest):
    def test_hello(self):
        self.start()
        edge = self.edge()
        edge.wait_beacon()
        welcome = edge.hello()
        self.assertEqual(wire.OK, welcome.code)
        self.assertRegex(welcome.epoch, "^[a-z0-9]{1,7}$")
        self.assertEqual((1, 0, 1), (welcome.term, welcome.head, welcome.oldest))
        wait_until(lambda: f"edge.joined edge=wire incarnation={edge.incarnation:016x}" in self.broker.log(), 10, "joined")

    def test_publish_comes_back_and_is_read_again(self):
        self.start()
        edge, other = self.edge().join(), self.edge().join()
        seqs = [edge.publish([f"t{i % 3}", "all"], b"data %d" % i, id=f"note/{i}", type="note") for i in range(50)]
        records = [edge.wait_record(seq) for seq in seqs]
        self.assertEqual(list(range(1, 51)), [r.offset for r in records])
        for i, record in enumerate(records):
            content = wire.unpack_body(record.body)
            self.assertEqual(wire.Body(0, edge.incarnation, i + 1, 0, [f"t{i % 3}", "all"], f"note/{i}", "note", b"data %d" % i), content)
        self.assertEqual(sorted(r.time for r in records), [r.time for r in records])

        # Another edge receives the same bytes, and a later beacon reports the progress of this one.
        other.wait_beacon(lambda b: b.head == 50 and b.edges.get(edge.incarnation) == (50, 50))
        self.assertEqual([other.seen[i] for i in range(1, 51)], records)

        self.assertEqual(records, other.read_all())
        self.assertEqual([r for r in records if (r.offset - 1) % 3 == 1], other.read_all(selectors=["t1"]))
        self.assertEqual(records[40:], other.read_all(after=40, selectors=["*"]))
        page = other.read(0, until=10)
        self.assertEqual((wire.OK, 10, 50, 1), (page.code, page.next, page.head, page.oldest))
        self.assertEqual(records[:10], page.records)
        self.assertEqual(1, len(other.read(0, max_bytes=1).records))
        self.assertEqual(47, other.latest(3).next)
        # t0 has 1, 4, … 49; 45 precedes the last two of them.
        self.assertEqual(45, other.latest(2, selectors=["t0"]).next)

    def test_read_of_missing_records(self):
        self.start()
        edge = self.edge().join()
        edge.wait_record(edge.publish(["t"], b"x"))
        self.assertEqual(wire.UNKNOWN, edge.read(2).code)
        self.assertEqual(wire.EPOCH, edge.read(0, epoch="foreign").code)
        self.assertEqual(wire.EPOCH, edge.latest(1, epoch="foreign").code)
        self.assertEqual([], edge.read(1).records)
        self.assertEqual([], edge.read(0, selectors=["other"]).records)
        self.assertNotEqual(wire.OK, edge.read(0, selectors=["control\x01"]).code)
        self.assertEqual(wire.NOT_FOUND, edge.admin("nonsense").code)

    def test_numbers_are_accepted_once_and_in_order(self):
        self.start()
        edge = self.edge().join()
        bodies = [wire.body(edge.incarnation, i, ["t"], b"%d" % i) for i in range(1, 8)]
        edge.send_publish(2, bodies[1:2])  # not the next number
        edge.send_publish(1, bodies[0:1])
        edge.send_publish(1, bodies[0:1])  # again
        edge.send_publish(1, bodies[0:3])  # overlaps
        edge.send_publish(5, bodies[4:5])  # leaves a hole
        edge.send_publish(4, bodies[3:7])
        edge.send_publish(4, bodies[3:7])
        edge.wait_beacon(lambda b: b.edges[edge.incarnation] == (7, 7) and b.head >= 7)
        self.assertEqual([b"%d" % i for i in range(1, 8)], [wire.unpack_body(r.body).data for r in edge.read_all()])

    def test_publisher_id_is_stored_once(self):
        self.start()
        one, two = self.edge().join(), self.edge().join()
        first = one.wait_record(one.publish(["t"], b"first", id="same"))
        for edge in (one, two):
            self.assertEqual((wire.DUPLICATE, first.offset), edge.wait_outcome(edge.publish(["t"], b"again", id="same")))
        self.assertEqual([first], two.read_all())

    def test_bad_publishes_are_refused_one_by_one(self):
        self.start()
        edge = self.edge().join()
        good = edge.publish(["t"], b"good")
        bad = [
            edge.publish([], b"no topic"),
            edge.publish(["a\nb"], b"control character"),
            edge.publish(["t"], b"\xff\xfe no UTF-8"),
            edge.publish(["t"] * 2, b"twice"),
            edge.publish(["t"], b"x" * (1 << 20)),
        ]
        last = edge.publish(["t"], b"last")
        self.assertEqual(1, edge.wait_record(good).offset)
        for seq in bad:
            self.assertNotEqual(wire.OK, edge.wait_outcome(seq)[0])
        self.assertEqual(2, edge.wait_record(last).offset)
        wait_until(lambda: self.broker.log().count("edge.bad_publish") == 1, 10, "one line")

    def test_foreign_epoch_is_not_stored(self):
        self.start()
        edge = self.edge().join()
        foreign = wire.body(edge.incarnation, 1, ["t"], b"foreign")
        for _ in range(3):
            edge.send_publish(1, [foreign], epoch="other1")
        edge.wait_record(edge.publish(["t"], b"ours"))
        self.assertEqual([b"ours"], [wire.unpack_body(r.body).data for r in edge.read_all()])
        wait_until(lambda: self.stats(edge)["foreign"] == 3, 10, "three foreign frames")
        self.assertEqual(1, self.broker.log().count("edge.foreign_epoch"))

    def test_two_edges_with_one_name(self):
        self.start()
        one, two = self.edge(name="same").join(), self.edge(name="same").join()

        def clash():
            one.ping()
            two.ping()
            return "edge.name_clash edge=same" in self.broker.log()

        wait_until(clash, 10, "the clash in the log")
        for edge in (one, two):
            edge.wait_record(edge.publish(["t"], b"both work"))

    def test_tcp(self):
        # Three consecutive ports; the lock of the first keeps other tests away (ports.py).
        for _ in range(50):
            port = free_port()
            try:
                for i in range(3):
                    with socket.socket() as trial:
                        trial.bind(("127.0.0.1", port + i))
                break
            except OSError:
                continue
        base = f"tcp://127.0.0.1:{port}"
        self.start(self.process("tcp", "--bind", base))
        edge = self.edge(base).join()
        self.assertEqual(1, edge.wait_record(edge.publish(["t"], b"over tcp")).offset)
        self.assertIn(f"{base}: address already in use", self.refuses(1, "--bind", base, data=self.data + "2"))


class TestRestart(BrokerTest):
    def test_kill_and_restart(self):
        self.start()
        edge = self.edge().join()
        stored = [edge.wait_record(edge.publish(["t"], b"%d" % i)) for i in range(20)]
        before = edge.beacon
        for round in range(3):
            # Some are pending when it is killed.
            late = [edge.publish(["t"], b"late %d %d" % (round, i)) for i in range(100)]
            self.broker.kill()
            self.start()
            stored += [edge.wait_record(seq) for seq in late]
        edge.wait_beacon(lambda b: b.term == before.term + 3)
        self.assertEqual(before.epoch, edge.beacon.epoch)
        # Nothing is lost or repeated, and order and offsets are as before.
        self.assertEqual(list(range(1, 321)), [r.offset for r in stored])
        self.assertEqual(stored, edge.read_all())
        contents = [wire.unpack_body(r.body) for r in stored]
        self.assertEqual(list(range(1, 321)), [c.seq for c in contents])

    def test_accepted_number_survives_a_restart(self):
        self.start()
        edge = self.edge().join()
        edge.wait_record(edge.publish(["t"], b"once"))
        self.broker.kill()
        self.start()
        again = wire.body(edge.incarnation, 1, ["t"], b"once")
        edge.wait_beacon(lambda b: b.term == 2)
        for _ in range(3):
            edge.send_publish(1, [again])
        edge.wait_record(edge.publish(["t"], b"next"))
        self.assertEqual([b"once", b"next"], [wire.unpack_body(r.body).data for r in edge.read_all()])

    def test_id_survives_a_restart(self):
        self.start()
        edge = self.edge().join()
        first = edge.wait_record(edge.publish(["t"], b"once", id="order/7"))
        self.broker.kill()
        self.start()
        self.assertEqual((wire.DUPLICATE, first.offset), edge.publish_surely(["t"], b"again", id="order/7"))

    def test_sigterm_stores_accepted_publishes(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.start()
            edge = self.edge().join()
            head = edge.beacon.head
            for i in range(200):
                edge.publish(["t"], b"%d" % i)
            edge.wait_broadcast(lambda m: isinstance(m, wire.Batch))
            self.broker.signal(number)
            self.assertEqual(0, self.broker.wait())
            while edge.sub.poll(100):
                edge.next_broadcast()
            seen = {o: r for o, r in edge.seen.items() if o > head}
            edge.close()
            self.start()
            records = {r.offset: r for r in self.edge().join().read_all(after=head)}
            self.assertEqual(seen, {o: r for o, r in records.items() if o in seen})
            self.broker.kill()
        self.assertIn("broker.stopped", self.broker.log())

    def test_memory_is_not_durable(self):
        broker = self.process("memory", "--durability", "memory")
        self.start(broker)
        edge = self.edge().join()
        edge.wait_record(edge.publish(["t"], b"x"))
        self.assertEqual(1, len(edge.read_all()))
        epoch = edge.epoch
        self.assertEqual(0, broker.stop())
        self.start(broker)
        welcome = self.edge().hello()
        self.assertNotEqual(epoch, welcome.epoch)
        self.assertEqual(0, welcome.head)


def array32(count, *elements):
    return b"\xdd" + count.to_bytes(4, "big") + b"".join(elements)


GARBAGE = {
    "nothing": b"",
    "zeros": b"\0" * 1000,
    "text": b"GET / HTTP/1.1\r\n\r\n",
    "a map": b"\x81\xa1a\x01",
    "an empty array": b"\x90",
    "only a version": b"\x91\x01",
    "an unknown type": wire.frame("?", 1, 2, 3),
    "a type that is text": wire.pack(1, "P", 1),
    "huge array": array32(0xFFFFFFFF),
    "huge array, begun": array32(0xFFFFFFFF, b"\x01", b"\x50"),
    "huge map": b"\x92\x01\xdf\xff\xff\xff\xff",
    "huge text": b"\x93\x01\x50\xdb\xff\xff\xff\xff",
    "huge bodies": wire.frame("P", "e", 1, 0, 1)[:-1] + array32(0xFFFFFFFF),
    "too many elements": wire.frame("P", "e", 1, 0, 1, [0] * 300000),
    "nested a million deep": b"\x91" * 1000000 + b"\x01",
    "negative numbers": wire.frame("P", "e", -1, -1, -1, []),
    "numbers that are text": wire.frame("f", "1", "e", "2", "3", "4", []),
    "an invalid epoch": wire.frame("P", "EPOCH-IS-LONG", 1, 0, 1, []),
    "a float": wire.frame("i", 1.5, []),
    "bytes after the frame": wire.frame("i", 1, []) + b"\x01",
}


class TestBadFrames(BrokerTest):
    def still_works(self, edge):
        edge.wait_record(edge.publish(["t"], b"still here"))

    def malformed(self, edge):
        return self.stats(edge)["malformed"]

    def send_all(self, raw, frames, edge):
        """Sends until the broker has counted all of them, since the first frames of a PUB may be lost."""
        start = self.malformed(edge)
        deadline = Deadline(20)
        while self.malformed(edge) - start < len(frames):
            for frame in frames:
                raw.send(frame)
            edge.wait_beacon()
            deadline.check("all counted")
        return self.malformed(edge) - start

    def test_garbage_on_publish(self):
        self.start()
        edge = self.edge().join()
        raw = self.raw(zmq.PUB, 0)
        self.send_all(raw, list(GARBAGE.values()), edge)
        self.still_works(edge)
        self.assertEqual(1, self.broker.log().count("frame.malformed socket=publish"))

    def test_each_garbage_on_publish_is_counted(self):
        self.start()
        edge = self.edge().join()
        # On a working connection nothing is lost.
        for name, frame in GARBAGE.items():
            before = self.malformed(edge)
            edge.pub.send(frame)
            wait_until(lambda: self.malformed(edge) == before + 1, 10, f"{name} counted")
        self.still_works(edge)

    def test_garbage_on_control(self):
        self.start()
        edge = self.edge().join()
        for name, frame in GARBAGE.items():
            raw = self.raw(zmq.DEALER, 2)
            raw.send(frame)
            raw.send(frame)
            for _ in range(2):
                self.assertTrue(raw.poll(20000 * SLOWNESS), f"no answer to {name}")
                reply = wire.decode(raw.recv())
                self.assertEqual(0, reply.request, name)
                self.assertNotEqual(wire.OK, reply.code, name)
                self.assertTrue(reply.text)
            raw.close()
        self.still_works(edge)
        self.assertEqual(len(GARBAGE), self.broker.log().count("frame.malformed socket=control"))

    def test_truncated_frames(self):
        self.start()
        edge = self.edge().join()
        whole = {
            0: wire.frame("P", edge.epoch, edge.incarnation, 0, 1, [wire.body(edge.incarnation, 1, ["t"], b"data")]),
            2: wire.frame("f", 1, edge.epoch, 0, 100, 1000, ["a", "b"]),
        }
        for which, socket in ((0, edge.pub), (2, edge.dealer)):
            before = self.malformed(edge)
            for size in range(len(whole[which])):
                socket.send(whole[which][:size])
            if which == 2:
                for _ in range(len(whole[2])):
                    self.assertEqual(wire.MALFORMED, edge.wait_answer(lambda a: a.request == 0).code)
            wait_until(lambda: self.malformed(edge) == before + len(whole[which]), 10, "all counted")
        self.assertEqual([], edge.read_all())
        self.still_works(edge)

    def test_future_version(self):
        self.start()
        edge = self.edge().join()
        edge.dealer.send(wire.pack(2, ord("h"), 77, ["new", "things"], None))
        reply = edge.wait_answer(lambda a: a.request == 0)
        self.assertEqual(wire.VERSION_UNKNOWN, reply.code)
        self.assertIn("version", reply.text)
        before = self.malformed(edge)
        edge.pub.send(wire.pack(2, ord("P"), "whatever"))
        wait_until(lambda: self.malformed(edge) == before + 1, 10, "counted")
        self.still_works(edge)

    def test_further_elements_are_ignored(self):
        self.start()
        edge = self.edge().join()
        body = wire.pack(0, edge.incarnation, 1, 0, ["t"], None, None, b"x", "new", 7)
        edge.pub.send(wire.frame("P", edge.epoch, edge.incarnation, 0, 1, [body], "new", ["things"]))
        self.assertEqual(body, edge.wait_broadcast(lambda m: isinstance(m, wire.Batch)).records[0].body)
        edge.dealer.send(wire.frame("h", 5, edge.incarnation, "n", "s", "a", "new", ["things", 1]))
        self.assertEqual(wire.OK, edge.wait_answer(lambda a: a.request == 5).code)

    def test_inconsistent_bodies(self):
        self.start()
        edge = self.edge().join()
        me = edge.incarnation
        bad = [
            b"",
            b"\xc1",
            wire.body(me, 1, ["t"], b"x")[:-1],
            wire.body(me, 1, ["t%d" % i for i in range(101)], b"x"),
            array32(0xFFFFFFFF),
            wire.body(me + 1, 6, ["t"], b"another edge's"),
            wire.body(me, 99, ["t"], b"another number"),
        ]
        edge.send_publish(1, bad)
        edge.wait_beacon(lambda b: b.edges[me] == (len(bad), len(bad)))
        self.assertEqual({i + 1 for i in range(len(bad))}, set(edge.outcomes))
        self.assertEqual([], edge.read_all())
        edge.seq = len(bad)
        self.still_works(edge)

    def test_messages_of_many_parts(self):
        self.start()
        edge = self.edge().join()
        raw = self.raw(zmq.DEALER, 2)
        raw.send_multipart([b"one", b"two", b"three"])
        self.assertTrue(raw.poll(20000 * SLOWNESS))
        self.assertEqual(wire.MALFORMED, wire.decode(raw.recv()).code)
        before = self.malformed(edge)
        edge.pub.send_multipart([wire.frame("P", edge.epoch, edge.incarnation, 0, 1, []), b"two"])
        wait_until(lambda: self.malformed(edge) == before + 1, 10, "counted")
        self.still_works(edge)

    def test_peer_with_too_large_frames_is_disconnected(self):
        self.start()
        edge = self.edge().join()
        raw = self.raw(zmq.DEALER, 2)
        raw.send(b"\x91" * ((16 << 20) + 1))
        raw.send(wire.frame("a", 1, "stats", []))
        # It reconnects and is then served.
        self.assertTrue(raw.poll(20000 * SLOWNESS))
        self.still_works(edge)


class TestOperator(BrokerTest):
    def belfry(self, *arguments):
        return subprocess.run(
            [binary("belfry"), *arguments], capture_output=True, text=True, timeout=20 * SLOWNESS, cwd=self.directory
        )

    def test_stats(self):
        self.start()
        edge = self.edge(name="edge-ä\x1b[31m").join()
        seqs = [edge.publish(["t"], b"x" * 100) for _ in range(10)]
        for seq in seqs:
            edge.wait_record(seq)
        edge.ping(3, 2, 1234, 10, 0, 8)
        wait_until(lambda: self.stats(edge)["edges"][0]["streams"] == 2, 10, "the ping's figures")
        done = self.belfry("stats", "--json", "--broker", self.base)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        stats = json.loads(done.stdout)
        self.assertEqual((10, 1, 10), (stats["head"], stats["oldest"], stats["records"]))
        self.assertEqual(edge.epoch, stats["epoch"])
        self.assertGreater(stats["record_bytes"], 1000)
        self.assertGreater(stats["file_bytes"], 0)
        self.assertGreater(stats["commit_us"]["p99"], 0)
        self.assertEqual(f"{edge.incarnation:016x}", stats["edges"][0]["incarnation"])
        self.assertEqual(2, stats["edges"][0]["lag"])

        done = self.belfry("stats", "--broker", self.base)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertNotIn("\x1b", done.stdout)
        self.assertIn(f"epoch {edge.epoch}, term 1, offsets 1 to 10\n", done.stdout)
        self.assertIn("stored   10 records, ", done.stdout)
        title, row = done.stdout.splitlines()[-2:]
        self.assertEqual("EDGE", title.split()[0])
        self.assertEqual(f"edge-ä?[31m {edge.incarnation:016x} nowhere:0 wire.py".split(), row.split()[:4])
        self.assertEqual(["3", "2", "1234", "2", "0", "0", "us"], row.split()[-7:])
        self.assertEqual(len(title), len(row))

    def test_no_broker(self):
        for base in (self.base, f"tcp://127.0.0.1:{free_port()}", "nonsense"):
            done = self.belfry("stats", "--broker", base)
            self.assertEqual(1, done.returncode)
            self.assertEqual("", done.stdout)
            self.assertTrue(done.stderr.startswith(f"belfry stats: {base}: "), done.stderr)
            self.assertEqual(1, done.stderr.count("\n"))

    def test_stopped_broker(self):
        self.start()
        self.broker.signal(signal.SIGSTOP)
        done = self.belfry("stats", "--broker", self.base)
        self.assertEqual((1, ""), (done.returncode, done.stdout))
        self.assertEqual(f"belfry stats: {self.base}: no broker answers\n", done.stderr)
        self.broker.signal(signal.SIGCONT)
        self.assertEqual(0, self.belfry("stats", "--broker", self.base).returncode)

    def test_command(self):
        self.assertIn("Usage: belfry COMMAND", self.belfry("--help").stdout)
        self.assertRegex(self.belfry("--version").stdout, r"^belfry \d+\.\d+\.\d+( \([0-9a-f]{7,}(-dirty)?\))?\n$")
        for arguments in ((), ("nonsense",), ("--nonsense",), ("stats", "--nonsense"), ("stats", "operand")):
            done = self.belfry(*arguments)
            self.assertEqual((2, ""), (done.returncode, done.stdout), arguments)
            self.assertEqual(1, done.stderr.count("\n"), done.stderr)

    def test_options(self):
        self.assertIn("unknown option --nonsense", self.refuses(2, "--nonsense"))
        self.assertIn("--batch-bytes: \"9MiB\" is more than 8MiB", self.refuses(2, "--batch-bytes", "9MiB"))
        self.assertIn("unexpected argument \"operand\"", self.refuses(2, "operand"))
        self.assertRegex(self.refuses(2, "--ops", "8080"), r"--ops: .*HOST:PORT")
        self.assertIn("nonsense: ", self.refuses(1, "--bind", "nonsense"))
        done = subprocess.run([binary("belfry-broker"), "--help"], capture_output=True, text=True)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertIn("--durability full|normal|memory", done.stdout)

    def test_data_directory_in_use(self):
        self.start()
        self.assertIn("in use", self.refuses(1))
        self.assertIn("in use", self.refuses(1, "--bind", f"ipc://{self.directory}/other"))

    def test_addresses_in_use(self):
        self.start()
        edge = self.edge().join()
        self.assertIn("address already in use", self.refuses(1, "--bind", self.base, data=self.data + "2"))
        # The first one keeps its sockets.
        edge.wait_record(edge.publish(["t"], b"x"))
        self.edge().join()

    def test_impossible_data_directory(self):
        path = os.path.join(self.directory, "file")
        open(path, "w").close()
        self.assertIn("Not a directory", self.refuses(1, data=os.path.join(path, "data")))
        self.assertIn("path too long", self.refuses(1, data=os.path.join(self.directory, "d" * 100)))

    def test_directories_are_private(self):
        data = os.path.join(self.directory, "a", "b")
        self.start(self.process("deep", data=data))
        for path in (os.path.dirname(data), data, os.path.join(data, "run")):
            self.assertEqual(0o700, os.stat(path).st_mode & 0o777, path)

    def test_newer_schema(self):
        self.start()
        self.assertEqual(0, self.broker.stop())
        with sqlite3.connect(os.path.join(self.data, "belfry.db")) as database:
            database.execute("PRAGMA user_version = 999")
        database.close()
        self.assertIn("newer", self.refuses(1))

    def test_damaged_database(self):
        self.start()
        self.assertEqual(0, self.broker.stop())
        path = os.path.join(self.data, "belfry.db")
        damage = b"Not a SQLite file... " * (os.path.getsize(path) // 21 + 1)
        with open(path, "wb") as file:
            file.write(damage)
        self.refuses(1)
        with open(path, "rb") as file:
            self.assertEqual(damage, file.read())

    def test_notify(self):
        path = os.path.join(self.directory, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(path)
            listener.settimeout(20 * SLOWNESS)
            broker = self.process("notified", environment={"NOTIFY_SOCKET": path})
            broker.start()
            self.assertEqual(b"READY=1", listener.recv(100))
            # The log is there when it reports readiness.
            self.assertEqual(wire.OK, self.edge().hello().code)
            self.assertEqual(0, broker.stop())
            self.assertEqual(b"STOPPING=1", listener.recv(100))

    def test_operations_port(self):
        port = free_port()
        broker = self.start(self.process("ops", "--ops", f"127.0.0.1:{port}"))
        self.assertEqual((200, b"ok\n"), self.get(port, "/healthz"))
        self.assertEqual((200, b"ready\n"), self.get(port, "/readyz"))
        self.assertEqual(404, self.get(port, "/nonsense")[0])
        other = [f"--bind=ipc://{self.directory}/other", f"--ops=127.0.0.1:{port}"]
        self.assertIn(f"127.0.0.1:{port}", self.refuses(1, *other, data=self.data + "2"))
        self.assertEqual(0, broker.stop())

    def get(self, port, path):
        reply = request(port, "GET", path)
        return reply.status, reply.body

    def test_supervisor_has_ended(self):
        broker = self.process("orphan", environment={"BELFRY_SUPERVISED": "999999999"})
        broker.start()
        self.assertEqual(1, broker.wait())
        self.assertIn("supervisor", broker.log())


if __name__ == "__main__":
    main()
