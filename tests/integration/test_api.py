#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The API without tokens: fields of a publish, problem documents, pages of history, topics, presence, and changes of open
streams. There are two edges; what one accepts is requested from the other."""

import json
import os
import re
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import FORM, publish, request
from sse import Stream
from waiting import wait_until

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}


class ApiTest(belfry.BelfryTest):
    """One system for all tests, each with its own topics."""

    @classmethod
    def setUpClass(cls):
        cls.belfry = belfry.System(edges=2)
        cls.addClassCleanup(cls.belfry.remove)
        cls.belfry.start()
        cls.port, cls.other = cls.belfry.ports

    def setUp(self):
        self.topic = self.id().rsplit(".", 1)[1]
        self.addCleanup(self._show_logs)

    def _show_logs(self):
        if not self._succeeded():
            sys.stderr.write(f"\n{self.id()} failed; logs:\n{self.belfry.logs()}\n")

    def tearDown(self):
        for edge in self.belfry.edges:
            self.assertTrue(edge.running(), "an edge has ended")
            self.assertEqual(publish(edge.port, "alive", "yes").status, 200)

    def stream(self, *topics, port=None, **keywords):
        return self.closing(Stream(port or self.port, *topics, **keywords))

    def publish(self, data="x", topic=None, **fields):
        reply = publish(self.port, topic or self.topic, data, **fields)
        self.assertEqual(reply.status, 200, reply)
        return reply.json()

    def get(self, path, port=None, **query):
        return request(port or self.port, "GET", path + "?" + urllib.parse.urlencode(query, doseq=True))

    def post(self, target, body, headers=JSON, port=None):
        return request(port or self.port, "POST", target, body if isinstance(body, bytes) else json.dumps(body), headers)

    def check_problem(self, reply, status, name, field=None):
        self.assertEqual(reply.status, status, reply)
        self.assertEqual(reply.header("Content-Type"), "application/problem+json")
        document = reply.json()
        self.assertEqual(document["type"], f"/problems/{name}")
        self.assertEqual(document["status"], status)
        self.assertTrue(document["title"])
        self.assertTrue(document["detail"])
        self.assertEqual(document.get("field"), field, document)
        return document


class TestPublish(ApiTest):
    def test_replies(self):
        first = self.publish(id="mine-1")
        self.assertEqual(set(first), {"id", "offset", "duplicate"})
        self.assertFalse(first["duplicate"])
        self.assertRegex(first["id"], rf"^[a-z0-9]+-{first['offset']}$")
        again = publish(self.other, self.topic, "x", id="mine-1").json()
        self.assertEqual(again, {**first, "duplicate": True})

    def test_ephemeral(self):
        here, there = self.stream(self.topic), self.stream(self.topic, port=self.other)
        before = self.publish("stored")
        for body, headers in (
            (json.dumps({"topic": self.topic, "data": "typing", "ephemeral": True, "type": "hint"}).encode(), JSON),
            (f"topic={self.topic}&data=typing&type=hint&ephemeral=1".encode(), FORM),
        ):
            reply = self.post("/publish", body, headers)
            self.assertEqual((reply.status, reply.json()), (200, {"id": None, "ephemeral": True}))
        # The order of stored and ephemeral records is undefined.
        came = [stream.next_events(3) for stream in (here, there)]
        self.publish("after")
        for stream, events in zip((here, there), came):
            self.assertEqual([e.data for e in events], ["stored", "typing", "typing"])
            self.assertEqual([e.type for e in events][1:3], ["hint", "hint"])
            self.assertEqual([e.data for e in stream.next_events(1)], ["after"])
            # A browser keeps the id of the stored record before.
            self.assertEqual(events[1].id, before["id"])
            self.assertNotIn(b"id: null", stream.raw)
        late = self.stream(self.topic, history=10)
        self.assertEqual([e.data for e in late.next_events(2)], ["stored", "after"])

    def test_ttl(self):
        self.publish("short", ttl=1)
        self.publish("long", ttl=3600)
        self.publish("unlimited")

        def shown():
            return [r["data"] for r in self.get("/history", topic=self.topic).json()["records"]]

        def replayed():
            with Stream(self.port, self.topic, history=10) as late:
                return [e.data for e in late.next_events(2)]

        wait_until(lambda: shown() == ["long", "unlimited"], 15, "the end of the short one")
        wait_until(lambda: replayed() == ["long", "unlimited"], 15, "the end of the short one in streams")

    def test_if_last(self):
        topic = self.topic
        first = self.publish("first", if_last="")
        document = self.check_problem(publish(self.port, topic, "again", if_last=""), 409, "conflict", "if_last")
        self.assertEqual(document["last"], first["id"])
        second = self.publish("second", if_last=document["last"])
        reply = self.post("/publish", {"topic": topic, "data": "late", "if_last": first["id"]}, port=self.other)
        self.assertEqual(self.check_problem(reply, 409, "conflict", "if_last")["last"], second["id"])
        reply = publish(self.port, topic + "-none", "x", if_last=first["id"])
        self.assertEqual(self.check_problem(reply, 409, "conflict", "if_last")["last"], "")
        # An id of another log.
        reply = publish(self.port, topic, "x", if_last="zzzzzz-1")
        self.assertIsNone(self.check_problem(reply, 409, "conflict", "if_last")["last"])
        self.assertEqual([r["data"] for r in self.get("/history", topic=topic).json()["records"]], ["first", "second"])

    def test_bad_fields(self):
        own = self.publish()["id"]
        for field, fields in (
            ("ttl", {"ttl": "soon"}),
            ("ttl", {"ttl": "31536001"}),
            ("if_last", {"if_last": "soon"}),
            ("ephemeral", {"ephemeral": "perhaps"}),
            ("id", {"ephemeral": "1", "id": "mine"}),
            ("ttl", {"ephemeral": "1", "ttl": "3"}),
            ("if_last", {"ephemeral": "1", "if_last": ""}),
            ("id", {"id": own}),
            ("retry", {"retry": "-1"}),
            ("type", {"type": "a\nb"}),
        ):
            with self.subTest(fields=fields):
                self.check_problem(publish(self.port, self.topic, "x", **fields), 400, "invalid", field)
        self.check_problem(self.post("/publish", b"x", {"Content-Type": "text/plain"}), 415, "media-type")
        self.check_problem(request(self.port, "GET", "/publish"), 405, "method")
        self.check_problem(request(self.port, "GET", "/nothing"), 404, "not-found")

    def lines(self, *records):
        return "".join(json.dumps({"topic": self.topic, **record}) + "\n" for record in records).encode()

    def test_atomic(self):
        live = self.stream(self.topic, port=self.other)
        reply = self.post("/publish?atomic=1", self.lines({"data": 1}, {"data": 2, "id": "two"}, {"data": 3}), NDJSON)
        self.assertEqual(reply.status, 200, reply)
        lines = [json.loads(line) for line in reply.body.splitlines()]
        self.assertEqual([l["offset"] - lines[0]["offset"] for l in lines], [0, 1, 2])
        self.assertEqual([e.data for e in live.next_events(3)], ["1", "2", "3"])
        # With one bad record none is stored.
        reply = self.post("/publish?atomic=1", self.lines({"data": 4}, {"data": 5, "type": "a\nb"}), NDJSON)
        self.assertEqual(self.check_problem(reply, 400, "invalid", "type")["record"], 2)
        reply = self.post("/publish?atomic=1", self.lines({"data": 4}, {"data": 5, "ephemeral": True}), NDJSON)
        self.assertEqual(self.check_problem(reply, 400, "invalid", "ephemeral")["record"], 2)
        reply = self.post("/publish?atomic=1", self.lines({"data": 4}, {"data": 5, "if_last": ""}), NDJSON)
        self.check_problem(reply, 409, "conflict", "if_last")
        self.publish("end")
        self.assertEqual(live.next_event().data, "end")
        shown = [r["data"] for r in self.get("/history", topic=self.topic).json()["records"]]
        self.assertEqual(shown, ["1", "2", "3", "end"])

    def test_batch_lines(self):
        reply = self.post("/publish", self.lines({"data": 1}, {"data": 2, "if_last": ""}, {"data": 3}), NDJSON)
        lines = [json.loads(line) for line in reply.body.splitlines()]
        self.assertEqual([l.get("status", 200) for l in lines], [200, 409, 200])
        self.assertEqual(lines[1]["last"], lines[0]["id"])


class TestHistory(ApiTest):
    def page(self, port=None, **query):
        reply = self.get("/history", port=port, **query)
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(reply.header("Content-Type"), "application/json")
        return reply.json()

    def test_record(self):
        made = publish(self.port, [self.topic, self.topic + "2"], 'a\n"\u2028b', type="t", id="given", private="1").json()
        page = self.page(topic=self.topic)
        record = page["records"][0]
        self.assertLess(abs(record.pop("time") / 1000 - time.time()), 60)
        self.assertEqual(
            record,
            {
                "id": made["id"],
                "offset": made["offset"],
                "topics": [self.topic, self.topic + "2"],
                "data": 'a\n"\u2028b',
                "type": "t",
                "publisher_id": "given",
                "private": True,
            },
        )
        self.assertIsNone(page["before"])

    def test_pages(self):
        for i in range(25):
            self.publish(str(i), topic=self.topic + ("" if i % 5 else "-other"))
        wanted = [str(i) for i in range(25) if i % 5]
        page = self.page(topic=self.topic, limit=7)
        self.assertEqual([r["data"] for r in page["records"]], wanted[-7:])
        seen = page["records"]
        while page["before"]:
            page = self.page(port=self.other, topic=self.topic, limit=7, before=page["before"])
            seen = page["records"] + seen
        self.assertEqual([r["data"] for r in seen], wanted)
        # Forward from the first one.
        seen, page = [], {"after": seen[0]["id"]}
        for _ in range(10):
            page = self.page(topic=self.topic, limit=7, after=page["after"])
            seen += page["records"]
        self.assertEqual([r["data"] for r in seen], wanted[1:])
        last = self.publish("new")
        self.assertEqual(self.page(topic=self.topic, after=page["after"])["records"][0]["id"], last["id"])
        both = self.page(topic=[self.topic, self.topic + "-other"], limit=1000)
        self.assertEqual([r["data"] for r in both["records"]], [str(i) for i in range(25)] + ["new"])
        self.assertEqual(self.page(topic=self.topic + "-none")["records"], [])

    def test_templates(self):
        for name in ("a", "b", "c/d"):
            self.publish(name, topic=f"{self.topic}/{name}")
        page = self.page(topic=self.topic + "/{name}")
        self.assertEqual([r["data"] for r in page["records"]], ["a", "b"])
        page = self.page(topic=self.topic + "/{+name}", limit=2)
        self.assertEqual([r["data"] for r in page["records"]], ["b", "c/d"])

    def test_refusals(self):
        self.check_problem(self.get("/history", topic=""), 400, "invalid", "topic")
        for limit in ("0", "1001", "x", "-1"):
            self.check_problem(self.get("/history", topic="a", limit=limit), 400, "invalid", "limit")
        self.check_problem(self.get("/history", topic="a", before="x"), 400, "invalid", "before")
        self.check_problem(self.get("/history", topic="a", after="zzzzzz-1"), 410, "epoch", "after")
        self.check_problem(request(self.port, "POST", "/history"), 405, "method")
        self.assertEqual(request(self.port, "HEAD", f"/history?topic={self.topic}").status, 200)

    def test_topics(self):
        for i in range(3):
            last = self.publish(topic=f"{self.topic}-b")
        self.publish(topic=f"{self.topic}-c")
        reply = self.get("/topics", after=f"{self.topic}-a", limit=2)
        self.assertEqual(reply.status, 200, reply)
        topics = reply.json()["topics"]
        self.assertEqual([t["topic"] for t in topics], [f"{self.topic}-b", f"{self.topic}-c"])
        self.assertEqual((topics[0]["records"], topics[0]["last"]), (3, last["id"]))
        self.check_problem(self.get("/topics", limit="0"), 400, "invalid", "limit")

    def test_pipelined_questions(self):
        """On one connection, answers that wait for the broker come in the order of the requests."""
        self.publish("x")
        from http1 import Connection, request_bytes

        with Connection(self.port) as connection:
            connection.send(
                request_bytes("GET", f"/history?topic={self.topic}")
                + request_bytes("GET", "/topics?limit=1")
                + request_bytes("POST", "/publish", f"topic={self.topic}&data=y", FORM)
                + request_bytes("GET", f"/history?topic={self.topic}")
            )
            replies = [connection.reply() for _ in range(4)]
        self.assertEqual([r.status for r in replies], [200] * 4)
        self.assertEqual([len(replies[i].json()["records"]) for i in (0, 3)], [1, 2])


class TestStreams(ApiTest):
    def hello(self, stream):
        event = stream.next_event()
        self.assertEqual(event.type, "belfry.hello")
        return json.loads(event.data)

    def change(self, session, port=None, **wish):
        return self.post(f"/subscriptions/{session}", wish, port=port)

    def test_hello_and_sync(self):
        for i in range(3):
            self.publish(str(i))
        stream = self.stream(self.topic, history=2, hello=1)
        hello = self.hello(stream)
        self.assertRegex(hello["session"], r"^[0-9a-f]{16}-\d+$")
        events = stream.next_events(3)
        self.assertEqual([e.data for e in events[:2]], ["1", "2"])
        self.assertEqual(events[2].type, "belfry.sync")

    def test_templates(self):
        stream = self.stream(self.topic + "/{id}")
        self.publish("no", topic=self.topic + "/a/b")
        self.publish("yes", topic=self.topic + "/a")
        self.assertEqual(stream.next_event().data, "yes")

    def test_publishers_id(self):
        self.publish("1", id=self.topic + "-one!")
        self.publish("2")
        for port in (self.port, self.other):
            stream = self.stream(self.topic, port=port, headers={"Last-Event-ID": self.topic + "-one!"})
            self.assertEqual(stream.next_event().data, "2")
        # A publisher's id that looks like an event id.
        self.publish("3", id="order-77")
        self.publish("4")
        stream = self.stream(self.topic, last_event_id="order-77")
        self.assertEqual(stream.next_event().data, "4")
        stream = self.stream(self.topic, last_event_id="nobody's")
        gap = stream.next_event()
        self.assertEqual((gap.type, json.loads(gap.data)["reason"]), ("belfry.gap", "unknown"))

    def test_change(self):
        for port in (self.port, self.other):  # the edge of the stream, and another one
            with self.subTest(port=port):
                one, two = f"{self.topic}-{port}-1", f"{self.topic}-{port}-2"
                stream = self.stream(one, hello=1)
                session = self.hello(stream)["session"]
                self.assertEqual(stream.next_event().type, "belfry.sync")
                reply = self.change(session, port=port, add=[two])
                self.assertEqual((reply.status, reply.body), (204, b""), reply)
                self.publish("b", topic=two)
                self.publish("a", topic=one)
                self.assertEqual([e.data for e in stream.next_events(2)], ["b", "a"])
                self.assertEqual(self.change(session, port=port, remove=[one]).status, 204)
                self.publish("unheard", topic=one)
                self.publish("heard", topic=two)
                self.assertEqual(stream.next_event().data, "heard")
                self.check_problem(self.change(session, port=port, remove=[two]), 400, "invalid", "remove")
                self.check_problem(self.change(session, port=port, add=[""]), 400, "invalid", "add")
                self.check_problem(self.change(session, port=port, add="x"), 400, "invalid", "add")
                many = [f"t{i}" for i in range(150)]
                self.check_problem(self.change(session, port=port, add=many), 400, "invalid", "add")
                self.check_problem(self.post(f"/subscriptions/{session}", b"{", port=port), 400, "invalid")
                stream.close()
                wait_until(lambda: self.change(session, port=port, add=["x"]).status == 404, 10, "the session's end")

    def test_unknown_session(self):
        for session in ("x", "0123456789abcdef-1", "0123456789abcdef", "%2e%2e"):
            with self.subTest(session=session):
                self.check_problem(self.change(session, add=["x"]), 404, "not-found")
        self.check_problem(request(self.port, "GET", "/subscriptions/0123456789abcdef-1"), 405, "method")

    def members(self, port, topic):
        reply = self.get("/presence", port=port, topic=topic)
        self.assertEqual(reply.status, 200, reply)
        return sorted(m["member"] for m in reply.json()["members"])

    def test_presence(self):
        topic = self.topic
        watcher = self.stream(topic, presence=1)
        ann = self.stream(topic, name="ann")
        self.stream(topic, port=self.other, name="bob")
        self.stream(topic, port=self.other, name="ann")  # a second tab
        self.stream(topic)  # nobody
        for port in (self.port, self.other):
            wait_until(lambda: self.members(port, topic) == ["ann", "bob"], 10, "both members")

        def told(name, event):
            events = [json.loads(e.data) for e in watcher.parser.events if e.type == "belfry.presence"]
            return any((e["member"], e["event"]) == (name, event) for e in events)

        # A broker that has just started gets all present members and reports none of them.
        guests = []

        def guest_came():
            guests.append(self.stream(topic, name=f"guest {len(guests)}"))
            watcher.read_more(0.5)
            return any(told(f"guest {i}", "join") for i in range(len(guests)))

        wait_until(guest_came, 30, "a guest's coming")
        late = self.stream(topic, port=self.other, name="late")
        watcher.read_until(lambda s: told("late", "join"), 10, "the coming of one at the other edge")
        late.close()
        watcher.read_until(lambda s: told("late", "leave"), 20, "its leaving")
        ann.close()  # one of two tabs
        self.assertFalse(told("ann", "leave"))
        self.check_problem(self.get("/presence"), 400, "invalid", "topic")
        self.check_problem(self.get("/subscribe", topic=topic, name="a" * 257), 400, "invalid", "name")


if __name__ == "__main__":
    belfry.main()
