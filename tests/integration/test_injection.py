#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Text of publishers, subscribers and tokens stays inside its field: nothing ends an SSE line, a JSON string or a header
early, whatever the way in and out."""

import base64
import hashlib
import hmac
import json
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import FORM, Connection, publish, request, request_bytes
from sse import Stream
from waiting import wait_until

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
TEXT = {"Content-Type": "text/plain"}
SECRET = "a secret of the tests that is long enough for HS256"

# Line ends of SSE and HTTP, and NUL, which ends a C string. Not allowed in topics, types and ids.
BREAKS = ["\n", "\r", "\r\n", "\n\n", "\0"]
# Line ends of other formats, ends of JSON strings, and syntax: kept unchanged.
HARMLESS = ["\x85", "\u2028", "\u2029", '"', "\\", "\\n", "</script>", "%0a", "%0d%0a", ":", ": ", "{x}"]
PAYLOAD = "event: evil\ndata: evil\nid: evil-1\nretry: 1\n\n"
LINE = re.compile(r"(event|data|id|retry): .*|:.*|", re.S)


def token(**claims):
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    text = encode(b'{"alg":"HS256"}') + "." + encode(json.dumps(claims).encode())
    return text + "." + encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())


class InjectionTest(belfry.BelfryTest):
    @classmethod
    def setUpClass(cls):
        cls.belfry = belfry.System(edges=1)
        cls.addClassCleanup(cls.belfry.remove)
        cls.belfry.start()
        cls.port = cls.belfry.ports[0]

    def setUp(self):
        self.topic = self.id().rsplit(".", 1)[1]

    def stream(self, *topics, port=None, **query):
        stream = self.closing(Stream(port or self.port, *topics, **query))
        stream.port = port or self.port
        return stream

    def check_lines(self, stream):
        """Checks that every line is a field written by Belfry."""
        for line in stream.parser.lines:
            self.assertRegex(line, LINE)
            self.assertNotRegex(line, r"^(event: evil|id: evil-1|retry: 1$)")

    def ways(self, **fields):
        """Publishes the record as a form, as JSON, as a batch, and as a raw body with its fields in the query."""
        document = json.dumps(fields).encode()
        query = urllib.parse.urlencode({name: value for name, value in fields.items() if name != "data"})
        yield "form", "/publish", urllib.parse.urlencode(fields).encode(), FORM
        yield "json", "/publish", document, JSON
        yield "batch", "/publish", document + b"\n", NDJSON
        yield "raw", "/publish?" + query, fields["data"].encode(), TEXT

    def outcome(self, reply):
        """Returns the status of the record; that of a batch is in its line."""
        self.check_reply(reply)
        if reply.header("Content-Type") == "application/x-ndjson":
            lines = reply.body.splitlines()
            self.assertEqual(len(lines), 1, "one record, one line")
            return json.loads(lines[0]).get("status", 200)
        return reply.status

    NAMES = {
        "date", "content-type", "content-length", "allow", "retry-after", "connection", "cache-control", "vary",
        "www-authenticate", "access-control-allow-origin", "access-control-allow-credentials",
        "access-control-expose-headers", "access-control-allow-methods", "access-control-allow-headers",
        "access-control-max-age", "x-accel-buffering",
    }

    def check_reply(self, reply):
        for name, value in reply.headers:
            self.assertIn(name.lower(), self.NAMES)
            self.assertNotIn("evil", name)
        if reply.body and reply.header("Content-Type") in ("application/json", "application/problem+json"):
            reply.json()


class TestRecords(InjectionTest):
    def test_breaks_are_refused(self):
        """In topic, type and id, at the start, in the middle and at the end; the detail of the problem does not contain it."""
        stream = self.stream("*", self.topic)
        for name in ("topic", "type", "id"):
            for mark in BREAKS:
                for text in (f"{mark}event: evil", f"a{mark}event: evil{mark}data: evil", f"a{mark}"):
                    fields = {"topic": self.topic, "data": "x", name: text}
                    for way, target, body, headers in self.ways(**fields):
                        with self.subTest(name=name, text=text, way=way):
                            reply = request(self.port, "POST", target, body, headers)
                            self.assertEqual(self.outcome(reply), 400, reply)
                            self.assertNotIn(b"evil", reply.body)
        publish(self.port, self.topic, "the end")
        self.assertEqual([e.data for e in stream.next_events(1)], ["the end"])
        self.check_lines(stream)

    def test_harmless_text_stays(self):
        """Harmless text is unchanged in the stream, in the history and in the list of topics."""
        stream = self.stream("*")
        for number, mark in enumerate(HARMLESS):
            for way in range(4):
                text = f"a{mark}event: evil{mark}{number}.{way}"
                fields = {"topic": f"{self.topic}/{text}", "type": text, "id": text, "data": text}
                _, target, body, headers = list(self.ways(**fields))[way]
                with self.subTest(text=text, way=way):
                    self.assertEqual(self.outcome(request(self.port, "POST", target, body, headers)), 200)
                    event = stream.next_event()
                    self.assertEqual((event.type, event.data), (text, text))
                    self.assertRegex(event.id, r"^[a-z0-9]+-\d+$")
                    reply = request(self.port, "GET", "/history?topic=*&limit=1")
                    self.check_reply(reply)
                    record = reply.json()["records"][0]
                    self.assertEqual((record["topics"], record["type"], record["publisher_id"], record["data"]),
                                     ([fields["topic"]], text, text, text))
        self.check_lines(stream)
        topics = request(self.port, "GET", "/topics?limit=1000").json()["topics"]
        own = {t["topic"] for t in topics if t["topic"].startswith(self.topic + "/")}
        self.assertEqual(len(own), 4 * len(HARMLESS))

    def test_data_is_only_data(self):
        """Data may contain any text; each of its lines becomes a data line."""
        texts = [PAYLOAD, PAYLOAD.replace("\n", "\r"), PAYLOAD.replace("\n", "\r\n"), "\n", "\r\r\n\n", "", " lead"]
        texts += [":", "\ufeffid: evil-1", "a\0b", "x\u2028event: evil", "data: data: x"]
        live = self.stream(self.topic)
        for text in texts:
            for way, target, body, headers in self.ways(topic=self.topic, data=text):
                if way == "raw" and text == "":
                    continue  # an empty body is a record without data, as in the form
                with self.subTest(text=text, way=way):
                    reply = request(self.port, "POST", target, body, headers)
                    self.assertEqual(self.outcome(reply), 200, reply)
                    event = live.next_event()
                    self.assertEqual(event.data, re.sub("\r\n|\r", "\n", text))
                    self.assertEqual(event.type, "message")
                    record = request(self.port, "GET", f"/history?topic={self.topic}&limit=1").json()["records"][0]
                    self.assertEqual(record["data"], text)
        count = len(live.parser.events)
        replayed = self.stream(self.topic, history=1000)
        self.assertEqual([(e.id, e.type, e.data) for e in replayed.next_events(count)],
                         [(e.id, e.type, e.data) for e in live.parser.events])
        for stream in (live, replayed):
            self.check_lines(stream)

    def test_ephemeral(self):
        stream = self.stream(self.topic)
        body = json.dumps({"topic": self.topic, "data": PAYLOAD, "ephemeral": True}).encode()
        self.assertEqual(request(self.port, "POST", "/publish", body, JSON).status, 200)
        event = stream.next_event()
        self.assertEqual((event.type, event.id, event.data), ("message", stream.parser.last_event_id, PAYLOAD))
        for mark in BREAKS:
            record = {"topic": self.topic, "data": "x", "type": f"a{mark}data: evil", "ephemeral": True}
            self.assertEqual(request(self.port, "POST", "/publish", json.dumps(record), JSON).status, 400)
        self.check_lines(stream)

    def test_retry_and_ttl_are_numbers(self):
        for name in ("retry", "ttl"):
            for text in ("1\ndata: evil", "1\r\n", " 1", "1 ", "+1", "0x1", "1e3", "\u0661"):
                for way, target, body, headers in self.ways(topic=self.topic, data="x", **{name: text}):
                    with self.subTest(name=name, text=text, way=way):
                        self.assertEqual(self.outcome(request(self.port, "POST", target, body, headers)), 400)

    def test_not_utf8(self):
        """For a lax reader an overlong or cut sequence could become a line end, or hide one."""
        for name in ("topic", "type", "id", "data"):
            for text in (b"\xc0\x8a", b"\xe0\x80\x8a", b"\xff", b"a\xc3", b"\xed\xa0\x80"):
                fields = {"topic": self.topic.encode(), "data": b"x", name: text}
                with self.subTest(name=name, text=text):
                    reply = request(self.port, "POST", "/publish", urllib.parse.urlencode(fields).encode(), FORM)
                    self.assertEqual(self.outcome(reply), 400, reply)


class TestStreamsAndHeaders(InjectionTest):
    def wait_told(self, watcher, listener):
        """Waits until the broker reports new members: one that has just started takes them for returning ones.
        `listener(name)` returns the query of a stream; the names differ, since a quick return is not reported either."""
        tried = []

        def told():
            tried.append(f"probe-{len(tried)}")
            stream = Stream(watcher.port, self.topic, **listener(tried[-1]))
            watcher.read_more(0.2)
            stream.close()
            return any(e.type == "belfry.presence" for e in watcher.parser.events)

        wait_until(told, 20, "news of a listener")

    def test_names(self):
        """The name of a subscriber appears in other streams and in /presence."""
        watcher = self.stream(self.topic, presence=1)
        self.wait_told(watcher, lambda name: {"name": name})
        for mark in [*BREAKS, "\x1b", "\x7f"]:
            name = urllib.parse.quote(f"a{mark}data: evil")
            reply = request(self.port, "GET", f"/subscribe?topic={self.topic}&name={name}")
            self.assertEqual(reply.status, 400, (mark, reply))
            self.check_reply(reply)
        names = [f"a{mark}event: evil" for mark in HARMLESS if not re.search(r"[\x80-\x9f]", mark)]
        for name in names:
            self.stream(self.topic, name=name)

        def joined(s):
            return [json.loads(e.data)["member"] for e in s.parser.events if e.type == "belfry.presence"]

        watcher.read_until(lambda s: set(names) <= set(joined(s)), 10, "all names")
        reply = request(self.port, "GET", f"/presence?topic={self.topic}")
        self.assertLessEqual(set(names), {m["member"] for m in reply.json()["members"]})
        self.check_lines(watcher)

    def test_payloads_and_subjects(self):
        """Payload and subject of a token are arbitrary text, but stay inside their JSON string."""
        edge = self.belfry.add_edge("locked", ["--jwt-key", SECRET]).start()
        self.addCleanup(edge.kill)
        edge.wait_ready()
        every = {"publish": ["*"], "subscribe": ["*"]}
        watcher = self.stream(self.topic, port=edge.port, presence=1, authorization=token(sub="watcher", mercure=every))
        self.wait_told(watcher, lambda name: {"authorization": token(sub=name, mercure=every)})
        wanted = {}
        for number, mark in enumerate([*HARMLESS, "\n", "\r\n", "\r", "\n\n"]):
            text = f"a{mark}event: evil{mark}data: evil"
            bearer = token(sub=f"user-{number}", mercure={**every, "payload": {text: [text, {"x": text}]}})
            self.stream(self.topic, port=edge.port, authorization=bearer)
            wanted[f"user-{number}"] = {text: [text, {"x": text}]}

        def joined(s):
            found = [json.loads(e.data) for e in s.parser.events if e.type == "belfry.presence"]
            return {one["member"]: one.get("payload") for one in found if one["member"].startswith("user-")}

        watcher.read_until(lambda s: len(joined(s)) >= len(wanted), 10, "all payloads")
        self.assertEqual(joined(watcher), wanted)
        self.check_lines(watcher)
        bearer = {"Authorization": "Bearer " + token(mercure=every)}
        members = request(edge.port, "GET", f"/presence?topic={self.topic}", b"", bearer).json()["members"]
        self.assertEqual({m["member"]: m.get("payload") for m in members if m["member"].startswith("user-")}, wanted)
        for mark in BREAKS:
            bearer = token(sub=f"a{mark}data: evil", mercure=every)
            target = f"/subscribe?topic={self.topic}&authorization={bearer}"
            with Connection(edge.port) as connection:
                connection.send(request_bytes("GET", target))
                status, _, headers = connection.head()
            self.assertIn(status, (200, 401))
            self.assertFalse([value for _, value in headers if "evil" in value])
        publish_reply = request(edge.port, "POST", "/publish", f"topic={self.topic}&data=end".encode(),
                                {"Authorization": "Bearer " + token(mercure=every), **FORM})
        self.assertEqual(publish_reply.status, 200)
        watcher.read_until(lambda s: s.parser.events[-1].data == "end", 10, "the end")
        self.check_lines(watcher)

    def test_selectors_and_cursors(self):
        """Topics and Last-Event-ID of a stream are not repeated in its lines, nor unescaped in errors."""
        for name in ("topic", "last_event_id", "lastEventID", "history", "before", "after", "limit"):
            for mark in BREAKS:
                text = urllib.parse.quote(f"a{mark}Evil: evil{mark}event: evil{mark}")
                for path in ("/subscribe", "/history", "/presence", "/topics"):
                    with self.subTest(name=name, mark=mark, path=path), Connection(self.port) as connection:
                        connection.send(request_bytes("GET", f"{path}?{name}={text}"))
                        status, _, headers = connection.head()
                        self.assertIn(status, (200, 400, 410))
                        self.assertFalse([one for one in headers if "evil" in (one[0] + one[1]).lower()])
        stream = self.stream(self.topic, last_event_id=PAYLOAD)
        publish(self.port, self.topic, "end")
        stream.read_until(lambda s: s.parser.events and s.parser.events[-1].data == "end", 10, "the end")
        self.check_lines(stream)

    def test_origin_is_one_line(self):
        """Origin and Host are only repeated if they are allowed, and then unchanged."""
        edge = self.belfry.add_edge("cors", ["--cors-origins", "https://good.example"]).start()
        self.addCleanup(edge.kill)
        edge.wait_ready()
        good = "https://good.example"
        marks = ("\tEvil: evil", ", https://evil.example", "\x0bEvil: evil", "\x85Evil: evil")
        for origin in (good, *(good + mark for mark in marks), "null", "*", ""):
            with self.subTest(origin=origin), Connection(edge.port) as connection:
                connection.send(request_bytes("GET", "/history", b"", {"Origin": origin}))
                reply = connection.reply("GET")
                self.check_reply(reply)
                wanted = origin if origin == good else None
                self.assertEqual(reply.header("Access-Control-Allow-Origin"), wanted, reply)
        for end in ("\r", "\n"):
            with Connection(edge.port) as connection:
                connection.send(request_bytes("GET", "/history", b"", {"Origin": f"{good}{end}Evil: evil"}))
                reply = connection.reply("GET")
                self.check_reply(reply)
                # A bare LF may end a line (RFC 9112, section 2.2). Then Evil is an unknown header.
                self.assertIn(reply.status, (200, 400))
                self.assertNotIn(b"evil", reply.body)

    def test_path_and_method(self):
        bad = "%0d%0aEvil:%20evil"
        for target in ("/" + bad, "/subscriptions/a" + bad, "/subscriptions/%00", "/history" + bad):
            for method in ("GET", "POST", "OPTIONS", "HEAD"):
                reply = request(self.port, method, target)
                self.assertIn(reply.status, (204, 404, 405), (method, target))
                self.check_reply(reply)
                self.assertNotIn(b"vil", reply.body)

    def test_session(self):
        stream = self.stream(self.topic, hello=1)
        session = json.loads(stream.next_event().data)["session"]
        for mark in BREAKS:
            for name in ("add", "remove"):
                body = json.dumps({name: [f"a{mark}data: evil"]}).encode()
                reply = request(self.port, "POST", f"/subscriptions/{session}", body, JSON)
                self.assertEqual(reply.status, 400, (mark, name, reply))
                self.check_reply(reply)
                self.assertNotIn(b"evil", reply.body)
        publish(self.port, self.topic, "end")
        stream.read_until(lambda s: s.parser.events[-1].data == "end", 10, "the end")
        self.check_lines(stream)


if __name__ == "__main__":
    belfry.main()
