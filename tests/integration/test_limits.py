#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Limits per client: open streams and publishes per second, by address and by the subject of a token, also behind a proxy.
test_tokens.py tests tokens."""

import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import FORM, request
from sse import Stream
from test_tokens import SECRET, bearer, token
from waiting import Deadline, wait_until


def behind(address):
    return {"X-Forwarded-For": address}


class LimitsTest(belfry.BelfryTest):
    def start(self, *arguments, keys=False):
        system = self.system(edges=1, edge_arguments=arguments)
        if keys:
            system.edges[0].environment["BELFRY_JWT_KEY"] = SECRET
        self.port = system.start().ports[0]
        self.edge = system.edges[0]

    def stream(self, **keywords):
        return self.closing(Stream(self.port, "a", **keywords))

    def check_sent_away(self, **keywords):
        """EventSource would not reconnect after another status."""
        stream = self.stream(**keywords)
        self.assertEqual(stream.status, 200)
        stream.read_to_end()
        self.assertRegex(stream.raw, rb"^retry: [1-5]\d{3}\n\n$")

    def check_open(self, **keywords):
        stream = self.stream(**keywords)
        stream.read_until(lambda s: b"id: " in s.raw, 10, "the stream's place")
        return stream

    def publish(self, headers=None, target="/publish", **fields):
        body = urllib.parse.urlencode({"topic": "a", "data": "x", **fields})
        return request(self.port, "POST", target, body, {**FORM, **(headers or {})})

    def until_refused(self, publish):
        """Returns the replies to publishes up to the first refused one; their number depends on the speed of the
        machine."""
        replies = []
        deadline = Deadline(30)
        while not replies or replies[-1].status == 200:
            deadline.check("a publish that is refused")
            replies.append(publish(len(replies)))
        return replies

    def check_too_fast(self, reply):
        self.assertEqual(reply.status, 429, reply)
        self.assertEqual(reply.json()["type"], "/problems/rate")
        self.assertGreaterEqual(int(reply.header("Retry-After")), 1)


class TestStreams(LimitsTest):
    def test_per_address(self):
        self.start("--max-streams-per-address=2", "--trusted-proxy=127.0.0.0/8")
        first = self.check_open()
        self.check_open()
        self.check_sent_away()
        self.check_open(headers=behind("192.0.2.7"))
        # Entries to the left of the proxy's entry are ignored.
        self.check_open(headers=behind("10.9.9.9, 192.0.2.7"))
        self.check_sent_away(headers=behind("10.8.8.8, 192.0.2.7"))
        # A household has a /64 network of IPv6.
        self.check_open(headers=behind("2001:db8::1"))
        self.check_open(headers=behind("2001:db8::2"))
        self.check_sent_away(headers=behind("2001:db8::3"))
        # HEAD opens no stream.
        self.assertEqual(request(self.port, "HEAD", "/subscribe?topic=a").status, 200)
        first.close()
        self.wait_for_room()
        self.check_sent_away()

    def wait_for_room(self, **keywords):
        def fits():
            stream = self.stream(**keywords)
            stream.read_until(lambda s: b"id: " in s.raw or s.ended or b"retry" in s.raw, 10, "an answer")
            while not stream.ended and b"id: " not in stream.raw:
                stream.read_more(1)
            return not stream.ended

        wait_until(fits, 10, "room for one more")

    def test_no_trusted_proxy(self):
        self.start("--max-streams-per-address=1")
        self.check_open(headers=behind("192.0.2.7"))
        self.check_sent_away(headers=behind("192.0.2.8"))

    def test_per_subject(self):
        self.start("--max-streams-per-subject=1", keys=True)
        ann, bob = token([], ["*"], sub="ann"), token([], ["*"], sub="bob")
        first = self.check_open(authorization=ann)
        self.check_sent_away(authorization=ann)
        self.check_open(authorization=bob)
        for _ in range(3):
            self.check_open(authorization=token([], ["*"]))  # unknown subject
        first.close()
        self.wait_for_room(authorization=ann)

    def test_refused_streams_do_not_count(self):
        self.start("--max-streams-per-address=1", "--max-streams=1")
        self.check_open()
        for _ in range(3):
            self.check_sent_away()
        self.assertEqual(request(self.port, "GET", "/subscribe?topic=").status, 400)


class TestRates(LimitsTest):
    def test_per_address(self):
        self.start("--publish-rate=1", "--publish-burst=3", "--trusted-proxy=127.0.0.1")
        replies = self.until_refused(lambda i: self.publish())
        self.assertEqual([r.status for r in replies[:3]], [200] * 3)
        self.check_too_fast(replies[-1])
        self.assertEqual(self.publish(behind("192.0.2.7")).status, 200)
        # Ephemeral records are counted separately, here not at all.
        self.assertEqual([self.publish(ephemeral="1").status for _ in range(20)], [200] * 20)
        wait_until(lambda: self.publish().status == 200, 10, "a token's return")

    def test_batch(self):
        self.start("--publish-rate=1", "--publish-burst=3")
        lines = "".join(json.dumps({"topic": "a", "data": i}) + "\n" for i in range(20))
        reply = request(self.port, "POST", "/publish", lines, {"Content-Type": "application/x-ndjson"})
        statuses = [json.loads(line).get("status", 200) for line in reply.body.splitlines()]
        self.assertEqual((statuses[:3], statuses[-1]), ([200] * 3, 429))
        reply = request(self.port, "POST", "/publish?atomic=1", lines, {"Content-Type": "application/x-ndjson"})
        self.check_too_fast(reply)

    def test_ephemeral(self):
        self.start("--ephemeral-rate=1")
        replies = self.until_refused(lambda i: self.publish(ephemeral="1"))
        self.assertEqual([r.status for r in replies[:10]], [200] * 10)
        self.check_too_fast(replies[-1])
        self.assertEqual([self.publish().status for _ in range(20)], [200] * 20)

    def test_per_subject(self):
        self.start("--publish-rate=1", "--publish-burst=3", "--trusted-proxy=127.0.0.1", keys=True)
        ann, bob = bearer(token(["*"], sub="ann")), bearer(token(["*"], sub="bob"))
        # From new addresses each time.
        replies = self.until_refused(lambda i: self.publish({**ann, **behind(f"192.0.2.{i % 90}")}))
        self.assertEqual([r.status for r in replies[:3]], [200] * 3)
        self.check_too_fast(replies[-1])
        self.assertEqual(self.publish({**bob, **behind("192.0.2.99")}).status, 200)


if __name__ == "__main__":
    belfry.main()
