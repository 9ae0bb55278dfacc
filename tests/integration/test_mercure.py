#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The Mercure protocol in both dialects: requests of clients of other hubs, and problems that users of other hubs reported."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import FORM, Connection, request
from publishers import Publisher
from sse import Stream
from waiting import finish

HUB = "/.well-known/mercure"
METADATA = "/.well-known/oauth-protected-resource/.well-known/mercure"
SECRET = "a secret that has sixty-four bytes, which is enough for HS512 too"
OWN_ID = r"^[a-z0-9]{1,7}-\d+$"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims, header=None, secret=SECRET):
    head = encode(json.dumps(header or {"alg": "HS256"}).encode())
    text = f"{head}.{encode(json.dumps(claims).encode())}"
    return f"{text}.{encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def legacy(claim="mercure", **mercure):
    return signed({claim: mercure})


def modern(*details, **claims):
    """`details`: (actions, topics)."""
    listed = [
        {
            "type": "https://mercure.rocks/authorization-detail",
            "actions": actions,
            "topics": [{"match": topic} for topic in topics],
        }
        for actions, topics in details
    ]
    claims = {"exp": time.time() + 600, "authorization_details": listed, **claims}
    return signed(claims, {"alg": "HS256", "typ": "at+jwt"})


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


ALL = legacy(publish=["*"], subscribe=["*"])
MODERN_ALL = modern((["publish", "subscribe"], ["*"]))


class MercureTest(belfry.BelfryTest):
    """One system for all tests of a class."""

    edge_arguments = ()
    key = None
    token = None
    edges = 1

    @classmethod
    def setUpClass(cls):
        cls.belfry = belfry.System(edges=cls.edges, edge_arguments=cls.edge_arguments)
        cls.addClassCleanup(cls.belfry.remove)
        for edge in cls.belfry.edges:
            if cls.key:
                edge.environment["BELFRY_JWT_KEY"] = cls.key
        cls.belfry.start()
        cls.port = cls.belfry.ports[0]

    def setUp(self):
        self.topic = "https://example.org/" + self.id().rsplit(".", 1)[1]

    def tearDown(self):
        for edge in self.belfry.edges:
            self.assertTrue(edge.running(), "an edge has ended")

    def post(self, *fields, headers=None, path=HUB, port=None):
        """Sends a publish; `fields` are pairs."""
        token = bearer(self.token) if self.token and headers is None else {}
        body = urllib.parse.urlencode(fields)
        return request(port or self.port, "POST", path, body, {**FORM, **token, **(headers or {})})

    def publish(self, data="x", topic=None, headers=None, port=None, **fields):
        pairs = [("topic", topic or self.topic), ("data", data), *fields.items()]
        reply = self.post(*pairs, headers=headers, port=port)
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(reply.header("Content-Type"), "text/plain; charset=utf-8")
        return reply.body.decode()

    def target(self, fields, path=HUB):
        return path + "?" + urllib.parse.urlencode(fields)

    def stream(self, *fields, headers=None, port=None, path=HUB):
        """`fields`: pairs, or topics."""
        pairs = [f if isinstance(f, tuple) else ("topic", f) for f in fields or (self.topic,)]
        token = bearer(self.token) if self.token and headers is None else {}
        stream = Stream(port or self.port, target=self.target(pairs, path), headers={**token, **(headers or {})})
        return self.closing(stream)

    def opened(self, *fields, **keywords):
        stream = self.stream(*fields, **keywords)
        self.assertEqual(stream.status, 200, stream.headers)
        return stream

    def get(self, *fields, headers=None, method="GET", path=HUB):
        return request(self.port, method, self.target(fields, path), b"", headers)

    def check_refused(self, reply, status, error=None):
        self.assertEqual(reply.status, status, reply)
        self.assertEqual(reply.header("Content-Type"), "text/plain; charset=utf-8")
        self.assertRegex(reply.body.decode(), r"^[^\n]+\n$")
        if status == 401 or error:
            challenge = reply.header("WWW-Authenticate") or ""
            self.assertRegex(challenge, "^Bearer ")
            self.assertIn(f'resource_metadata="http://belfry.test{METADATA}"', challenge)
            self.assertEqual("error=" in challenge, error is not None, challenge)
            if error:
                self.assertIn(f'error="{error}"', challenge)
        return reply.body.decode()


