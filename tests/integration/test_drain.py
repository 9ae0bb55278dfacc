#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""SIGTERM: an edge ends without any loss for clients."""

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import Closed, Connection, publish, request_bytes
from publishers import Publisher
from sse import Stream, Subscriber, Subscribers
from waiting import finish, wait_until


class TestDrain(belfry.BelfryTest):
    # Long enough to observe the draining on a busy machine.
    edge_arguments = ("--drain-window", "3s")

    def setUp(self):
        self.belfry = self.system(edges=2, edge_arguments=self.edge_arguments).start()
        self.edge, self.other = self.belfry.edges

    def drain(self):
        self.edge.signal(signal.SIGTERM)

    def test_unready_while_it_drains(self):
        streams = [self.closing(Stream(self.edge.port, "t")) for _ in range(5)]
        self.drain()

        def unready():
            if not self.edge.running():
                self.fail("the edge ended before it reported that it was not ready")
            return self.edge.unready()

        wait_until(unready, 10, "readyz says 503")
        for stream in streams:
            stream.read_to_end(20)
        self.assertEqual(self.edge.wait(), 0)

    def test_streams_end_with_a_retry_and_resume_elsewhere(self):
        streams = [self.closing(Stream(self.edge.port, "t")) for _ in range(20)]
        first = publish(self.other.port, "t", "first").json()["id"]
        for stream in streams:
            self.assertEqual(stream.next_event().id, first)
        self.drain()
        retries = set()
        for stream in streams:
            stream.read_to_end(20)
            self.assertFalse(stream.parser.incomplete(), "cut within an event")
            said = [line for line in stream.parser.lines if line.startswith("retry")]
            self.assertGreaterEqual(len(said), 2, "no retry before the end")
            retries.add(stream.parser.retry)
        self.assertGreater(len(retries), 1, "all would come back at once")
        self.assertEqual(self.edge.wait(), 0)
        missed = publish(self.other.port, "t", "missed").json()["id"]
        again = self.closing(Stream(self.other.port, "t", headers={"Last-Event-ID": first}))
        self.assertEqual(again.next_event().id, missed)

    def test_new_stream_gets_a_retry(self):
        """On an open keep-alive connection a new stream gets 200 and a retry, or the connection ends."""
        holder = self.closing(Stream(self.edge.port, "t"))
        connection = self.closing(Connection(self.edge.port))
        connection.send(request_bytes("POST", "/publish?topic=t", "x"))
        self.assertEqual(connection.reply().status, 200)
        self.drain()
        wait_until(lambda: not self.edge.running() or self.edge.unready(), 10, "the drain starts")
        try:
            connection.send(request_bytes("GET", "/subscribe?topic=t"))
            status, _, _ = connection.head()
            self.assertEqual(status, 200)
            self.assertIn(b"retry", connection.rest())
        except (OSError, Closed):
            pass  # the edge has closed the idle connection, after which a browser also retries
        holder.read_to_end(20)
        self.assertEqual(self.edge.wait(), 0)

    def test_publishes_in_flight_finish(self):
        self.belfry.broker.signal(signal.SIGSTOP)
        connections = []
        for i in range(10):
            connection = self.closing(Connection(self.edge.port))
            connection.send(request_bytes("POST", "/publish?topic=t", f"m{i}", {"Content-Type": "text/plain"}))
            connections.append(connection)
        # The edge has read all ten once its receive queues are empty.
        wait_until(lambda: belfry.unread_bytes(self.edge.port) == 0, 10, "the edge has read the publishes")
        self.drain()
        self.belfry.broker.signal(signal.SIGCONT)
        ids = [connection.reply().json()["id"] for connection in connections]
        self.assertEqual(len(set(ids)), 10)
        self.assertEqual(self.edge.wait(), 0)

    def test_clients_notice_nothing(self):
        subscribers = Subscribers()
        self.addCleanup(subscribers.stop)
        for i in range(20):
            subscribers.add(Subscriber(self.belfry.ports, ["t"], start=i, retry_ms=20))
        subscribers.start()
        subscribers.wait(lambda: subscribers.open_count() == 20, 15, "20 streams")
        publish(self.other.port, "t", "first")
        subscribers.wait(lambda: all(one.events for one in subscribers.all), 15, "the first event everywhere")
        publisher = Publisher(self.belfry.ports, [(f"id {i}", "t", f"m{i}") for i in range(200)], pace=0.005)
        publisher.start()
        wait_until(lambda: len(publisher.acked) > 40, 20, "40 publishes")
        self.drain()
        finish(publisher, 60)
        self.assertIsNone(publisher.error)
        self.assertEqual(set(publisher.refusals), set(), "a publish was refused")
        self.assertEqual(self.edge.wait(20), 0)
        subscribers.wait(
            lambda: all(len(one.events) == 201 for one in subscribers.all), 30, "all messages at all subscribers"
        )
        for one in subscribers.all:
            self.assertEqual([e.data for e in one.events], ["first"] + [f"m{i}" for i in range(200)])

    def test_the_broker_ends_cleanly_too(self):
        acked = [publish(self.edge.port, "t", f"m{i}").json()["id"] for i in range(20)]
        self.assertEqual(self.belfry.broker.stop(), 0)
        self.belfry.broker.start().wait_ready()
        self.belfry.wait_ready()
        stream = self.closing(Stream(self.other.port, "t", history=50))
        self.assertEqual([e.id for e in stream.next_events(20)], acked)

    def test_a_second_signal_ends_at_once(self):
        self.closing(Stream(self.edge.port, "t"))
        self.drain()
        wait_until(lambda: not self.edge.running() or self.edge.unready(), 10, "the drain starts")
        if self.edge.running():
            self.drain()
        self.edge.wait(10)


if __name__ == "__main__":
    belfry.main()
