#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The operator's routes: authorization, metrics once a second for open pages, and commands over HTTP."""

import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import FORM, publish, request
from sse import Stream
from test_tokens import SECRET, bearer, signed, with_a_life_long_enough
from waiting import wait_until

JSON = {"Content-Type": "application/json"}
HERE = {"Host": "127.0.0.1"}
ADMIN = signed({"mercure": {"admin": True}})
ALL = signed({"mercure": {"publish": ["*"], "subscribe": ["*"]}})
BAD = signed({"mercure": {"admin": True}}, secret="x" * 64)


class AdminTest(belfry.BelfryTest):
    edges = 1
    key = None

    @classmethod
    def setUpClass(cls):
        cls.belfry = belfry.System(edges=cls.edges)
        cls.addClassCleanup(cls.belfry.remove)
        if cls.key:
            for edge in cls.belfry.edges:
                edge.environment["BELFRY_JWT_KEY"] = cls.key
        cls.belfry.start()
        cls.port = cls.belfry.ports[0]

    def command(self, *words, headers=None, port=None):
        body = json.dumps({"command": words[0], "arguments": list(words[1:])})
        return request(port or self.port, "POST", "/admin/commands", body, {**HERE, **JSON, **(headers or {})})

    def done(self, *words, **keywords):
        reply = self.command(*words, **keywords)
        self.assertEqual(reply.status, 200, reply)
        return reply.json()

    def look(self, port=None, headers=None, target="/admin/events"):
        return self.closing(Stream(port or self.port, target=target, headers={**HERE, **(headers or {})}))

    def stats(self, stream, seconds=10):
        event = stream.next_event(seconds)
        self.assertEqual(event.type, "belfry.stats", event)
        return json.loads(event.data)

    def check_refused(self, reply, status, words):
        self.assertEqual(reply.status, status, reply)
        self.assertIn(words, reply.json()["detail"])

    def counted(self, name):
        """Counters of the broker; reading its metrics causes no frames."""
        text = request(self.belfry.broker.ops_port, "GET", "/metrics").body.decode()
        return int(re.search(rf"^belfry_broker_{name} (\d+)$", text, re.MULTILINE).group(1))

    def asked(self):
        return self.counted("commands_total")


class TestOpen(AdminTest):
    edges = 2

    def test_page(self):
        for path in ("/admin", "/admin.html"):
            reply = request(self.port, "GET", path)
            self.assertEqual(reply.status, 200)
            self.assertTrue(reply.header("Content-Type").startswith("text/html"))
            self.assertIn("default-src 'none'", reply.header("Content-Security-Policy"))
            self.assertIn(b"admin.js", reply.body)
        self.assertEqual(request(self.port, "POST", "/admin").status, 405)
        self.assertEqual(request(self.port, "GET", "/admin/").status, 404)

    def test_metrics(self):
        stream = self.look()
        first = self.stats(stream)
        self.assertEqual({edge["name"] for edge in first["edges"]}, {"edge-1", "edge-2"})
        head = int(publish(self.belfry.ports[1], "t", "x").json()["id"].split("-")[1])
        wait_until(lambda: self.stats(stream)["head"] >= head, 10, "the record in the figures")
        # The edge reports its metrics once a second.
        wait_until(lambda: sum(e["streams"] for e in self.stats(stream)["edges"]) == 1, 10, "the stream too")
        self.assertNotIn(b"data: x", stream.raw, "records are not for it")

    def test_metrics_are_for_operators_streams_only(self):
        others = [self.closing(Stream(self.port, selector)) for selector in ("*", "belfry.admin/{any}")]
        operator = self.look()
        for _ in range(3):
            self.stats(operator)
        publish(self.port, "belfry.admin/any", "a record")
        for other in others:
            self.assertEqual(other.next_event().data, "a record")
            self.assertNotIn(b"belfry.stats", other.raw)

    def test_not_requested_without_open_pages(self):
        streams = [self.look(), self.look(), self.look(self.belfry.ports[1])]
        for stream in streams:
            before = self.stats(stream)["uptime_ms"]
            self.assertGreater(self.stats(stream)["uptime_ms"], before)
        # Each edge asks once for all of its streams, so both get the same answers.
        first, second = ([self.stats(stream)["uptime_ms"] for _ in range(3)] for stream in streams[:2])
        self.assertTrue(set(first) & set(second), (first, second))
        for stream in streams:
            stream.close()
        wait_until(lambda: self.counted("streams") == 0, 10, "nobody looks")
        before, seconds = self.asked(), self.counted("canaries_total")
        # Each edge sends one per second.
        wait_until(lambda: self.counted("canaries_total") >= seconds + 3 * self.edges, 15, "some seconds")
        self.assertEqual(self.asked(), before)

    def test_commands(self):
        publish(self.port, "commands", "x")
        self.assertIn("commands", [t["topic"] for t in self.done("topics", "", "1000")["topics"]])
        listener = self.closing(Stream(self.belfry.ports[1], "commands", name="ann"))
        self.assertEqual(listener.status, 200)
        wait_until(
            lambda: [m["member"] for m in self.done("presence", "commands")["members"]] == ["ann"],
            10, "ann is present")
        clients = self.done("edge", "edge-2", "clients", "commands")["clients"]
        self.assertEqual([c["member"] for c in clients], ["ann"])
        self.assertEqual(self.done("edge", "edge-2", "disconnect", "client", clients[0]["id"])["disconnected"], 1)
        listener.read_to_end()
        self.assertIn("level", self.done("log-level"))
        self.assertIn("level", self.done("edge", "edge-1", "log-level"))
        self.assertEqual(self.done("trim", "", "", "look")["removed"], 0)
        self.assertIn("head", self.done("stats"))

    def test_drain_is_in_the_metrics(self):
        stream = self.look()
        def draining():
            return [e["name"] for e in self.stats(stream)["edges"] if e["draining"]]
        self.assertEqual(draining(), [])
        self.assertTrue(self.done("edge", "edge-2", "drain")["draining"])
        wait_until(lambda: draining() == ["edge-2"], 10, "edge-2 drains")
        self.assertFalse(self.done("edge", "edge-2", "undrain")["draining"])
        wait_until(lambda: draining() == [], 10, "edge-2 serves")

    def test_refused_commands(self):
        for words in (("find", "x"), ("session", "a", "b", "c"), ("edge", "edge-1"), ("edge", "edge-1", "session"),
                      ("subscriptions", "", "", "", ""), ("members",), ("",)):
            self.check_refused(self.command(*words), 403, "command:")
        self.check_refused(self.command("edge", "edge-9", "drain"), 404, 'no edge "edge-9"')
        self.check_refused(self.command("trim"), 400, "arguments")
        self.check_refused(self.command("presence", "a\nb"), 400, "presence needs a topic")
        for body in ("", "[]", "{}", '{"command":1}', '{"command":"stats","arguments":"x"}', "{" * 5000):
            self.assertEqual(request(self.port, "POST", "/admin/commands", body, {**HERE, **JSON}).status, 400, body[:40])
        self.check_refused(request(self.port, "POST", "/admin/commands", "{}", HERE), 415, "application/json")

    def test_from_another_origin(self):
        for headers in ({"X-Forwarded-For": "127.0.0.1"}, {"Via": "1.1 proxy"}, {"Forwarded": "for=127.0.0.1"}):
            self.check_refused(request(self.port, "GET", "/admin/events", b"", {**HERE, **headers}), 403, "this machine")
            self.check_refused(self.command("stats", headers=headers), 403, "this machine")
        for origin in ("https://evil.example", "null", "http://localhost"):
            self.check_refused(self.command("stats", headers={"Origin": origin}), 403, "origin:")
        self.done("stats", headers={"Origin": "http://127.0.0.1"})

    def test_foreign_host_name(self):
        """A foreign page may use a host name that resolves to this machine."""
        for host in ("evil.example", "127.0.0.1.evil.example", "192.0.2.1", ""):
            self.check_refused(request(self.port, "GET", "/admin/events", b"", {"Host": host}), 403, "host:")
            self.check_refused(self.command("stats", headers={"Host": host}), 403, "host:")
        for host in ("localhost:1", "[::1]", "127.0.0.9:80"):
            self.done("stats", headers={"Host": host})