class TestLegacy(MercureTest):
    """The older dialect on an edge without tokens."""

    edges = 2

    def test_stream(self):
        for path in (HUB, "/hub"):
            stream = self.opened(path=path)
            self.assertEqual(stream.header("Content-Type"), "text/event-stream")
            for word in ("private", "no-cache", "no-store", "must-revalidate", "max-age=0"):
                self.assertIn(word, stream.header("Cache-Control"))
            self.assertEqual(stream.header("Pragma"), "no-cache")
            self.assertEqual(stream.header("X-Accel-Buffering"), "no")
            self.assertIsNone(stream.header("Last-Event-ID"))
            self.publish("a\nb\r\nc", type="greeting", id=f"urn:{path}", retry="2500")
            event = stream.next_event()
            self.assertEqual((event.data, event.type, event.id), ("a\nb\nc", "greeting", f"urn:{path}"))
            self.assertEqual(stream.parser.retry, 2500)
            self.assertTrue(stream.raw.startswith(b":\n"))
            lines = stream.parser.lines
            at = lines.index("event: greeting")
            self.assertEqual(lines[at : at + 6], ["event: greeting", "retry: 2500", f"id: urn:{path}", "data: a", "data: b", "data: c"])

    def test_publish(self):
        stream = self.opened()
        self.assertEqual(self.publish("one", id="urn:uuid:1"), "urn:uuid:1")
        self.assertEqual(self.publish("again", id="urn:uuid:1"), "urn:uuid:1")  # once is enough
        made = self.publish("two")
        self.assertRegex(made, OWN_ID)
        self.assertRegex(self.post(("topic", self.topic)).body.decode(), OWN_ID)  # no data
        self.assertRegex(self.post(("topic", self.topic), ("data", "o"), ("unknown", "x"), ("retry", "")).body.decode(), OWN_ID)
        events = stream.next_events(4)
        self.assertEqual([(e.data, e.id) for e in events[:2]], [("one", "urn:uuid:1"), ("two", made)])
        self.assertEqual([e.data for e in events[2:]], ["", "o"])

    def test_bad_publishes(self):
        topic = ("topic", self.topic)
        own = self.publish()
        for fields in (
            [("data", "x")],
            [("topic", "")],
            [topic, ("retry", "soon")],
            [topic, ("retry", "-1")],
            [topic, ("id", "a\nb")],
            [topic, ("id", "a\0b")],
            [topic, ("id", "earliest")],
            [topic, ("id", own)],
            [topic, ("type", "a\rb")],
            [topic, ("data", b"\xff")],
            [("topic", f"t{i}") for i in range(101)],
            [("topic", f"t{i}") for i in range(1001)],
        ):
            with self.subTest(fields=fields[:3]):
                self.check_refused(self.post(*fields), 400)
        for kind, body in (("application/json", '{"topic":"a"}'), ("text/plain", "topic=a"), ("", "topic=a")):
            reply = request(self.port, "POST", HUB, body, {"Content-Type": kind} if kind else {})
            self.check_refused(reply, 400)
        self.check_refused(request(self.port, "POST", HUB, "topic=%zz", FORM), 400)
        for reserved in (HUB, f"https://example.org{HUB}/subscriptions/a", f"x{HUB}y"):
            self.check_refused(self.post(("topic", reserved)), 403)
            self.check_refused(self.post(topic, ("topic", reserved)), 403)

    def test_topics(self):
        stream = self.opened("https://example.org/books/{id}", "plain", "{invalid", ("other", "x"))
        for topic in ("https://example.org/books/1/2", "https://example.org/books/1", "other", "plain", "{invalid", "https://example.org/books/{id}"):
            self.publish(topic, topic=topic)
        wanted = ["https://example.org/books/1", "plain", "{invalid", "https://example.org/books/{id}"]
        self.assertEqual([e.data for e in stream.next_events(4)], wanted)
        both = self.opened("*")
        self.post(("topic", "first"), ("topic", "second"), ("data", "once"))
        self.publish("end")
        self.assertEqual([e.data for e in both.next_events(2)], ["once", "end"])

    def test_bad_subscribes(self):
        self.check_refused(self.get(), 400)
        self.check_refused(self.get(("lastEventID", "x")), 400)
        self.check_refused(self.get(("topic", "")), 400)
        self.check_refused(self.get(("topic", "a\nb")), 400)
        self.check_refused(self.get(*[("topic", f"t{i}") for i in range(101)]), 400)
        self.check_refused(request(self.port, "GET", HUB + "?topic=%zz"), 400)

    def test_methods_and_paths(self):
        for method in ("PUT", "DELETE", "PATCH"):
            reply = request(self.port, method, HUB)
            self.assertEqual(reply.status, 405)
            self.assertEqual(reply.header("Allow"), "GET, HEAD, POST, OPTIONS")
        self.assertEqual(self.get(("topic", "a"), method="HEAD").status, 200)
        self.assertEqual(self.get(method="HEAD").status, 400)
        for path in (HUB + "/", HUB + "/subscriptions", HUB + "/subscriptions/a/b", "/.well-known", "/hub/"):
            self.assertEqual(request(self.port, "GET", path).status, 404, path)

    def test_discovery(self):
        self.assertEqual(request(self.port, "GET", "/").header("Link"), f'<{HUB}>; rel="mercure"')

    def cursor(self, stream):
        self.assertEqual(stream.header("Last-Event-ID"), stream.header("Mercure-Last-Event-ID"))
        return stream.header("Last-Event-ID")

    def test_cursors(self):
        one = self.publish("1", id=self.topic + "#1")
        two = self.publish("2")
        self.publish("3", id="order-77")  # which looks like an event id
        self.publish("4")
        for wanted, id in (("2", one), ("3", two), ("4", "order-77")):
            for port in self.belfry.ports:
                for name in ("lastEventID", "last_event_id", "Last-Event-ID", "lastEventId"):
                    stream = self.opened(self.topic, (name, id), port=port)
                    self.assertEqual(self.cursor(stream), id)
                    self.assertEqual(stream.next_event().data, wanted, (name, id))
        stream = self.opened(self.topic, ("lastEventID", two), headers={"Last-Event-ID": one})
        self.assertEqual((self.cursor(stream), stream.next_event().data), (one, "2"))
        stream = self.opened(self.topic, ("lastEventID", two), headers={"Last-Event-ID": ""})
        self.assertEqual((self.cursor(stream), stream.next_event().data), (two, "3"))

    def test_earliest(self):
        for i in range(3):
            self.publish(str(i), id=f"{self.topic}-{i}")
        stream = self.opened(self.topic, ("lastEventID", "earliest"))
        self.assertEqual(self.cursor(stream), "earliest")
        self.assertEqual([(e.data, e.id) for e in stream.next_events(3)], [(str(i), f"{self.topic}-{i}") for i in range(3)])
        self.assertNotIn(b"belfry.gap", stream.raw)

    def test_unknown_cursor(self):
        self.publish("old")
        head = self.publish("old too")
        epoch, _, offset = head.partition("-")
        for id in ("urn:uuid:nobody", "other1-3", f"{epoch}-{int(offset) + 1000000}", "a\r\nX-Injected: 1", "x" * 300):
            stream = self.opened(self.topic, ("lastEventID", id))
            self.assertEqual(self.cursor(stream), "earliest", id)
            self.assertIsNone(stream.header("X-Injected"))
        stream = self.opened(self.topic, ("lastEventID", "urn:uuid:nobody"))
        self.publish("new", id="urn:new")
        event = stream.next_event()
        self.assertEqual(event.type, "belfry.gap")  # only subscribers of that type see it
        event = stream.next_event()
        self.assertEqual((event.data, event.id), ("new", "urn:new"))

    def test_cursor_is_no_header_break(self):
        """An id may contain characters that a header may not. The header is then shortened, and resuming still works."""
        self.publish("1", id="a\x01b\x7f")
        self.publish("2")
        stream = self.opened(self.topic, ("lastEventID", "a\x01b\x7f"))
        self.assertEqual(self.cursor(stream), "earliest")
        self.assertEqual(stream.next_event().data, "2")

    def test_both_dialects_see_the_same(self):
        stream, other = self.opened(), self.opened(("match", self.topic), port=self.belfry.ports[1])
        own = self.closing(Stream(self.port, self.topic))
        id = self.publish("x", id="urn:same")
        for one in (stream, other):
            event = one.next_event()
            self.assertEqual((event.id, event.data), (id, "x"))
        event = own.next_event()
        self.assertRegex(event.id, OWN_ID)  # native streams resume by position
        self.assertEqual(event.data, "x")


