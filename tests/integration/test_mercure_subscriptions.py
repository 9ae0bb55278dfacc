#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Mercure's subscriptions in both dialects: the API and the events about subscribers, and problems that users of other hubs
reported: a new subscriber per connection, events when streams are recycled, ghosts, a list without pages, a list per
node."""

import hashlib
import json
import os
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import publish, request
from sse import Stream
from test_mercure import HUB, METADATA, SECRET, MercureTest, bearer, legacy, signed
from waiting import wait_until

LIST = HUB + "/subscriptions"
ANY = LIST + "{/topic}{/subscriber}"  # as clients of the older dialect watch
ANY_MODERN = LIST + "/:type/:match/:subscriber"
UUID = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-%s[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
GRACE = 5  # seconds until a leave is reported
LEASE = 6  # seconds until the members of a silent edge are removed


def quote(text):
    return urllib.parse.quote(text, safe="")


def user(sub, subscribe=("*",), payload=None):
    mercure = {"subscribe": list(subscribe)}
    if payload is not None:
        mercure["payload"] = payload
    return bearer(signed({"sub": sub, "mercure": mercure}))


def modern_user(sub=None, matches=("*",), kind="exact", payload=None):
    detail = {
        "type": "https://mercure.rocks/authorization-detail",
        "actions": ["subscribe"],
        "topics": [{"match": match, "match_type": kind} for match in matches],
    }
    if payload is not None:
        detail["payload"] = payload
    claims = {"exp": time.time() + 600, "authorization_details": [detail]}
    if sub:
        claims["sub"] = sub
    return bearer(signed(claims, {"alg": "HS256", "typ": "at+jwt"}))


class SubscriptionsTest(MercureTest):
    edge_arguments = ("--mercure-subscriptions",)
    edges = 2
    watching = None  # headers of an authorized watcher

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.belfry.ports[1]
        cls.settle(cls.belfry.ports)

    @classmethod
    def settle(cls, ports):
        """Waits until a new member is reported: a broker that has just started does not report earlier members."""
        guests = []
        watcher = Stream(ports[0], target=HUB + "?topic=" + quote(ANY), headers=cls.watching)

        def told():
            target = f"{HUB}?topic=guest-{len(guests)}"
            guests.append(Stream(ports[-1], target=target, headers=cls.watching))
            watcher.read_more(0.5)
            return any("guest" in e.data for e in watcher.parser.events)

        try:
            wait_until(told, 30, "a guest's coming")
        finally:
            for stream in [watcher, *guests]:
                stream.close()

    def watch(self, topic=ANY, port=None, headers=None):
        return self.opened(topic, port=port, headers=headers or self.watching)

    def watch_modern(self, pattern=ANY_MODERN, port=None, headers=None):
        return self.opened(("match_urlpattern", pattern), port=port, headers=headers or self.watching)

    def told(self, watcher, about=None):
        """Returns the received documents for the topics of this test."""
        about = about or self.topic
        documents = [json.loads(e.data) for e in watcher.parser.events]
        return [d for d in documents if about in d.get("topic", d.get("match", ""))]

    def wait_told(self, watcher, count, about=None, seconds=20):
        watcher.read_until(lambda s: len(self.told(s, about)) >= count, seconds, f"{count} events about {about or self.topic}")
        return self.told(watcher, about)

    def ask(self, path="", port=None, headers=None, method="GET"):
        return request(port or self.port, method, LIST + path, b"", headers or self.watching)

    def listed(self, path="", port=None, headers=None):
        reply = self.ask(path, port, headers)
        self.assertEqual(reply.status, 200, reply)
        return reply.json()["subscriptions"]

    def wait_listed(self, count, path, port=None, seconds=10):
        return wait_until(
            lambda: len(found := self.listed(path, port)) == count and (found or True),
            seconds,
            lambda: f"{count} at {path}; there were {self.listed(path, port)}",
        )


class TestOff(MercureTest):
    """Switched off, as by default in other hubs: no lists and no events."""

    edges = 1
    key = SECRET

    def test_off(self):
        watching = bearer(legacy(subscribe=["*"], publish=["*"]))
        for path in ("", "/a", "/exact/a", "/a/urn%3Auuid%3A1"):
            for method in ("GET", "HEAD", "OPTIONS", "POST"):
                self.assertEqual(request(self.port, method, LIST + path, b"", watching).status, 404)
        self.assertNotIn("mercure_subscriptions", request(self.port, "GET", METADATA).json())
        watcher = self.opened(ANY, "end", headers=watching)

        def guest_came():
            self.opened("room", headers=user("ann"))
            self.publish(topic="end", headers=watching)
            time_is_up = time.monotonic() - began > GRACE + 1  # a broker that has just started reports nobody
            return time_is_up and watcher.next_event().data == "x"

        began = time.monotonic()
        wait_until(guest_came, 30, "the end of the broker's quiet time")
        members = request(self.port, "GET", "/presence?topic=room", b"", watching).json()["members"]
        self.assertEqual(members, [{"member": "ann"}])
        self.assertEqual([e.data for e in watcher.parser.events if "ubscription" in e.data], [])


class TestOpen(SubscriptionsTest):
    """An edge without tokens: a subscriber is a connection."""

    def test_legacy(self):
        watcher = self.watch()
        stream = self.opened(self.topic, self.topic + "/{id}", port=self.other)
        came = self.wait_told(watcher, 2)
        self.assertEqual([d["topic"] for d in came], [self.topic, self.topic + "/{id}"])
        subscriber = came[0]["subscriber"]
        self.assertRegex(subscriber, f"^{UUID % 4}$")
        for document in came:
            address = f"{LIST}/{quote(document['topic'])}/{quote(subscriber)}"
            wanted = {
                "@context": "https://mercure.rocks/",
                "id": address,
                "type": "Subscription",
                "topic": document["topic"],
                "subscriber": subscriber,
                "active": True,
            }
            self.assertEqual(document, wanted)
            for port in self.belfry.ports:
                reply = request(port, "GET", address)
                self.assertEqual((reply.status, reply.header("Content-Type")), (200, "application/ld+json"), reply)
                self.assertEqual({**wanted, "lastEventID": reply.json()["lastEventID"]}, reply.json())
                self.assertEqual(self.listed("/" + quote(document["topic"]), port), [wanted])
        # Default events without an id, so a client's position does not change.
        self.assertEqual({(e.type, e.id) for e in watcher.parser.events}, {("message", watcher.parser.events[0].id)})
        self.assertNotIn("event: mercure", watcher.parser.lines)
        self.assertEqual([l for l in watcher.parser.lines if l.startswith("id:")][1:], [])
        stream.close()
        gone = self.wait_told(watcher, 4)[2:]
        self.assertEqual([{**d, "active": True} for d in gone], came)
        self.assertEqual([d["active"] for d in gone], [False, False])
        self.check_refused(request(self.other, "GET", came[0]["id"]), 404)
        self.assertEqual(self.listed("/" + quote(self.topic)), [])

    def test_modern(self):
        watcher = self.watch_modern()
        older = self.watch()
        strange = self.topic + "/{exact}"  # which looks like a template but is not one
        stream = self.opened(("match", self.topic), ("match_exact", strange), ("match_urlpattern", self.topic + "/:id"))
        came = self.wait_told(watcher, 3)
        kinds = [("exact", self.topic), ("exact", strange), ("urlpattern", self.topic + "/:id")]
        self.assertEqual([(d["match_type"], d["match"]) for d in came], kinds)
        for document in came:
            kind, match, subscriber = document["match_type"], document["match"], document["subscriber"]
            wanted = {
                "id": f"{LIST}/{kind}/{quote(match)}/{quote(subscriber)}",
                "type": "subscription",
                "match_type": kind,
                "match": match,
                "subscriber": subscriber,
                "active": True,
            }
            self.assertEqual(document, wanted)
            for port in self.belfry.ports:
                reply = request(port, "GET", wanted["id"])
                self.assertEqual((reply.status, reply.header("Content-Type")), (200, "application/json"), reply)
                self.assertEqual(reply.json(), wanted)
                self.assertEqual(self.listed(f"/{kind}/{quote(match)}", port), [wanted])
        self.assertEqual({e.type for e in watcher.parser.events}, {"mercure"})
        self.assertEqual([l for l in watcher.parser.lines if l.startswith("id:")][1:], [])
        # The older dialect can express only the first one.
        self.assertEqual([d["topic"] for d in self.wait_told(older, 1)], [self.topic])
        everything = self.opened(("match", "*"))
        address = wait_until(lambda: self.listed("/exact/%2A"), 10, "one who listens to everything")[0]
        self.assertEqual((address["match_type"], address["match"]), ("exact", "*"))
        everything.close()
        stream.close()
        self.assertEqual([d["active"] for d in self.wait_told(watcher, 6)[3:]], [False] * 3)

    def test_templates_in_the_modern_dialect(self):
        watcher = self.watch_modern()
        self.opened(self.topic + "/{id}")
        document = self.wait_told(watcher, 1)[0]
        self.assertEqual((document["match_type"], document["match"]), ("template", self.topic + "/{id}"))
        self.assertEqual(self.listed(f"/template/{quote(self.topic + '/{id}')}"), [document])
        self.assertEqual(self.ask(f"/template/{quote(self.topic)}").status, 404)

    def test_one_address(self):
        """Watching one address gives no events of others, nor of the address in the other dialect."""
        first = self.opened(self.topic)
        one = self.wait_listed(1, "/" + quote(self.topic))[0]
        watcher, other = self.opened(one["id"], "marker"), self.opened(("match", one["id"]), ("match", "marker"))
        second = self.opened(self.topic)
        self.wait_listed(2, "/" + quote(self.topic))
        first.close()
        second.close()
        self.assertEqual([d["subscriber"] for d in self.wait_told(watcher, 1)], [one["subscriber"]])
        self.wait_listed(0, "/" + quote(self.topic))
        self.publish("marker", topic="marker")
        self.assertEqual(other.next_event().data, "marker")

    def test_refusals(self):
        for path, status in (
            ("/%zz", 400),
            ("/%00", 400),
            ("/" + "x" * 1025, 400),
            ("/a/b/c/d", 404),
            ("/", 404),
            ("/a/", 404),
            ("/exact//x", 404),
            ("/nothing/a/b", 400),
            ("/a/urn%3Auuid%3A00000000-0000-4000-8000-000000000000", 404),
            ("/a/somebody", 404),
            ("?limit=0", 400),
            ("?limit=1001", 400),
            ("?limit=x", 400),
            ("?after=x", 400),
            ("?after=99-1", 410),
            ("?%zz", 400),
        ):
            with self.subTest(path=path[:40]):
                self.check_refused_text(self.ask(path), status)
        self.check_refused_text(request(self.port, "GET", "/.well-known/mercure/%73ubscriptions"), 404)
        self.assertEqual(self.ask("x").status, 404)
        for method in ("POST", "PUT", "DELETE"):
            reply = self.ask(method=method)
            self.assertEqual((reply.status, reply.header("Allow")), (405, "GET, HEAD, OPTIONS"))
        self.assertEqual(self.ask(method="OPTIONS").status, 204)

    def check_refused_text(self, reply, status):
        self.assertEqual(reply.status, status, reply)
        if reply.header("Content-Type") != "application/problem+json":  # streams of other routes than Mercure's
            self.assertEqual(reply.header("Content-Type"), "text/plain; charset=utf-8")
            self.assertRegex(reply.body.decode(), r"^[^\n]+\n$")

    def test_dialect_without_tokens(self):
        """The path decides: a match type followed by something other than a subscriber is modern."""
        one = self.opened("exact", ("topic", "template"))
        found = self.wait_listed(1, "/exact")[0]
        self.assertEqual(found["topic"], "exact")
        self.assertEqual(self.ask("/exact/" + quote(found["subscriber"])).json()["topic"], "exact")
        self.assertEqual(self.ask("/exact/exact").json()["subscriptions"][0]["match"], "exact")
        self.assertEqual(self.ask("/exact/exact/" + quote(found["subscriber"])).json()["match"], "exact")
        self.assertEqual(self.ask("/exact/exact/" + quote(found["subscriber"].upper())).json()["match"], "exact")
        one.close()

    def test_cursor_and_head(self):
        id = self.publish()
        reply = self.ask()
        self.assertEqual(reply.json()["lastEventID"], id)
        self.assertEqual((reply.json()["id"], reply.json()["type"]), (LIST, "Subscriptions"))
        self.assertIsNone(reply.header("Link"))
        self.assertIn("no-cache", reply.header("Cache-Control"))
        self.assertEqual(self.ask("?x=1").json()["id"], LIST + "?x=1")
        reply = self.ask("/exact/a")
        link = f'<{HUB}>; rel="mercure"; last-event-id="{id}"; type="mercure"; content-type="application/json"'
        self.assertEqual(reply.header("Link"), link)
        self.assertEqual(reply.json(), {"id": LIST + "/exact/a", "type": "subscriptions", "subscriptions": []})
        head = self.ask("/exact/a", method="HEAD")
        self.assertEqual((head.status, head.header("ETag"), head.body), (200, reply.header("ETag"), b""))
        self.assertTrue(request(self.port, "GET", METADATA).json()["mercure_subscriptions"])

    def test_etag(self):
        """It changes with each record and each subscriber that arrives or leaves, and only then."""
        watcher = self.watch()

        def tag(known, status, port=None):
            reply = self.ask("", port, {"If-None-Match": known} if known else None)
            self.assertEqual(reply.status, status, (known, reply))
            self.assertRegex(reply.header("ETag"), r'^"[^"]+"$')
            self.assertEqual(reply.body == b"", status == 304)
            return reply.header("ETag")

        first = wait_until(lambda: (one := tag(None, 200)) == tag(None, 200) and one, 10, "a quiet moment")
        for known in (first, "W/" + first, f'"x", {first}', "*"):
            self.assertEqual(tag(known, 304), first)
        self.assertEqual(self.ask(method="HEAD", headers={"If-None-Match": first}).status, 304)
        wait_until(lambda: self.ask(port=self.other).header("ETag") == first, 10, "the same at the other edge")
        self.publish()
        second = tag(first, 200)
        self.assertNotEqual(second, first)
        stream = self.opened()
        self.wait_told(watcher, 1)
        third = tag(second, 200)
        stream.close()
        self.wait_told(watcher, 2)
        tag(third, 200)

    def test_pages(self):
        streams = [self.opened(self.topic, f"{self.topic}/{i}", port=self.belfry.ports[i % 2]) for i in range(25)]
        path = "/" + quote(self.topic)
        wanted = {d["id"] for d in self.wait_listed(25, path)}
        for begin, count in ((f"{path}?limit=7", 25), ("?limit=7", None)):
            seen, target, pages = [], LIST + begin, 0
            while target:
                page = request(self.belfry.ports[pages % 2], "GET", target).json()
                self.assertLessEqual(len(page["subscriptions"]), 7)
                seen += [d["id"] for d in page["subscriptions"]]
                target, pages = page.get("next"), pages + 1
                self.assertLess(pages, 100)
            self.assertEqual(len(seen), len(set(seen)))
            self.assertEqual(len(seen), count or len(seen))
            self.assertLessEqual(wanted, set(seen))
        # A subscriber that leaves between two pages does not hide others.
        page = self.ask(f"{path}?limit=12").json()
        for stream in streams[:20]:  # perhaps the last one of the page too
            stream.close()
        left = {d["id"] for d in self.wait_listed(5, path, seconds=20)}
        rest = request(self.other, "GET", page["next"]).json()
        self.assertNotIn("next", rest)
        self.assertEqual({d["id"] for d in page["subscriptions"] + rest["subscriptions"]} & left, left)
        self.assertLessEqual({d["id"] for d in rest["subscriptions"]}, left)

    def test_large_answers_are_short_pages(self):
        """A page ends before an answer of the broker becomes too large."""
        long = self.topic + "/" + '"' * 950  # each takes two bytes in JSON
        streams = [self.opened(f"{long}{i}-1", f"{long}{i}-2") for i in range(300)]
        self.wait_listed(1, "/" + quote(f"{long}299-2"))
        target, seen, pages = LIST, set(), 0
        while target:
            reply = request(self.port, "GET", target)
            self.assertEqual(reply.status, 200, reply)
            seen |= {d["topic"] for d in reply.json()["subscriptions"] if d["topic"].startswith(long)}
            target, pages = reply.json().get("next"), pages + 1
        self.assertEqual(len(seen), 2 * 300)
        self.assertGreater(pages, 1)
        for stream in streams:
            stream.close()

    def test_native_streams_are_listed_too(self):
        """Subscribers with a name are in the same presence."""
        watcher = self.watch()
        self.closing(Stream(self.other, self.topic, name="ann"))
        document = self.wait_told(watcher, 1)[0]
        self.assertRegex(document["subscriber"], f"^{UUID % 8}$")
        self.assertEqual(self.listed("/" + quote(self.topic)), [document])
        reply = request(self.port, "GET", "/subscribe?topic=a&name=urn:uuid:" + document["subscriber"][9:])
        self.assertEqual((reply.status, reply.json()["field"]), (400, "name"))


class TestTokens(SubscriptionsTest):
    """With tokens a subscriber is a person."""

    key = SECRET
    edge_arguments = ("--mercure-subscriptions", "--allow-anonymous", "--cors-origins", "https://app.example.org")
    watching = bearer(legacy(subscribe=["*"], publish=["*"]))

    def post(self, *fields, headers=None, **keywords):
        return super().post(*fields, headers=headers or self.watching, **keywords)

    def test_grants(self):
        """A grant for the path is needed, even where anonymous clients may subscribe to public topics."""
        self.opened(headers=user("ann"))
        path = "/" + quote(self.topic)
        ann = self.wait_listed(1, path)[0]
        one = ann["id"][len(LIST) :]
        legacy_no = {"status": 401, "error": "invalid_token"}
        modern_no = {"status": 403, "error": "insufficient_scope"}
        for grants, allowed, refused, refusal in (
            (user("x", [LIST]), [""], [path, one], legacy_no),
            (user("x", [LIST + path]), [path], ["", one], legacy_no),
            (user("x", [LIST + path + "?a=1"]), [path + "?a=1"], [path, path + "?a=2"], legacy_no),
            (user("x", [LIST + "{/topic}"]), ["", path, path + "?limit=5"], [one], legacy_no),
            (user("x", [LIST + "{/topic}{/subscriber}"]), ["", path, one], [], legacy_no),
            (user("x", [self.topic]), [], ["", path, one], legacy_no),
            (user("x", []), [], ["", path, one], legacy_no),
            (modern_user("x", [LIST]), ["", "?limit=5"], ["/exact" + path], modern_no),
            (modern_user("x", [LIST + "/exact" + path]), ["/exact" + path, "/exact" + path + "?a=1"], ["", "/exact" + one], modern_no),
            (modern_user("x", [LIST + "/:t/:m"], "urlpattern"), ["/exact" + path], ["", "/exact" + one], modern_no),
        ):
            for target in allowed:
                self.assertEqual(self.ask(target, headers=grants).status, 200, (target, grants))
            for target in refused:
                self.check_refused(self.ask(target, headers=grants), **refusal)
        self.check_refused(request(self.port, "GET", LIST), 401)
        self.check_refused(self.ask(headers=bearer("x" * 60)), 401, "invalid_token")
        # Browsers cannot set headers, so the older dialect accepts a token in the query.
        token = legacy(subscribe=[LIST])
        self.assertEqual(request(self.port, "GET", f"{LIST}?authorization={token}").status, 200)
        cookie = {"Cookie": f"mercureAuthorization={token}"}
        self.assertEqual(request(self.port, "GET", LIST, b"", cookie).status, 200)

    def test_dialect_of_a_token(self):
        self.opened(headers=user("ann"))
        path = "/" + quote(self.topic)
        self.wait_listed(1, path)
        old, new = user("x"), modern_user("x")
        self.assertEqual(self.ask(headers=old).header("Content-Type"), "application/ld+json")
        self.assertEqual(self.ask(headers=new).header("Content-Type"), "application/json")
        self.assertNotEqual(self.ask(headers=old).header("ETag"), self.ask(headers=new).header("ETag"))
        self.assertEqual(self.listed(path, headers=old)[0]["topic"], self.topic)
        self.assertEqual(self.listed("/exact" + path, headers=new)[0]["match"], self.topic)
        self.assertEqual(self.ask(path, headers=new).status, 404)
        self.assertEqual(self.ask("/sound" + path, headers=new).status, 400)
        self.assertEqual(self.ask("/exact" + path + "/x", headers=old).status, 404)
        self.assertEqual(self.ask("/exact" + path, headers=old).status, 404)  # a subscriber of the topic "exact"

    def test_cors(self):
        headers = {**modern_user("x"), "Origin": "https://app.example.org"}
        reply = self.ask("/exact/a", headers=headers)
        self.assertEqual(reply.header("Access-Control-Allow-Origin"), "https://app.example.org")
        self.assertIn("Link", [name.strip() for name in reply.header("Access-Control-Expose-Headers").split(",")])

    def test_events_are_private(self):
        """A selector alone is not enough: the token must grant the address."""
        path = "/" + quote(self.topic)
        may = self.watch(headers=user("w1", [LIST + path + "{/subscriber}"]))
        other = self.watch(headers=user("w2", [LIST + "/other{/subscriber}", "end"]))
        nobody = self.opened(ANY, "end", headers={})
        everything = self.opened("*", headers=user("w3", ["end"]))
        modern = self.watch_modern(headers=modern_user("w4", [LIST + "/exact/*"], "urlpattern"))
        modern_no = self.watch_modern(headers=modern_user("w5", [LIST + "/exact/other/:id"], "urlpattern"))
        self.opened("end", headers=user("w2"))
        self.opened(headers=user("ann"))
        self.assertEqual(self.wait_told(may, 1)[0]["topic"], self.topic)
        self.assertEqual(self.wait_told(modern, 1)[0]["match"], self.topic)
        for stream, target in ((other, ANY), (modern_no, None)):
            self.opened("other", headers=user(f"bob {stream.connection.socket.fileno()}"))
            self.assertEqual(self.wait_told(stream, 1, "other")[0]["active"], True)
            self.assertEqual(self.told(stream), [])
        self.publish("marker", topic="end")
        for stream in (nobody, everything):
            stream.read_until(lambda s: any(e.data == "marker" for e in s.parser.events), 10, "the marker")
            self.assertEqual([e.data for e in stream.parser.events if "ubscription" in e.data], [])

    def test_payload(self):
        """The payload is that of the first grant that matches the text of the subscription."""
        rooms = signed(
            {
                "sub": "ann",
                "exp": time.time() + 600,
                "authorization_details": [
                    {
                        "type": "https://mercure.rocks/authorization-detail",
                        "actions": ["subscribe"],
                        "topics": [{"match": match}],
                        "payload": payload,
                    }
                    for match, payload in ((self.topic, {"room": 1.10}), (self.topic + "/2", ["\u00e9", "a\nb"]))
                ],
            },
            {"alg": "HS256", "typ": "at+jwt"},
        )
        watcher = self.watch()
        self.opened(self.topic, self.topic + "/2", self.topic + "/3", headers=bearer(rooms))
        came = self.wait_told(watcher, 3)
        self.assertEqual([d.get("payload", "none") for d in came], [{"room": 1.1}, ["\u00e9", "a\nb"], "none"])
        for document in came:
            self.assertEqual(self.listed("/" + quote(document["topic"])), [document])
        old = self.opened(self.topic + "/4", headers=user("bob", payload={"name": "Bob"}))
        self.assertEqual(self.wait_told(watcher, 4)[3]["payload"], {"name": "Bob"})
        old.close()
        # A new token has another payload: it is shown, without an event.
        tag = self.ask().header("ETag")
        self.opened(self.topic + "/4", headers=user("bob", payload={"name": "Robert"}), port=self.other)
        path = "/" + quote(self.topic + "/4")
        wait_until(lambda: self.listed(path)[0]["payload"] == {"name": "Robert"}, 10, "the new payload")
        self.assertNotEqual(self.ask().header("ETag"), tag)
        self.assertEqual(len(self.told(watcher)), 4)

    # ---- problems of other hubs ----

    def test_one_subscriber_per_person(self):
        """A subscriber is not random per connection, but the same in all tabs, edges, reconnects and dialects."""
        watcher = self.watch()
        path = "/" + quote(self.topic)
        tabs = [self.opened(headers=user("ann"), port=port) for port in (self.port, self.port, self.other)]
        tabs.append(self.opened(("match", self.topic), headers=modern_user("ann"), port=self.other))
        self.opened(headers=user("bob"), port=self.other)
        came = self.wait_told(watcher, 2)
        self.assertRegex(came[0]["subscriber"], f"^{UUID % 8}$")
        self.assertNotEqual(came[0]["subscriber"], came[1]["subscriber"])
        for port in self.belfry.ports:
            self.assertCountEqual(self.listed(path, port), came)
        for tab in tabs[1:]:
            tab.close()
        cat = self.opened(headers=user("cat"))
        self.wait_told(watcher, 3)
        cat.close()  # later than the tabs: once it is reported, theirs would have been
        told = self.wait_told(watcher, 4)
        self.assertEqual([d["active"] for d in told], [True, True, True, False])
        self.assertCountEqual(self.listed(path), came)
        given = "urn:uuid:0188d9a0-0000-7000-8000-00000000000a"
        self.opened(self.topic + "/given", headers=user(given))
        self.assertEqual(self.wait_told(watcher, 5)[4]["subscriber"], given)

    def test_no_flapping(self):
        """A stream that is recycled, even on another edge, causes no events and is never missing from the list."""
        watcher = self.watch()
        path = "/" + quote(self.topic)
        stream = self.opened(headers=user("ann"))
        ann = self.wait_told(watcher, 1)[0]
        for i in range(6):
            stream.close()
            self.assertEqual(self.listed(path), [ann])
            stream = self.opened(headers=user("ann"), port=self.belfry.ports[i % 2])
        bob = self.opened(headers=user("bob"))
        self.wait_told(watcher, 2)
        bob.close()
        told = self.wait_told(watcher, 3)  # after the grace period of all earlier ones
        self.assertEqual([(d["subscriber"] == ann["subscriber"], d["active"]) for d in told], [(True, True), (False, True), (False, False)])
        self.assertEqual(self.listed(path), [ann])

    def test_no_ghosts(self):
        """The subscribers of a dead edge are removed, those of the others remain; all edges give the same list."""
        extra = self.belfry.add_edge("doomed")
        extra.environment["BELFRY_JWT_KEY"] = SECRET
        extra.start().wait_ready()
        watcher = self.watch()
        path = "/" + quote(self.topic)
        self.opened(headers=user("ann"))
        self.wait_told(watcher, 1)  # two edges report in any order
        for name in ("bob", "cat", "ann"):
            self.opened(headers=user(name), port=extra.port)
        self.assertEqual(len(self.wait_told(watcher, 3)), 3)
        for port in (*self.belfry.ports, extra.port):
            self.wait_listed(3, path, port)
        extra.kill()
        told = self.wait_told(watcher, 5, seconds=LEASE + 4)
        self.assertEqual({d["active"] for d in told[3:]}, {False})
        for port in self.belfry.ports:
            self.assertEqual([d["subscriber"] for d in self.listed(path, port)], [told[0]["subscriber"]])
        self.assertNotIn(told[0]["subscriber"], [d["subscriber"] for d in told[3:]])

    def test_several_edges(self):
        """All edges give the same list of the whole system, in pages."""
        for i in range(8):
            self.opened(headers=user(f"user {i}"), port=self.belfry.ports[i % 2])
        path = "/" + quote(self.topic)
        for port in self.belfry.ports:
            self.wait_listed(8, path, port)
        self.assertEqual(self.listed(path, self.port), self.listed(path, self.other))
        first = self.ask(path + "?limit=5").json()
        rest = request(self.other, "GET", first["next"], b"", self.watching).json()
        self.assertEqual(first["subscriptions"] + rest["subscriptions"], self.listed(path))
        self.assertNotIn("next", rest)

    def test_nothing_is_stored(self):
        """Events about subscribers are not stored, unlike in other hubs."""
        before = self.publish()
        watcher = self.watch()
        stream = self.opened(headers=user("ann"))
        self.wait_told(watcher, 1)
        stream.close()
        self.wait_told(watcher, 2)
        epoch, _, offset = before.partition("-")
        self.assertEqual(self.publish(), f"{epoch}-{int(offset) + 1}")


if __name__ == "__main__":
    belfry.main()
