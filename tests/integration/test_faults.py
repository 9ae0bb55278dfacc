#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""A real broker and two edges are killed repeatedly under load; every subscriber gets every acknowledged message exactly
once and in the same order."""

import collections
import itertools
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import Connection, publish, request_bytes
from publishers import Publisher
from sse import Stream, Subscriber, Subscribers
from waiting import finish, wait_until

SUBSCRIBERS = 50
PUBLISHERS = 4
ROUNDS = 5
ACKS_BETWEEN_FAULTS = 100
TOPICS = [f"topic-{i}" for i in range(PUBLISHERS)]


def messages_of(number):
    for i in itertools.count(1):
        yield f"p{number}-m{i}", TOPICS[number], f"p{number}-m{i} " + "x" * (i % 300)


class TestLostReplies(belfry.BelfryTest):
    """The record is stored, or pending, but the publisher gets no reply."""

    ROUNDS = 10

    def setUp(self):
        self.belfry = self.system(edges=2).start()

    def in_flight(self, edge, id):
        """The broker is stopped and the edge has accepted the publish."""
        self.belfry.broker.signal(signal.SIGSTOP)
        connection = Connection(edge.port)
        connection.send(request_bytes("POST", f"/publish?topic=t&id={id}", id, {"Content-Type": "text/plain"}))
        wait_until(lambda: belfry.unread_bytes(edge.port) == 0, 10, "the edge reads the publish")
        return connection

    def check_each_once(self):
        with Stream(self.belfry.ports[1], "t", history=100) as stream:
            data = [event.data for event in stream.next_events(self.ROUNDS)]
            self.assertEqual(data, [f"round_{i}" for i in range(self.ROUNDS)])
            # Nothing else arrives before the next one.
            self.assertEqual(publish(self.belfry.ports[1], "t", "end").status, 200)
            self.assertEqual(stream.next_event().data, "end")

    def repeat(self, id):
        reply = wait_until(
            lambda: (lambda r: r.status == 200 and r)(publish(self.belfry.ports[1], "t", id, id=id)), 20, f"publish {id}"
        )
        return reply.json()["id"]

    def test_edge_is_killed_with_a_pending_publish(self):
        doomed = self.belfry.edges[0]
        for i in range(self.ROUNDS):
            connection = self.in_flight(doomed, f"round_{i}")
            doomed.kill()
            connection.close()
            self.belfry.broker.signal(signal.SIGCONT)
            self.repeat(f"round_{i}")
            doomed.start().wait_ready()
        self.check_each_once()

    def test_the_publisher_leaves_and_comes_back(self):
        for i in range(self.ROUNDS):
            connection = self.in_flight(self.belfry.edges[0], f"round_{i}")
            connection.close()
            self.belfry.broker.signal(signal.SIGCONT)
            first = self.repeat(f"round_{i}")
            self.assertEqual(self.repeat(f"round_{i}"), first)
        self.check_each_once()

    def test_broker_is_killed_with_a_pending_publish(self):
        """The edge sends it to the next broker; the publisher does not notice."""
        for i in range(self.ROUNDS):
            connection = self.in_flight(self.belfry.edges[0], f"round_{i}")
            self.belfry.broker.kill()
            self.belfry.broker.start()
            reply = connection.reply()
            connection.close()
            self.assertEqual(reply.status, 200, reply)
            self.assertEqual(self.repeat(f"round_{i}"), reply.json()["id"])
        self.check_each_once()


class TestHoles(belfry.BelfryTest):
    RECORDS = 1000

    def test_lost_broadcasts(self):
        """An edge is stopped; its broadcasts are queued in the broker and lost with it."""
        system = self.system(edges=2).start()
        still, other = system.edges
        stream = self.closing(Stream(still.port, "t"))
        self.assertEqual(publish(other.port, "t", "first").status, 200)
        self.assertEqual(stream.next_event().data, "first")
        still.signal(signal.SIGSTOP)
        ids = []
        with Connection(other.port) as connection:
            for i in range(self.RECORDS):
                body = f"m{i} ".ljust(1000, ".")
                connection.send(request_bytes("POST", "/publish?topic=t", body, {"Content-Type": "text/plain"}))
                ids.append(connection.reply().json()["id"])
        system.broker.kill()
        system.broker.start()
        # The edge then first receives a record after the hole, not a beacon.
        publisher = Publisher([other.port], ((f"id {i}", "t", f"later {i}") for i in itertools.count()))
        self.addCleanup(publisher.stop)
        publisher.start()
        wait_until(lambda: len(publisher.acked) > 50, 20, "the load goes on")
        still.signal(signal.SIGCONT)
        self.assertEqual([e.id for e in stream.next_events(self.RECORDS, 20)], ids)
        publisher.stop()
        finish(publisher, 20)
        self.assertIsNone(publisher.error)
        later = stream.next_events(len(publisher.acked), 20)
        self.assertEqual([e.id for e in later], list(publisher.acked.values()))
        still.wait_log("edge.hole")  # otherwise the test is void


class Pipeline(threading.Thread):
    """Publishes without ids, many at a time on one connection. answered: {data: status, or None without an answer}."""

    DEPTH = 20

    def __init__(self, port, name):
        super().__init__(name=name, daemon=True)
        self.port = port
        self.answered = {}
        self.count = 0
        self.error = None
        self.ending = threading.Event()

    def run(self):
        try:
            while not self.ending.is_set():
                self.one_batch()
        except Exception as error:  # checked by the test
            self.error = error

    def one_batch(self):
        batch = [f"{self.name}-{self.count + i}" for i in range(self.DEPTH)]
        self.count += self.DEPTH
        self.answered.update(dict.fromkeys(batch))
        with Connection(self.port) as connection:
            connection.send(
                b"".join(request_bytes("POST", "/publish?topic=t", one, {"Content-Type": "text/plain"}) for one in batch)
            )
            for one in batch:
                self.answered[one] = connection.reply().status

    def ok(self):
        return sum(1 for status in list(self.answered.values()) if status == 200)


class TestWithoutIds(belfry.BelfryTest):
    """Every publish is stored once, with or without an id of its publisher."""

    KILLS = 15
    CONNECTIONS = 6

    def test_the_broker_is_killed_between_commit_and_broadcast(self):
        system = self.system(edges=1).start()
        port = system.ports[0]
        first = publish(port, "t", "first").json()["id"]
        pipelines = [Pipeline(port, f"p{i}") for i in range(self.CONNECTIONS)]
        for one in pipelines:
            self.addCleanup(one.ending.set)
            one.start()
        for _ in range(self.KILLS):
            goal = sum(one.ok() for one in pipelines) + 150
            wait_until(lambda: sum(one.ok() for one in pipelines) >= goal, 30, "the load goes on")
            system.broker.kill()
            system.broker.start()
        for one in pipelines:
            one.ending.set()
        for one in pipelines:
            finish(one, 30)
            self.assertIsNone(one.error)
        last = publish(port, "t", "last")
        self.assertEqual(last.status, 200, last)
        stream = self.closing(Stream(port, "t", headers={"Last-Event-ID": first}))
        stream.read_until(lambda s: s.parser.events and s.parser.events[-1].data == "last", 30, "the last record")
        stored = collections.Counter(event.data for event in stream.parser.events)
        self.assertEqual([data for data, times in stored.items() if times > 1], [], "stored twice")
        for one in pipelines:
            self.assertEqual([d for d, status in one.answered.items() if status == 200 and d not in stored], [], "lost")
            self.assertEqual({status for status in one.answered.values()} - {200, 503}, set())


class TestFaults(belfry.BelfryTest):
    def setUp(self):
        self.belfry = self.system(edges=2).start()
        self.subscribers = Subscribers()
        self.publishers = []
        self.addCleanup(self.subscribers.stop)

    def acked(self):
        for publisher in self.publishers:
            if publisher.error:
                raise publisher.error
        return sum(len(publisher.acked) for publisher in self.publishers)

    def more_acks(self, why):
        """Waits until this number of further publishes is acknowledged."""
        goal = self.acked() + ACKS_BETWEEN_FAULTS
        self.subscribers.wait(
            lambda: self.acked() >= goal,
            30,
            lambda: f"{goal} acknowledged publishes after {why}; {self.acked()} are, "
            f"refusals {[p.refusals for p in self.publishers]}",
        )

    def start_subscribers(self):
        for i in range(SUBSCRIBERS):
            self.subscribers.add(Subscriber(self.belfry.ports, TOPICS, start=i, retry_ms=50))
        self.subscribers.start()
        self.subscribers.wait(lambda: self.subscribers.open_count() == SUBSCRIBERS, 15, "all streams open")
        # A browser without any event has no position to resume from.
        self.assertEqual(publish(self.belfry.ports[0], TOPICS[0], "first").status, 200)
        self.wait_for_all("first")

    def wait_for_all(self, data):
        def all_have():
            return all(one.events and one.events[-1].data == data for one in self.subscribers.all)

        def missing():
            ends = [one.events[-1:] for one in self.subscribers.all if not one.events or one.events[-1].data != data]
            return f"{data!r} at all subscribers; {len(ends)} lack it: {ends[:5]}"

        self.subscribers.wait(all_have, 40, missing)

    def start_publishers(self):
        for i in range(PUBLISHERS):
            one = Publisher(self.belfry.ports, messages_of(i), start=i, pace=0.002)
            self.publishers.append(one)
            self.addCleanup(one.stop)
            one.start()

    def stop_publishers(self):
        for one in self.publishers:
            one.stop()
        for one in self.publishers:
            finish(one, 60)
            self.assertFalse(one.is_alive(), f"{one.name} hangs")
        self.acked()

    def kill_and_restart(self, process):
        process.kill()
        process.start()
        self.more_acks(f"kill -9 of {process.name}")

    def pause_broker(self):
        self.belfry.broker.signal(signal.SIGSTOP)
        until = time.monotonic() + 3  # duration of the fault, not a wait for a condition
        wait_until(lambda: time.monotonic() >= until, 10, "3 s of a stopped broker")
        self.belfry.broker.signal(signal.SIGCONT)
        self.more_acks("SIGSTOP of the broker for 3 s")

    def check_all(self):
        acked = {}
        for publisher in self.publishers:
            acked.update(publisher.acked)
        self.assertEqual(len(set(acked.values())), len(acked), "two publishes were answered with the same id")
        reference = [(e.id, e.type, e.data) for e in self.subscribers.all[0].events]
        for one in self.subscribers.all:
            self.assertEqual([(e.id, e.type, e.data) for e in one.events], reference)
        self.assertEqual({type for _, type, _ in reference}, {"message"}, "a stream got a gap")
        at = {}
        for id, _, data in reference:
            name = data.split(" ")[0]
            self.assertNotIn(name, at, f"{name} was stored twice")
            at[name] = id
        for name, id in acked.items():
            self.assertEqual(at.get(name), id, f"{name} was acknowledged with {id}")
        offsets = [int(id.split("-")[1]) for id, _, _ in reference]
        self.assertEqual(offsets, sorted(set(offsets)), "offsets do not rise")
        self.assertEqual(len({id.split("-")[0] for id, _, _ in reference}), 1, "the epoch changed")
        for i in range(PUBLISHERS):
            own = [int(name.split("-m")[1]) for name in at if name.startswith(f"p{i}-")]
            self.assertEqual(own, sorted(own), "a publisher's messages changed their order")

    def test_kill_everything_under_load(self):
        self.start_subscribers()
        self.start_publishers()
        self.more_acks("the start")
        for _ in range(ROUNDS):
            self.kill_and_restart(self.belfry.broker)
            for edge in self.belfry.edges:
                self.kill_and_restart(edge)
        self.pause_broker()
        self.stop_publishers()
        self.belfry.wait_ready()
        self.assertEqual(publish(self.belfry.ports[0], TOPICS[0], "last").status, 200)
        self.wait_for_all("last")
        self.check_all()
        self.assertEqual(self.belfry.broker.starts, ROUNDS + 1)
        sys.stderr.write(
            f"{self.acked()} publishes acknowledged, {len(self.subscribers.all[0].events)} records at each of "
            f"{SUBSCRIBERS} subscribers, {sum(p.repeats for p in self.publishers)} publishes repeated, "
            f"{sum(s.connects for s in self.subscribers.all)} connects\n"
        )


if __name__ == "__main__":
    belfry.main()