class TestModern(MercureTest):
    def test_match(self):
        for name in ("match", "match_exact"):
            stream = self.opened((name, self.topic), (name, "second"))
            self.publish("no", topic=self.topic + "/x")
            self.publish("yes")
            self.publish("too", topic="second")
            self.assertEqual([e.data for e in stream.next_events(2)], ["yes", "too"])
        everything = self.opened(("match", "*"))
        self.publish("any", topic="any")
        self.assertEqual(everything.next_event().data, "any")

    def test_exact_is_not_a_template(self):
        stream = self.opened(("match", self.topic + "/{id}"))
        self.publish("no", topic=self.topic + "/1")
        first = self.publish("yes", topic=self.topic + "/{id}")
        self.assertEqual(stream.next_event().data, "yes")
        self.publish("no", topic=self.topic + "/2")
        self.publish("again", topic=self.topic + "/{id}")
        stream = self.opened(("match", self.topic + "/{id}"), ("last_event_id", first))
        self.assertEqual(stream.next_event().data, "again")

    def test_urlpattern(self):
        """Live and resumed, with absolute URLs of the hub and of another host, and relative topics."""
        hub = "http://localhost"  # --public-url
        paths = self.opened(("match_urlpattern", f"/books/:id"))
        groups = self.opened(("match_urlpattern", f"https://*.example.org/books{{/:lang}}?/a"), ("match", "other"))
        begin = self.publish("begin", topic="other")
        for topic in ("/1", "/1/2", ""):
            self.publish(topic, topic=f"{hub}/books{topic}")
        self.publish("relative", topic=f"/books/relative")
        self.publish("foreign", topic=f"https://example.net/books/1")
        self.publish("urn", topic=f"urn:books:1")
        self.publish("a", topic=f"https://www.example.org/books/a")
        self.publish("fr/a", topic=f"https://www.example.org/books/fr/a")
        self.publish("b", topic=f"https://www.example.org/books/b")
        self.publish("end", topic="other")
        self.publish("last", topic=f"{hub}/books/last")
        self.assertEqual([e.data for e in paths.next_events(3)], ["/1", "relative", "last"])
        self.assertEqual([e.data for e in groups.next_events(4)], ["begin", "a", "fr/a", "end"])
        resumed = self.opened(("match_urlpattern", f"/books/:id"), ("last_event_id", begin))
        self.assertEqual([e.data for e in resumed.next_events(3)], ["/1", "relative", "last"])

    def test_bad_matches(self):
        self.assertIn("regular expressions", self.check_refused(self.get(("match_urlpattern", r"/books/(\d+)")), 400))
        for fields in (
            [("match", "")],
            [("match_other", "a")],
            [("Match", "a")],
            [("MATCH_EXACT", "a")],
            [("match", "a"), ("topic", "a")],
            [("match", "a\u200bb")],
            [("match", "a\u0085b")],
            [("match", b"\xff")],
            [("match_urlpattern", "")],
            [("match_urlpattern", "{/a")],
            [("match_urlpattern", "/a​")],
            [("match", f"t{i}") for i in range(101)],
        ):
            with self.subTest(fields=fields[:2]):
                self.check_refused(self.get(*fields), 400)

    def test_cursor(self):
        one = self.publish("1", id="urn:modern:1")
        self.publish("2")
        stream = self.opened(("match", self.topic), ("last_event_id", one))
        self.assertEqual(stream.header("Mercure-Last-Event-ID"), one)
        self.assertEqual(stream.next_event().data, "2")
        stream = self.opened(("match", self.topic), ("last_event_id", ""))
        self.assertRegex(stream.header("Mercure-Last-Event-ID"), OWN_ID)
        last = self.publish("3")
        self.assertEqual(stream.next_event().id, last)

    def test_metadata(self):
        reply = request(self.port, "GET", METADATA)
        self.assertEqual((reply.status, reply.header("Content-Type")), (200, "application/json"))
        document = reply.json()
        self.assertEqual(document["resource"], f"http://belfry.test{HUB}")
        self.assertEqual(document["bearer_methods_supported"], ["header"])
        self.assertEqual(document["authorization_details_types_supported"], ["https://mercure.rocks/authorization-detail"])
        self.assertEqual(document["mercure_matcher_types_supported"], ["exact", "urlpattern"])
        secure = request(self.port, "GET", METADATA, b"", {"X-Forwarded-Proto": "https"}).json()
        self.assertEqual(secure["resource"], f"https://belfry.test{HUB}")
        self.assertEqual(request(self.port, "HEAD", METADATA).status, 200)
        self.assertEqual(request(self.port, "POST", METADATA).status, 405)


