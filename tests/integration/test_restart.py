#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Edges and their clients when the broker ends, restarts, gets another log, or has no disk space."""

import itertools
import json
import os
import resource
import signal
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from cli import belfry_command
from http1 import Connection, publish, request, request_bytes
from sse import Stream
from waiting import Deadline, wait_until

TEXT = {"Content-Type": "text/plain"}


class RestartTest(belfry.BelfryTest):
    numbers = itertools.count(1)

    def stream(self, port, *topics, **keywords):
        return self.closing(Stream(port, *topics, **keywords))

    def published(self, port, topic, data, **fields):
        """Publishes, and repeats it while the edge reconnects or misses its deadline, as clients do: the id prevents a
        second record. Returns the event id."""
        fields.setdefault("id", f"id {next(self.numbers)}")

        def attempt():
            reply = publish(port, topic, data, **fields)
            self.assertIn(reply.status, (200, 503), reply)
            return reply if reply.status == 200 else None

        return wait_until(attempt, 15, f"publish {data!r}").json()["id"]

    def publish_many(self, port, count, body):
        """Publishes with pipelining; returns the replies."""
        replies = []
        with Connection(port, timeout=30) as connection:
            for first in range(0, count, 50):
                batch = range(first, min(first + 50, count))
                connection.send(b"".join(request_bytes("POST", "/publish?topic=t", body, TEXT) for _ in batch))
                replies += [connection.reply() for _ in batch]
        return replies

    def unready(self, edge):
        wait_until(edge.unready, 10, f"{edge.name} says that it is not ready")


class TestBroker(RestartTest):
    def setUp(self):
        arguments = ("--publish-deadline", "500ms")
        self.belfry = self.system(edges=2, edge_arguments=arguments)

    def test_streams_stay_open(self):
        self.belfry.start()
        one, two = self.belfry.ports
        streams = [self.stream(one, "t"), self.stream(two, "t")]
        ids = [self.published(one, "t", "before")]
        for round in range(3):
            self.belfry.broker.kill()
            self.belfry.broker.start()
            self.belfry.wait_ready()
            ids.append(self.published(two, "t", f"after {round}", id=f"round {round}"))
        for stream in streams:
            events = stream.next_events(4)
            self.assertEqual([e.id for e in events], ids)
            self.assertEqual([e.data for e in events], ["before", "after 0", "after 1", "after 2"])
            self.assertFalse(stream.ended)

    def test_publish_during_the_outage(self):
        self.belfry.start()
        one, two = self.belfry.ports
        stream = self.stream(two, "t")
        first = self.published(one, "t", "before")
        self.belfry.broker.kill()
        reply = publish(one, "t", "during", id="payment 9")
        self.assertEqual(reply.status, 503, reply)
        self.assertRegex(reply.header("Retry-After"), r"^[1-9][0-9]*$")
        self.assertEqual(reply.header("Content-Type"), "application/problem+json")
        self.belfry.broker.start()
        self.belfry.wait_ready()
        # The edge may have published it meanwhile; the same id prevents a second record.
        id = self.published(two, "t", "during", id="payment 9")
        again = self.published(one, "t", "during", id="payment 9")
        self.assertEqual(again, id)
        last = self.published(two, "t", "after")
        events = stream.next_events(3)
        self.assertEqual([(e.id, e.data) for e in events], [(first, "before"), (id, "during"), (last, "after")])

    def test_readiness_follows_the_broker(self):
        self.belfry.start()
        edge = self.belfry.edges[0]
        self.assertEqual(edge.readiness().status, 200)
        self.belfry.broker.kill()
        self.unready(edge)
        self.assertTrue(edge.readiness().body, "no word about why")
        self.assertEqual(request(edge.ops_port, "GET", "/healthz").status, 200)
        self.belfry.broker.start()
        edge.wait_ready()

    def test_a_stopped_broker_is_noticed(self):
        self.belfry.start()
        edge = self.belfry.edges[0]
        self.belfry.broker.signal(signal.SIGSTOP)
        self.unready(edge)
        self.belfry.broker.signal(signal.SIGCONT)
        edge.wait_ready()
        self.published(edge.port, "t", "works")

    def test_edge_starts_before_the_broker(self):
        edge = self.belfry.edges[0].start()
        wait_until(edge.readiness, 10, "the operations port answers")
        self.assertEqual(edge.readiness().status, 503)
        reply = publish(edge.port, "t", "too early")
        self.assertEqual(reply.status, 503, reply)
        early = self.stream(edge.port, "t")
        # EventSource would not reconnect after another status.
        self.assertEqual(early.status, 200)
        self.belfry.broker.start()
        edge.wait_ready()
        stream = self.stream(edge.port, "t")
        self.published(edge.port, "t", "now")
        self.assertEqual(stream.next_event().data, "now")

    def test_log_survives_both(self):
        self.belfry.start()
        ids = [self.published(self.belfry.ports[i % 2], "t", f"m{i}") for i in range(20)]
        for process in self.belfry.processes:
            process.kill()
        self.belfry.start()
        stream = self.stream(self.belfry.ports[0], "t", headers={"Last-Event-ID": ids[4]})
        self.assertEqual([e.id for e in stream.next_events(15)], ids[5:])
        # Offsets continue.
        self.assertEqual(
            self.published(self.belfry.ports[1], "t", "next"),
            f"{ids[-1].split('-')[0]}-{int(ids[-1].split('-')[1]) + 1}",
        )

    def test_ids_survive_both(self):
        self.belfry.start()
        first = self.published(self.belfry.ports[0], "t", "x", id="only once")
        for process in self.belfry.processes:
            process.kill()
        self.belfry.start()
        self.assertEqual(self.published(self.belfry.ports[1], "t", "x", id="only once"), first)


