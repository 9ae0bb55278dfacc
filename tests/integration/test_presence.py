#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Counts of subscribers: after any kill (the broker under load, an edge, both) each edge reports correct numbers again, and
a large room is listed in pages."""

import os
import random
import signal
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import Closed, request
from sse import Stream
from waiting import finish, wait_until

LEASE = 6  # seconds until the members of a silent edge are removed
GRACE = 5  # seconds until a member that left is removed


def members(port, topic, limit=7):
    """Returns all members of the room, read in pages, or None without an answer. Checks the count."""
    found, after = [], ""
    while True:
        query = urllib.parse.urlencode({"topic": topic, "limit": limit, "after": after})
        reply = request(port, "GET", "/presence?" + query)
        if reply.status in (410, 503):  # the list of a new broker, or no broker answers
            return None
        assert reply.status == 200, reply
        page = reply.json()
        assert len(page["members"]) <= limit, page
        found += [m["member"] for m in page["members"]]
        if not page["more"]:
            return sorted(found) if page["count"] == len(found) else None  # the room has changed meanwhile
        after = page["next"]


class Crowd:
    """Streams that open and close, and the expected members: {topic: {member: streams}}."""

    def __init__(self, test, topics, seed):
        self.test = test
        self.topics = topics
        self.random = random.Random(seed)
        self.open = []

    def come(self, ports, **keywords):
        topic, name = self.random.choice(self.topics), f"user {self.random.randrange(40)}"
        port = self.random.choice(ports)
        stream = Stream(port, topic, name=name, **keywords)
        self.test.assertEqual(stream.status, 200)
        self.open.append((port, topic, name, stream))

    def go(self):
        if self.open:
            self.open.pop(self.random.randrange(len(self.open)))[3].close()

    def lose(self, port):
        """The edge died."""
        for one in [one for one in self.open if one[0] == port]:
            one[3].close()
            self.open.remove(one)

    def turn(self, ports, times):
        for _ in range(times):
            if len(self.open) < 150 and self.random.random() < 0.55:
                self.come(ports)
            else:
                self.go()

    def truth(self, topic):
        return sorted({name for _, at, name, _ in self.open if at == topic})

    def close(self):
        for *_, stream in self.open:
            stream.close()


class Busy:
    """Opens and closes streams in a thread until it is stopped."""

    def __init__(self, crowd, ports):
        self._crowd = crowd
        self._ports = ports
        self._turns = 0
        self._stop = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, name="crowd", daemon=True)
        self._thread.start()

    def _run(self):
        try:
            while not self._stop.is_set():
                self._crowd.turn(self._ports, 1)
                self._turns += 1
        except Exception as error:  # raised by wait() and stop()
            self._error = error

    def _check(self):
        if self._error:
            raise AssertionError(f"the crowd's thread died: {self._error!r}") from self._error

    def wait(self, turns):
        """Waits for this number of further turns."""
        wanted = self._turns + turns

        def done():
            self._check()
            return self._turns >= wanted

        wait_until(done, 30, f"{turns} turns of the crowd")

    def stop(self):
        self._stop.set()
        finish(self._thread, 30)
        self._check()


class TestKills(belfry.BelfryTest):
    TOPICS = ["room 1", "room 2", "hall/{id}", "a"]  # the third one is a template and has no members

    def crowd(self, seed):
        crowd = Crowd(self, self.TOPICS, seed)
        self.addCleanup(crowd.close)
        return crowd

    def wait_true(self, crowd, ports, seconds):
        """Checks that each edge reports the right members of each room."""
        last = {}

        def all_true():
            for port in ports:
                for topic in self.TOPICS:
                    wanted = [] if "{" in topic else crowd.truth(topic)
                    try:
                        last[port, topic] = (wanted, members(port, topic))
                    except (OSError, Closed):
                        last[port, topic] = (wanted, None)
                    if last[port, topic][1] != wanted:
                        return False
            return True

        wait_until(all_true, seconds, lambda: f"the truth; wanted and found were {[v for v in last.values() if v[0] != v[1]]}")

    def test_broker_killed_under_load(self):
        """Streams open and close before the kill, while the broker is down, and while the new one starts."""
        system = self.system(edges=3).start()
        crowd = self.crowd(1)
        for restart in range(3):
            busy = Busy(crowd, system.ports)
            busy.wait(60)
            if restart == 1:  # otherwise while the edges report their members
                busy.stop()
                self.wait_true(crowd, system.ports, GRACE + 10)
                busy = Busy(crowd, system.ports)
            system.broker.kill()
            busy.wait(60)
            system.broker.start()
            busy.wait(60)
            busy.stop()
            self.wait_true(crowd, system.ports, LEASE + GRACE + 15)
        crowd.close()
        crowd.open.clear()
        self.wait_true(crowd, system.ports, LEASE + GRACE + 15)

    def test_edge_killed_while_the_broker_is_down(self):
        """The new broker never gets the members of the dead edge."""
        system = self.system(edges=3).start()
        crowd = self.crowd(7)
        crowd.turn(system.ports, 80)
        self.wait_true(crowd, system.ports, GRACE + 10)
        system.broker.kill()
        system.edges[2].kill()
        crowd.lose(system.ports[2])
        crowd.turn(system.ports[:2], 40)
        system.broker.start()
        self.wait_true(crowd, system.ports[:2], LEASE + GRACE + 15)
        system.edges[2].start().wait_ready()
        crowd.turn(system.ports, 40)
        self.wait_true(crowd, system.ports, GRACE + 15)

    def test_edge_killed_and_back(self):
        """The members of a dead edge are removed, even if it is back before its lease ends; others remain."""
        system = self.system(edges=3).start()
        crowd = self.crowd(11)
        crowd.turn(system.ports, 80)
        self.wait_true(crowd, system.ports, GRACE + 10)
        for wait in (False, True):
            system.edges[1].kill()
            crowd.lose(system.ports[1])
            alive = [system.ports[0], system.ports[2]]
            if wait:
                crowd.turn(alive, 10)
                self.wait_true(crowd, alive, LEASE + GRACE + 10)
            system.edges[1].start().wait_ready()
            crowd.turn(system.ports, 40)
            self.wait_true(crowd, system.ports, LEASE + GRACE + 10)

    def test_broker_that_hangs(self):
        """A broker that was stopped for a while asks for all members and removes nobody who is present."""
        system = self.system(edges=2).start()
        crowd = self.crowd(13)
        crowd.turn(system.ports, 60)
        self.wait_true(crowd, system.ports, GRACE + 10)
        system.broker.signal(signal.SIGSTOP)
        crowd.turn(system.ports, 60)
        # Longer than the lease of edges.
        for edge in system.edges:
            wait_until(edge.unready, 15, "an edge that misses its broker")
        system.broker.signal(signal.SIGCONT)
        self.wait_true(crowd, system.ports, LEASE + GRACE + 15)


class TestPages(belfry.BelfryTest):
    @classmethod
    def setUpClass(cls):
        cls.belfry = belfry.System(edges=2)
        cls.addClassCleanup(cls.belfry.remove)
        cls.belfry.start()
        cls.port, cls.other = cls.belfry.ports

    def get(self, **query):
        return request(self.port, "GET", "/presence?" + urllib.parse.urlencode(query))

    def test_pages(self):
        names = [f"m{i}" for i in range(30)]
        streams = [self.closing(Stream(self.belfry.ports[i % 2], "room", name=name)) for i, name in enumerate(names)]
        for limit in (1, 7, 30, 1000):
            for port in self.belfry.ports:
                wait_until(lambda p=port, n=limit: members(p, "room", n) == sorted(names), 10, f"pages of {limit}")
        page = self.get(topic="room", limit=10).json()
        self.assertEqual((page["count"], len(page["members"]), page["more"]), (30, 10, True))
        for i, name in enumerate(names):
            if {"member": name} in page["members"][5:]:  # including the last one of the page
                streams[i].close()
        wait_until(lambda: len(members(self.port, "room") or ()) == 25, GRACE + 10, "the leaves")
        rest = self.get(topic="room", after=page["next"]).json()
        self.assertEqual(
            sorted(m["member"] for m in page["members"][:5] + rest["members"]), members(self.other, "room")
        )
        self.assertFalse(rest["more"])
        self.assertNotIn("next", rest)

    def test_refusals(self):
        for query, status, field in (
            ({"limit": "0"}, 400, "limit"),
            ({"limit": "1001"}, 400, "limit"),
            ({"after": "x"}, 400, "after"),
            ({"after": "1-x"}, 400, "after"),
            ({"after": "99-1"}, 410, "after"),
        ):
            reply = self.get(topic="room", **query)
            self.assertEqual((reply.status, reply.json().get("field")), (status, field), reply)

    def test_large_answers_are_short_pages(self):
        """Names of members and topics that together exceed the limit of an answer."""
        long = '"' * 200  # each takes two bytes in JSON
        names = [f"{i}{long}" for i in range(1500)]
        opened = [Stream(self.belfry.ports[i % 2], "crowded", name=name) for i, name in enumerate(names)]
        self.addCleanup(lambda: [stream.close() for stream in opened])
        wait_until(lambda: self.get(topic="crowded", limit=1).json()["count"] == len(names), 30, "all of them")
        self.assertEqual(members(self.other, "crowded", 1000), sorted(names))
        for i in range(400):
            topic = f"{i:04}" + '"' * 1000
            body = urllib.parse.urlencode({"topic": topic, "data": "x"})
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            self.assertEqual(request(self.port, "POST", "/publish", body, kind).status, 200)
        seen, after, pages = [], "", 0
        while True:
            reply = request(self.port, "GET", "/topics?" + urllib.parse.urlencode({"limit": 1000, "after": after}))
            self.assertEqual(reply.status, 200, reply)
            page = reply.json()
            seen += [t["topic"] for t in page["topics"]]
            pages += 1
            if not page["more"]:
                break
            after = seen[-1]
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), 400)
        self.assertGreater(pages, 1)


if __name__ == "__main__":
    belfry.main()