class TestTokens(MercureTest):
    """Tokens in the older dialect, which always answers 401."""

    edge_arguments = ("--publish-origins", "https://app.test", "--cors-origins", "https://app.test")
    key = SECRET
    token = ALL

    def publish_with(self, headers, topic=None):
        return self.post(("topic", topic or self.topic), ("data", "x"), headers=headers)

    def test_publish(self):
        self.check_refused(self.publish_with({}), 401)
        for bad in ("", "Bearer", f"Basic {ALL}", "Bearer x", f"Bearer {ALL}x", f"Bearer {signed({'mercure': {'publish': ['*']}}, secret='b' * 40)}"):
            self.check_refused(self.publish_with({"Authorization": bad}), 401, "invalid_token")
        none = encode(b'{"alg":"none"}') + "." + encode(b'{"mercure":{"publish":["*"]}}') + "."
        past = signed({"exp": 1.5, "mercure": {"publish": ["*"]}})
        early = signed({"nbf": time.time() + 3600, "mercure": {"publish": ["*"]}})
        for bad in (none, past, early, legacy(publish=["a"] * 1001), legacy(subscribe=["*"]), legacy(publish=[]), legacy(publish=["another"]), legacy(publish="*")):
            self.check_refused(self.publish_with(bearer(bad)), 401, "invalid_token")
        # All topics must be granted.
        some = bearer(legacy(publish=["a", "b/{id}"]))
        self.assertEqual(self.post(("topic", "a"), ("topic", "b/1"), headers=some).status, 200)
        self.check_refused(self.post(("topic", "a"), ("topic", "c"), headers=some), 401, "invalid_token")
        good = (
            legacy(publish=["*"]),
            legacy(publish=["https://example.org/{name}"]),
            legacy(claim="https://mercure.rocks/", publish=["*"]),
            signed({"mercure": {"publish": []}, "https://mercure.rocks/": {"publish": ["*"]}, "exp": time.time() + 60.123456}),
        )
        for token in good:
            self.assertEqual(self.publish_with(bearer(token)).status, 200)

    def test_one_header(self):
        """Two headers count as none."""
        body = f"topic={self.topic}"
        lines = f"POST {HUB} HTTP/1.1\r\nHost: belfry.test\r\n" + f"Authorization: Bearer {ALL}\r\n" * 2
        lines += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        with Connection(self.port) as connection:
            connection.send(lines)
            self.check_refused(connection.reply(), 401, "invalid_token")

    def test_sources(self):
        query = ("authorization", ALL)
        self.assertEqual(self.opened(self.topic, query, headers={}).status, 200)
        self.assertEqual(self.stream(self.topic, query, query, headers={}).status, 401)
        cookie = {"Cookie": f"mercureAuthorization={ALL}"}
        self.assertEqual(self.stream(headers=cookie).status, 200)
        self.assertEqual(self.stream(headers={**cookie, "Authorization": "Bearer bad"}).status, 401)
        self.assertEqual(self.stream(self.topic, ("authorization", "bad"), headers=cookie).status, 401)
        for page in ({}, {"Origin": "https://evil.test"}, {"Origin": "null"}, {"Referer": "https://evil.test/x"}):
            self.check_refused(self.publish_with({**cookie, **page}), 401, "invalid_token")
        for page in ({"Origin": "https://app.test"}, {"Referer": "https://app.test/page?x"}):
            self.assertEqual(self.publish_with({**cookie, **page}).status, 200)

    def test_subscribe_needs_a_token(self):
        self.check_refused(self.get(("topic", "a")), 401)
        self.check_refused(self.get(), 401)  # before it looks for topics
        self.check_refused(self.get(("topic", "a"), headers=bearer("bad")), 401, "invalid_token")
        self.assertEqual(self.stream(headers=bearer(legacy(publish=["*"]))).status, 200)  # public updates

    def test_private(self):
        mine = self.topic + "/users/1"
        granted = self.opened("*", headers=bearer(legacy(subscribe=["https://example.org/{name}/users/{id}"])))
        public = self.opened("*", headers=bearer(legacy(subscribe=[])))
        for private in ("on", "", "0"):  # only its presence matters
            self.publish("secret", private=private)
            self.post(("topic", self.topic), ("topic", mine), ("data", "mine"), ("private", private))
        end = self.publish("end")
        self.assertEqual([e.data for e in granted.next_events(4)], ["mine"] * 3 + ["end"])
        self.assertEqual(public.next_event().id, end)
        again = self.opened("*", ("lastEventID", "earliest"), headers=bearer(legacy(subscribe=[])))
        again.read_until(lambda s: any(e.id == end for e in s.parser.events), 10, "the end")
        self.assertNotIn(b"mine", again.raw)
        self.assertNotIn(b"secret", again.raw)

    def test_cursor_headers_can_be_read_by_pages(self):
        """Problem 9: a page of another origin could not detect lost events."""
        id = self.publish()
        stream = self.opened(self.topic, ("lastEventID", id), ("authorization", ALL), headers={"Origin": "https://app.test"})
        exposed = [name.strip() for name in stream.header("Access-Control-Expose-Headers").split(",")]
        for name in ("Last-Event-ID", "Mercure-Last-Event-ID"):
            self.assertIn(name, exposed)
            self.assertEqual(stream.header(name), id)
        self.assertEqual(stream.header("Access-Control-Allow-Origin"), "https://app.test")
        self.assertEqual(stream.header("Access-Control-Allow-Credentials"), "true")
        refused = self.publish_with({"Origin": "https://app.test"})
        self.assertEqual(refused.header("Access-Control-Allow-Origin"), "https://app.test")
        asked = {"Origin": "https://app.test", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        preflight = request(self.port, "OPTIONS", HUB, b"", asked)
        self.assertEqual(preflight.status, 204)
        self.assertIn("POST", preflight.header("Access-Control-Allow-Methods"))
        for name in ("authorization", "last-event-id", "cache-control"):
            self.assertIn(name, preflight.header("Access-Control-Allow-Headers"))


class TestModernTokens(MercureTest):
    edge_arguments = ("--publish-origins", "https://app.test")
    key = SECRET
    token = MODERN_ALL

    def test_subscribe(self):
        match = ("match", self.topic)
        self.check_refused(self.get(match), 401)
        self.check_refused(self.get(match, ("authorization", ALL)), 401)  # no token in the URL
        for bad in ("Basic x", "Bearer", "Bearer short"):
            self.check_refused(self.get(match, headers={"Authorization": bad}), 400, "invalid_request")
        for bad in (MODERN_ALL + "x", modern((["subscribe"], ["*"]), exp=1), modern(([], ["*"])), modern((["subscribe"], []))):
            self.check_refused(self.get(match, headers=bearer(bad)), 401, "invalid_token")
        eternal = signed({"authorization_details": []}, {"alg": "HS256", "typ": "at+jwt"})
        self.check_refused(self.get(match, headers=bearer(eternal)), 401, "invalid_token")
        self.opened(match)
        self.opened(match, headers={"Cookie": f"__Secure-mercure_access_token={MODERN_ALL}"})
        self.opened(match, headers=bearer(ALL))  # an older token suffices

    def test_private(self):
        granted = self.opened(("match", "*"), headers=bearer(modern((["subscribe"], [self.topic]))))
        self.publish("mine", private="")
        self.publish("not mine", topic="another", private="")
        self.publish("end", topic="another")
        self.assertEqual([e.data for e in granted.next_events(2)], ["mine", "end"])

    def test_pattern_grants(self):
        topics = [{"match": f"/books/:id", "match_type": "urlpattern"}]
        detail = {"type": "https://mercure.rocks/authorization-detail", "actions": ["publish", "subscribe"], "topics": topics}

        def token():
            claims = {"exp": time.time() + 600, "authorization_details": [detail]}
            return bearer(signed(claims, {"alg": "HS256", "typ": "at+jwt"}))

        stream = self.opened(("match", "*"), headers=token())
        for topic, status in ((f"/books/1", 200), (f"http://localhost/books/2", 200), (f"http://other/books/3", 403), (f"/books/4/5", 403)):
            reply = self.post(("topic", topic), ("data", topic), ("private", "on"), headers=token())
            self.assertEqual(reply.status, status, topic)
            self.publish(topic, topic=topic, private="on")
        seen = [e.data for e in stream.next_events(4)]
        self.assertEqual(seen, [f"/books/1"] * 2 + [f"http://localhost/books/2"] * 2)
        topics[0]["match"] = r"/(\d+)"
        self.check_refused(self.get(("match", "a"), headers=token()), 401, "invalid_token")

    def test_publish(self):
        some = bearer(modern((["publish"], ["a"]), (["subscribe"], ["*"])))
        self.assertEqual(self.post(("topic", "a"), headers=some).status, 200)
        self.check_refused(self.post(("topic", "b"), headers=some), 403, "insufficient_scope")
        listens = bearer(modern((["subscribe"], ["*"])))
        self.check_refused(self.post(("topic", "a"), headers=listens), 403, "insufficient_scope")
        cookie = {"Cookie": f"__Secure-mercure_access_token={MODERN_ALL}"}
        self.check_refused(self.post(("topic", "a"), headers=cookie), 400, "invalid_request")
        self.assertEqual(self.post(("topic", "a"), headers={**cookie, "Origin": "https://app.test"}).status, 200)

    def test_values(self):
        topic = ("topic", self.topic)
        for fields in (
            [("topic", "*")],
            [("topic", HUB)],
            [("topic", "mercure/x")],
            [("topic", "https://example.org/x/../.well-known/%6dercure/subscriptions")],
            [topic, ("type", "mercure")],
            [topic, ("id", "#1")],
            [topic, ("id", "earliest")],
            [topic, ("id", "a\tb")],
            [topic, ("type", "a\u200bb")],
            [topic, ("data", b"\xff")],
        ):
            with self.subTest(fields=fields):
                self.check_refused(self.post(*fields), 400)
        for good in (HUB + "s", "https://example.org/?x=" + HUB, "urn:x:/.well-known/mercure"):
            self.assertEqual(self.post(("topic", good)).status, 200, good)


class TestAnonymous(MercureTest):
    edge_arguments = ("--allow-anonymous",)
    key = SECRET
    token = ALL

    def test_public_only(self):
        for field in (("topic", "*"), ("match", "*")):
            stream = self.opened(field, headers={})
            self.publish("secret", private="1")
            self.publish("public")
            self.assertEqual(stream.next_event().data, "public")
            # A token that is present must be valid.
            self.assertEqual(self.stream(field, headers=bearer(ALL + "x")).status, 401)
        self.check_refused(self.post(("topic", "a"), headers={}), 401)


class TestComplaints(belfry.BelfryTest):
    """Problems that users of other Mercure hubs reported, which must not occur here."""

    def stream(self, port, topic="t", **query):
        target = HUB + "?" + urllib.parse.urlencode({"topic": topic, **query})
        return self.closing(Stream(port, target=target))

    def publish(self, port, data, **fields):
        body = urllib.parse.urlencode({"topic": "t", "data": data, **fields})
        reply = request(port, "POST", HUB, body, FORM)
        self.assertEqual(reply.status, 200, reply)
        return reply.body.decode()

    def batch(self, port, first, last, topic="t"):
        lines = "".join(json.dumps({"topic": topic, "data": f"{i:0200}", "id": f"{topic}:{i}"}) + "\n" for i in range(first, last))
        reply = request(port, "POST", "/publish", lines, {"Content-Type": "application/x-ndjson"})
        self.assertEqual((reply.status, reply.body.count(b"offset")), (200, last - first), reply)

    def test_replay_after_a_restart(self):
        """Problem 1: after a restart missed events were only sent with the next publish, even from `earliest`."""
        system = self.system(edges=1).start()
        port = system.ports[0]
        for i in range(3):
            self.publish(port, str(i), id=f"urn:{i}")
        system.edges[0].kill()
        system.broker.kill()
        system.start()
        for id, wanted in (("earliest", ["0", "1", "2"]), ("urn:0", ["1", "2"])):
            stream = self.stream(port, lastEventID=id)
            self.assertEqual(stream.header("Last-Event-ID"), id)
            self.assertEqual([e.data for e in stream.next_events(len(wanted))], wanted)

    def test_many_missed(self):
        """Problem 1: after 1000 missed events the connection was closed, after 10,000 the id was not found. Problem 2:
        each reconnect read all of them."""
        system = self.system(edges=1, edge_arguments=["--tail-bytes", "1MiB"]).start()
        port = system.ports[0]
        count = 12000
        for first in range(0, count, 1000):
            self.batch(port, first, first + 1000)
        for first in (0, 5000, count - 2):
            stream = self.stream(port, lastEventID=f"t:{first}")
            events = stream.next_events(count - first - 1, 60)
            self.assertEqual([e.id for e in events], [f"t:{i}" for i in range(first + 1, count)])
            self.assertFalse(stream.ended)
            stream.close()

    def reads(self, system):
        """Returns the number of pages that the broker has read for its edges."""
        done = subprocess.run([belfry.binary("belfry"), "stats", "--json", "--broker", system.bus], capture_output=True, timeout=600)
        return json.loads(done.stdout)["reads"]

    def test_reconnect_cost(self):
        """Problem 2: each reconnect made the hub decode every event since. Here the tail or an index is used."""
        system = self.system(edges=1, edge_arguments=["--tail-bytes", "1MiB"]).start()
        port = system.ports[0]
        for round in range(4):
            self.batch(port, round, round + 1, "rare")
            for first in range(round * 3000, round * 3000 + 3000, 1000):
                self.batch(port, first, first + 1000, "other")
        self.batch(port, 4, 14, "rare")
        wanted = [f"rare:{i}" for i in range(1, 14)]
        before = self.reads(system)
        for _ in range(20):  # 12,000 records back, no longer in the tail
            events = self.stream(port, "rare", lastEventID="rare:0").next_events(len(wanted), 30)
            self.assertEqual([e.id for e in events], wanted)
        self.assertLessEqual(self.reads(system) - before, 20 * 3)
        before = self.reads(system)
        for _ in range(20):
            events = self.stream(port, "rare", lastEventID="rare:4").next_events(9, 30)
            self.assertEqual([e.id for e in events], wanted[4:])
        self.assertLessEqual(self.reads(system) - before, 20)  # for the position of that id, no page

    def test_publishes_at_once(self):
        """Problem 5: each publish was a commit. Here simultaneous ones share a commit. Problem 8: here all streams of
        all edges see one order."""
        system = self.system(edges=2).start()
        streams = [self.stream(port) for port in system.ports * 2]
        count, each = 16, 25
        publishers = [
            Publisher(system.ports, [(f"urn:{n}:{i}", "t", "x") for i in range(each)], start=n) for n in range(count)
        ]
        for publisher in publishers:
            publisher.start()
        for publisher in publishers:
            finish(publisher, 120)
            self.assertIsNone(publisher.error)
        seen = [[e.id for e in stream.next_events(count * each, 60)] for stream in streams]
        self.assertEqual(seen[1:], seen[:1] * 3)
        self.assertEqual(set(seen[0]), {f"urn:{n}:{i}" for n in range(count) for i in range(each)})
        for n in range(count):
            mine = [id for id in seen[0] if id.startswith(f"urn:{n}:")]
            self.assertEqual(mine, [f"urn:{n}:{i}" for i in range(each)])

    def test_memory(self):
        """Problem 4: a queue of 8000 bytes per connection. Here a stream has no queue."""
        if belfry.sanitized():
            self.skipTest("memory figures mean nothing with a sanitizer")
        system = self.system(edges=1).start()
        port, count = system.ports[0], 400
        for _ in range(50):  # allocated once
            self.stream(port)
        self.publish(port, "x")
        before = system.edges[0].pss()
        streams = [self.stream(port, lastEventID="earliest") for _ in range(count)]
        for stream in streams:
            self.assertEqual(stream.next_event().data, "x")
        self.assertLess((system.edges[0].pss() - before) / count, 4000)

    def test_shed_streams_come_back(self):
        """Problems 10 and 11: here there are limits, and a refused stream gets a time to reconnect, not a status after
        which EventSource stops."""
        system = self.system(edges=1, edge_arguments=["--max-streams-per-address", "2", "--publish-rate", "1", "--publish-burst", "2"]).start()
        port = system.ports[0]
        held = [self.stream(port) for _ in range(2)]
        shed = self.stream(port)
        self.assertEqual(shed.status, 200)
        self.assertEqual(shed.header("Content-Type"), "text/event-stream")
        shed.read_to_end()
        self.assertGreater(shed.parser.retry, 0)
        self.assertEqual(shed.parser.events, [])
        held[0].close()
        self.publish(port, "x")
        self.assertEqual(held[1].next_event().data, "x")
        for _ in range(1000):
            reply = request(port, "POST", HUB, "topic=t&data=y", FORM)
            if reply.status != 200:
                break
        self.assertEqual(reply.status, 429)
        self.assertEqual(reply.header("Content-Type"), "text/plain; charset=utf-8")
        self.assertGreater(int(reply.header("Retry-After")), 0)


if __name__ == "__main__":
    belfry.main()