class TestMemory(RestartTest):
    def test_new_log_is_reported(self):
        system = self.system(edges=1, broker_arguments=("--durability", "memory")).start()
        port = system.ports[0]
        stream = self.stream(port, "t")
        old = self.published(port, "t", "old")
        self.assertEqual(stream.next_event().id, old)
        system.broker.kill()
        system.broker.start()
        system.wait_ready()
        self.published(port, "t", "new", id="once")
        gap = stream.next_event()
        self.assertEqual((gap.type, json.loads(gap.data)["reason"]), ("belfry.gap", "epoch"))
        self.assertEqual(stream.next_event().data, "new")
        system.wait_ready()
        late = self.stream(port, "t", headers={"Last-Event-ID": old})
        gap = late.next_event()
        self.assertEqual((gap.type, json.loads(gap.data)["reason"]), ("belfry.gap", "epoch"))
        self.assertNotEqual(self.published(port, "t", "x").split("-")[0], old.split("-")[0])


class TestRetention(RestartTest):
    def test_retention_gives_late_clients_a_gap(self):
        arguments = ("--retention-bytes", "100KiB", "--segment-records", "64")
        system = self.system(edges=1, broker_arguments=arguments).start()
        edge = system.edges[0]
        first = self.published(edge.port, "t", "the very first")
        for reply in self.publish_many(edge.port, 1000, "x" * 1000):
            self.assertEqual(reply.status, 200, reply)

        def stored():
            return belfry_command("stats", "--json", broker=system.bus).json()["record_bytes"]

        wait_until(lambda: stored() <= 100 << 10, 30, "retention has removed what is too much")
        # A new edge knows only records that the broker still has.
        edge.kill()
        edge.start().wait_ready()
        stream = self.stream(edge.port, "t", headers={"Last-Event-ID": first})
        event = stream.next_event()
        self.assertEqual(event.type, "belfry.gap")
        gap = json.loads(event.data)
        self.assertEqual(gap["reason"], "expired")
        oldest = int(gap["oldest"].split("-")[1])
        self.assertGreater(oldest, 2)
        last = self.published(edge.port, "t", "last")
        head = int(last.split("-")[1])
        stream.read_until(lambda s: s.parser.events[-1].data == "last", 20, "all that is left")
        offsets = [int(e.id.split("-")[1]) for e in stream.parser.events[1:]]
        self.assertEqual(offsets, list(range(oldest, head + 1)), "what is left comes without holes")

    def test_topic_limit_on_reading(self):
        system = self.system(edges=1, broker_arguments=("--topic-max-records", "5")).start()
        port = system.ports[0]
        for i in range(20):
            self.published(port, "t", f"m{i}")
        stream = self.stream(port, "t", history=100)
        self.assertEqual([e.data for e in stream.next_events(5)], [f"m{i}" for i in range(15, 20)])


