#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Two edges behind a real HAProxy with the configuration in deploy/haproxy."""

import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import Closed, Connection, publish, request
from ports import free_port
from publishers import Publisher
from sse import Stream, Subscriber, Subscribers
from tools import find, needs
from waiting import finish, wait_until

CONFIGURATION = os.path.join(belfry.ROOT, "deploy", "haproxy", "haproxy.cfg")
HAPROXY = find("haproxy")


@needs("haproxy", package="haproxy")
class TestHaproxy(belfry.BelfryTest):
    def setUp(self):
        self.belfry = self.system(edges=2).start()
        self.port = free_port()
        environment = {"BELFRY_BIND": f"127.0.0.1:{self.port}"}
        for i, edge in enumerate(self.belfry.edges, 1):
            environment[f"BELFRY_EDGE_{i}"] = f"127.0.0.1:{edge.port}"
            environment[f"BELFRY_EDGE_{i}_OPS"] = str(edge.ops_port)
        self.proxy = self.belfry.add_process(
            "haproxy", [HAPROXY, "-db", "-f", CONFIGURATION], environment=environment
        ).start()
        wait_until(self.serves, 15, lambda: f"haproxy serves: {self.proxy.log()}")

    def serves(self):
        try:
            return publish(self.port, "probe", "x").status == 200
        except (OSError, Closed):
            return False

    def test_streams_spread_and_resume_when_an_edge_dies(self):
        subscribers = Subscribers()
        self.addCleanup(subscribers.stop)
        for _ in range(12):
            subscribers.add(Subscriber([self.port], ["t"], retry_ms=50))
        subscribers.start()
        subscribers.wait(lambda: subscribers.open_count() == 12, 15, "12 streams through HAProxy")
        self.assertEqual(publish(self.port, "t", "first").status, 200)
        self.wait_all(subscribers, "first")
        counts = [self.streams_of(edge) for edge in self.belfry.edges]
        self.assertGreaterEqual(min(counts), 4, f"streams are not spread: {counts}")

        publisher = Publisher([self.port], [(f"id {i}", "t", f"m{i}") for i in range(300)], pace=0.002)
        publisher.start()
        wait_until(lambda: len(publisher.acked) > 50, 20, "50 publishes")
        self.belfry.edges[0].kill()
        finish(publisher, 60)
        self.assertIsNone(publisher.error)
        self.assertEqual(len(publisher.acked), 300)
        self.assertEqual(publish(self.port, "t", "last", id="last one").status, 200)
        self.wait_all(subscribers, "last")
        expected = ["first"] + [f"m{i}" for i in range(300)] + ["last"]
        for one in subscribers.all:
            self.assertEqual([e.data for e in one.events], expected)

    def wait_all(self, subscribers, data):
        subscribers.wait(
            lambda: all(one.events and one.events[-1].data == data for one in subscribers.all),
            30,
            f"{data!r} at all subscribers",
        )

    def streams_of(self, edge):
        """Returns the number of connections to the edge; HAProxy pools at most one for publishes."""
        with open("/proc/net/tcp") as file:
            rows = [line.split() for line in file]
        return sum(1 for row in rows if row[1].endswith(f":{edge.port:04X}") and row[3] == "01")

    def test_events_are_not_chunked_and_not_delayed(self):
        stream = self.closing(Stream(self.port, "t"))
        self.assertEqual(stream.status, 200)
        # MSG_MORE between chunks would delay events by 200 ms; without chunks it cannot occur.
        self.assertIsNone(stream.header("Transfer-Encoding"))
        took = []
        for i in range(20):
            start = time.monotonic()
            self.assertEqual(publish(self.port, "t", f"m{i}").status, 200)
            self.assertEqual(stream.next_event().data, f"m{i}")
            took.append(time.monotonic() - start)
        sys.stderr.write(f"publish to event through HAProxy: median {statistics.median(took) * 1e3:.2f} ms\n")

    def test_closed_reader_leaves_the_edge(self):
        streams = [Stream(self.port, "t") for _ in range(10)]
        before = sum(self.streams_of(edge) for edge in self.belfry.edges)
        for stream in streams:
            self.assertEqual(stream.status, 200)
            stream.close()
        # Without an event, they would remain without `option abortonclose`.
        wait_until(
            lambda: sum(self.streams_of(edge) for edge in self.belfry.edges) <= before - 10, 15, "no ghost streams"
        )

    def test_both_edges_down(self):
        for edge in self.belfry.edges:
            edge.kill()
        wait_until(lambda: self.status() in (502, 503), 15, "HAProxy says 503 without edges")
        for edge in self.belfry.edges:
            edge.start().wait_ready()
        wait_until(self.serves, 15, "HAProxy finds the edges again")

    def test_an_unready_edge_gets_no_new_clients(self):
        """An edge without a broker gets no clients; a publish is refused by the proxy or the edge."""
        self.belfry.broker.kill()
        for edge in self.belfry.edges:
            wait_until(edge.unready, 15, f"{edge.name} is unready")
        wait_until(lambda: self.status() == 503, 20, "503 while there is no broker")
        self.belfry.broker.start()
        self.belfry.wait_ready()
        wait_until(self.serves, 20, "publishes work again")

    def status(self):
        try:
            return request(self.port, "POST", "/publish?topic=probe", "x", timeout=15).status
        except (OSError, Closed):
            return None

    def test_keep_alive_through_the_proxy(self):
        with Connection(self.port) as connection:
            for i in range(20):
                connection.send(
                    f"POST /publish?topic=t HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{i:02}"
                )
                self.assertEqual(connection.reply().status, 200)


if __name__ == "__main__":
    belfry.main()