class TestTokens(AdminTest):
    key = SECRET

    def refused_stream(self, status, words, headers=None, target="/admin/events"):
        self.check_refused(request(self.port, "GET", target, b"", headers or {}), status, words)

    def test_stream(self):
        self.refused_stream(401, "token:")
        self.refused_stream(401, "token:", bearer(BAD))
        self.refused_stream(403, "does not grant admin", bearer(ALL))
        self.assertIn("head", self.stats(self.look(headers=bearer(ADMIN))))
        self.assertIn("head", self.stats(self.look(target=f"/admin/events?authorization={ADMIN}")))
        self.assertIn("head", self.stats(self.look(headers={"Cookie": f"mercureAuthorization={ADMIN}"})))
        self.assertEqual(request(self.port, "GET", "/admin").status, 200)

    def test_commands(self):
        self.check_refused(self.command("stats"), 401, "token:")
        self.check_refused(self.command("stats", headers=bearer(BAD)), 401, "token:")
        self.check_refused(self.command("stats", headers=bearer(ALL)), 403, "does not grant admin")
        self.assertIn("head", self.done("stats", headers=bearer(ADMIN)))

    def test_cookie_needs_an_origin(self):
        cookie = {"Cookie": f"mercureAuthorization={ADMIN}"}
        self.check_refused(self.command("stats", headers=cookie), 403, "origin:")
        for origin in ("https://evil.example", "null"):
            self.check_refused(self.command("stats", headers={**cookie, "Origin": origin}), 403, "origin:")
        own = {**cookie, "Origin": "http://127.0.0.1"}
        self.assertIn("head", self.done("stats", headers=own))

    def test_admin_grants_no_topic(self):
        self.assertEqual(request(self.port, "POST", "/publish", "topic=t&data=x",
                                 {**FORM, **bearer(ADMIN)}).status, 403)

    def test_stream_ends_with_its_token(self):
        def opened(seconds):
            short = signed({"mercure": {"admin": True}, "exp": time.time() + seconds})
            stream = self.closing(Stream(self.port, target="/admin/events", headers={**HERE, **bearer(short)}))
            if stream.status == 200:
                stream.read_until(lambda s: s.parser.events or s.ended, 20, "figures")
            return stream if stream.parser.events else None

        with_a_life_long_enough(opened).read_to_end(80)


if __name__ == "__main__":
    belfry.main()