class TestDiskFull(RestartTest):
    def refused(self, port, size):
        """Publishes until one is refused for lack of space; returns (its id, acknowledged ids)."""
        acked = []
        deadline = Deadline(40)
        while True:
            deadline.check("the disk is full")
            id = f"record {len(acked)}"
            reply = self.answered(port, id.ljust(size, "."), id)
            if reply.status != 200:
                self.assertIn(reply.status, (507, 503), reply)
                self.assertEqual(reply.header("Content-Type"), "application/problem+json")
                return id, acked
            acked.append(reply.json()["id"])

    def answered(self, port, data, id):
        """Returns the reply to a publish. After 503, which may also mean that the machine is busy, it is repeated; only
        with a full disk the answer stays the same."""
        for _ in range(4):
            reply = publish(port, "t", data, id=id)
            if reply.status != 503:
                break
        return reply

    def check_recovery(self, system, make_room):
        port = system.ports[0]
        stream = self.stream(port, "t")
        id, acked = self.refused(port, 20000)
        self.assertGreater(len(acked), 3, "refused from the start")
        self.assertIn(self.answered(port, "x" * 20000, "other").status, (507, 503))
        self.assertTrue(system.broker.running())
        make_room()
        recovered = wait_until(
            lambda: (lambda r: r.status == 200 and r)(publish(port, "t", id.ljust(20000, "."), id=id)),
            20,
            "publishes work again, without a restart",
        )
        self.assertEqual(system.broker.starts, 1)
        stream.read_until(
            lambda s: any(e.id == recovered.json()["id"] for e in s.parser.events), 20, "the record after recovery"
        )
        offsets = [int(e.id.split("-")[1]) for e in stream.parser.events]
        self.assertEqual(offsets, list(range(offsets[0], offsets[0] + len(offsets))))
        seen = [e.data.rstrip(".") for e in stream.parser.events if e.data.startswith("record")]
        self.assertEqual(seen, [f"record {i}" for i in range(len(acked) + 1)], "lost or doubled")
        # All of it is on the disk.
        expected = [e.id for e in stream.parser.events]
        for process in system.processes:
            process.kill()
        system.start()
        late = self.stream(port, "t", headers={"Last-Event-ID": expected[0]})
        self.assertEqual([e.id for e in late.next_events(len(expected) - 1)], expected[1:])

    def test_file_size_limit(self):
        def ignore_signal():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

        arguments = ("--publish-deadline", "2s")
        system = self.system(edges=1, edge_arguments=arguments, broker_prepare=ignore_signal).start()
        pid = system.broker.pid
        self.published(system.ports[0], "t", "before")
        unlimited = resource.RLIM_INFINITY
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (600000, unlimited))
        self.check_recovery(system, lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited, unlimited)))

    @unittest.skipUnless(os.geteuid() == 0, "mounting a small file system needs root")
    def test_small_file_system(self):
        directory = []

        def mount_tmpfs():
            """Uses a mount namespace of the broker, so nothing remains after the test."""
            if belfry.libc.unshare(0x00020000) != 0:
                os._exit(99)
            belfry.libc.mount(b"none", b"/", None, 0x4000 | 0x40000, None)
            belfry.libc.mount(b"tmpfs", directory[0].encode(), b"tmpfs", 0, b"size=4m,mode=700")
            with open(os.path.join(directory[0], "ballast"), "wb") as ballast:
                ballast.write(b"x" * 2500000)

        system = self.system(edges=1, edge_arguments=("--publish-deadline", "2s"), broker_prepare=mount_tmpfs)
        directory.append(system.data)
        system.start()
        inside = f"/proc/{system.broker.pid}/root{system.data}"
        stream = self.stream(system.ports[0], "t")
        id, acked = self.refused(system.ports[0], 20000)
        self.assertGreater(len(acked), 3)
        os.unlink(os.path.join(inside, "ballast"))
        wait_until(
            lambda: publish(system.ports[0], "t", id.ljust(20000, "."), id=id).status == 200,
            20,
            "publishes work again, without a restart",
        )
        stream.next_events(len(acked) + 1, 20)
        seen = [e.data.rstrip(".") for e in stream.parser.events]
        self.assertEqual(seen[: len(acked) + 1], [f"record {i}" for i in range(len(acked) + 1)])


if __name__ == "__main__":
    belfry.main()
