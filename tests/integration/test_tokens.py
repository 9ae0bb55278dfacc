#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Tokens at the edge: where they are read, their permissions and expiry; cookies and origins; changing keys."""

import base64
import hashlib
import hmac
import json
import os
import signal
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import FORM, request
from ports import free_port
from sse import Stream
from waiting import wait_until

SECRET = "a secret that has sixty-four bytes, which is enough for HS512 too"
OTHER = "another secret that has enough bytes for all of them, HS512 also"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims, secret=SECRET, header=None):
    head = encode(json.dumps(header or {"alg": "HS256"}).encode())
    text = f"{head}.{encode(json.dumps(claims).encode())}"
    return f"{text}.{encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def token(publish=(), subscribe=(), secret=SECRET, **claims):
    return signed({"mercure": {"publish": list(publish), "subscribe": list(subscribe)}, **claims}, secret)


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


ALL = token(["*"], ["*"])


def with_a_life_long_enough(attempt):
    """Calls attempt(seconds), which uses a token that expires after these seconds and returns None if that was too early
    for this machine. Repeats it with a longer lifetime."""
    for seconds in (4, 16, 64):
        done = attempt(seconds)
        if done is not None:
            return done
    raise AssertionError("a token ended before it could be used")


class TokenTest(belfry.BelfryTest):
    edge_arguments = ()
    edges = 1

    @classmethod
    def setUpClass(cls):
        cls.belfry = belfry.System(edges=cls.edges, edge_arguments=cls.edge_arguments)
        cls.addClassCleanup(cls.belfry.remove)
        for edge in cls.belfry.edges:
            edge.environment["BELFRY_JWT_KEY"] = SECRET
        cls.belfry.start()
        cls.port = cls.belfry.ports[0]

    def setUp(self):
        self.topic = self.id().rsplit(".", 1)[1]

    def tearDown(self):
        for edge in self.belfry.edges:
            self.assertTrue(edge.running(), "an edge has ended")
            self.assertEqual(self.publish(headers=bearer(ALL), topic="alive", port=edge.port).status, 200)

    def publish(self, data="x", topic=None, headers=None, port=None, **fields):
        pairs = [("topic", one) for one in ([topic or self.topic] if not isinstance(topic, list) else topic)]
        body = urllib.parse.urlencode(pairs + [("data", data)] + list(fields.items()))
        return request(port or self.port, "POST", "/publish", body, {**FORM, **(headers or {})})

    def stream(self, *topics, port=None, **keywords):
        return self.closing(Stream(port or self.port, *(topics or [self.topic]), **keywords))

    def check_refused(self, reply, status, field=None):
        self.assertEqual(reply.status, status, reply)
        self.assertEqual(reply.json()["type"], "/problems/" + {401: "token", 403: "denied"}[status])
        if field:
            self.assertEqual(reply.json()["field"], field, reply)
        if status == 401:
            self.assertRegex(reply.header("WWW-Authenticate") or "", "^Bearer")


class TestSources(TokenTest):
    edge_arguments = ("--publish-origins", "https://app.test")

    def test_header(self):
        self.assertEqual(self.publish(headers=bearer(ALL)).status, 200)
        self.assertEqual(self.publish(headers={"authorization": f"bearer {ALL}"}).status, 200)
        self.check_refused(self.publish(), 401)
        for bad in ("", "Bearer", "Bearer ", "Basic " + ALL, "Bearer x", f"Bearer {ALL}x", f"Bearer {token(['*'], secret=OTHER)}"):
            with self.subTest(header=bad):
                reply = self.publish(headers={"Authorization": bad})
                self.check_refused(reply, 401)
                self.assertIn("invalid_token", reply.header("WWW-Authenticate"))
                self.assertNotIn(ALL.encode(), reply.body)

    def test_forgeries(self):
        claims = {"mercure": {"publish": ["*"]}}
        body = encode(json.dumps(claims).encode())
        none = encode(b'{"alg":"none"}')
        for forged in (f"{none}.{body}.", signed(claims, header={"alg": "HS512"}), signed({**claims, "exp": 1}),
                       signed({**claims, "nbf": 99999999999}), ALL[: len(ALL) // 2], ".".join([ALL] * 9)):
            self.check_refused(self.publish(headers=bearer(forged)), 401)

    def test_query(self):
        self.publish("p", headers=bearer(ALL), private="1")
        stream = self.stream(authorization=ALL, history=1)
        self.assertEqual(stream.next_event().data, "p")
        self.assertEqual(self.stream(authorization="bad").status, 401)
        # For streams only, and never logged.
        target = "/publish?" + urllib.parse.urlencode({"authorization": ALL})
        self.check_refused(request(self.port, "POST", target, f"topic={self.topic}&data=x", FORM), 401)
        self.assertNotIn(ALL, self.belfry.edges[0].log())

    def test_cookie(self):
        cookie = {"Cookie": f"a=b; mercureAuthorization={ALL}"}
        self.assertEqual(self.stream(headers=cookie).status, 200)
        # Publishing with credentials that browsers add needs a trusted origin.
        self.check_refused(self.publish(headers=cookie), 403, "origin")
        self.check_refused(self.publish(headers={**cookie, "Origin": "https://evil.test"}), 403, "origin")
        self.check_refused(self.publish(headers={**cookie, "Origin": "null"}), 403, "origin")
        for page in ({"Origin": "http://belfry.test"}, {"Referer": "http://belfry.test/page"}, {"Origin": "https://app.test"}):
            self.assertEqual(self.publish(headers={**cookie, **page}).status, 200, page)
        reply = request(self.port, "POST", "/subscriptions/0000000000000001-1", "{}", cookie)
        self.check_refused(reply, 403, "origin")

    def test_first_source_counts(self):
        cookie = {"Cookie": f"mercureAuthorization={ALL}"}
        self.assertEqual(self.stream(headers={**cookie, "Authorization": "Bearer bad"}).status, 401)
        self.assertEqual(self.stream(headers=cookie, authorization="bad").status, 401)

    def test_anonymous_is_refused(self):
        self.assertEqual(self.stream().status, 401)
        for path in ("/history", "/topics", "/presence"):
            self.check_refused(request(self.port, "GET", f"{path}?topic=a"), 401)
        self.check_refused(request(self.port, "POST", "/subscriptions/0000000000000001-1", "{}"), 401)
        self.assertEqual(request(self.port, "GET", "/").status, 200)


class TestGrants(TokenTest):
    edge_arguments = ("--allow-anonymous",)
    edges = 2

    def test_publish(self):
        some = bearer(token(["a", "b/{id}"]))
        for topic in ("a", "b/1", ["a", "b/2"]):
            self.assertEqual(self.publish(topic=topic, headers=some).status, 200)
        for topic in ("c", "b/1/2", ["a", "c"]):
            self.check_refused(self.publish(topic=topic, headers=some), 403, "topic")
        self.check_refused(self.publish(topic="a", headers=bearer(token([], ["*"]))), 403)
        self.check_refused(self.publish(topic="a"), 401)
        lines = '{"topic":"a","data":1}\n{"topic":"c","data":2}\n'
        reply = request(self.port, "POST", "/publish", lines, {"Content-Type": "application/x-ndjson", **some})
        self.assertEqual([json.loads(l).get("status", 200) for l in reply.body.splitlines()], [200, 403])
        reply = request(self.port, "POST", "/publish?atomic=1", lines, {"Content-Type": "application/x-ndjson", **some})
        self.check_refused(reply, 403)

    def test_private(self):
        mine = token([], [self.topic + "/mine"])
        # From a position on, since an edge may get the last record of the previous test late.
        here = {"last_event_id": self.publish("here", topic="elsewhere", headers=bearer(ALL)).json()["id"]}
        nobody, granted, all_of_it = (
            self.stream("*", **here, **grant) for grant in ({}, {"authorization": mine}, {"authorization": ALL})
        )
        self.publish("public", headers=bearer(ALL))
        self.publish("secret", headers=bearer(ALL), private="1")
        self.publish("for me", topic=[self.topic, self.topic + "/mine"], headers=bearer(ALL), private="1")
        self.publish("end", headers=bearer(ALL))
        self.assertEqual([e.data for e in all_of_it.next_events(4)], ["public", "secret", "for me", "end"])
        self.assertEqual([e.data for e in granted.next_events(3)], ["public", "for me", "end"])
        self.assertEqual([e.data for e in nobody.next_events(2)], ["public", "end"])
        for headers, wanted in ((None, ["public", "end"]), (bearer(mine), ["public", "for me", "end"])):
            reply = request(self.port, "GET", f"/history?topic={self.topic}", b"", headers)
            self.assertEqual([r["data"] for r in reply.json()["records"]], wanted)
            replayed = self.stream(history=10, headers=headers)
            self.assertEqual([e.data for e in replayed.next_events(len(wanted))], wanted)

    def test_pages(self):
        def status(path, headers):
            return request(self.port, "GET", path, b"", headers).status

        some = bearer(token([], [self.topic]))
        self.assertEqual(status("/topics", None), 401)
        self.assertEqual(status("/topics", some), 403)
        self.assertEqual(status("/topics", bearer(ALL)), 200)
        self.assertEqual(status(f"/presence?topic={self.topic}", None), 401)
        self.assertEqual(status(f"/presence?topic={self.topic}", some), 200)
        self.assertEqual(status("/presence?topic=another", some), 403)

    def test_bad_token_is_not_anonymous(self):
        self.assertEqual(self.stream(authorization="bad").status, 401)
        self.check_refused(request(self.port, "GET", "/history?topic=a", b"", bearer("bad")), 401)

    def test_end(self):
        """A stream ends a little before its token expires, with a retry."""

        def opened(seconds):
            soon = token([], ["*"], exp=time.time() + seconds)
            stream = self.stream(authorization=soon)
            return (stream, soon) if stream.status == 200 else None

        stream, soon = with_a_life_long_enough(opened)
        stream.read_to_end(80)
        self.assertRegex(stream.raw, rb"retry: \d+\n\n$")
        wait_until(lambda: self.stream(authorization=soon).status == 401, 20, "the token's end")

    def session(self, **query):
        stream = self.stream(self.topic, hello=1, **query)
        return stream, json.loads(stream.next_event().data)["session"]

    def change(self, session, headers=None, port=None, **wish):
        return request(port or self.port, "POST", f"/subscriptions/{session}", json.dumps(wish), headers).status

    def test_sessions(self):
        ann, bob = token([], [self.topic], sub="ann"), token([], ["*"], sub="bob")
        stream, session = self.session(authorization=ann)
        for port in self.belfry.ports:
            with self.subTest(port=port):
                self.assertEqual(self.change(session, port=port, add=["a"]), 403)
                self.assertEqual(self.change(session, bearer(bob), port=port, add=["a"]), 403)
                self.assertEqual(self.change(session, bearer("bad"), port=port, add=["a"]), 401)
                self.assertEqual(self.change(session, port=port, token="bad", add=["a"]), 403)
                self.assertEqual(self.change(session, bearer(ann), port=port, add=[f"{self.topic}/{port}"]), 204)
                # The token of the request authorises; the token in the body renews.
                fresh = token([], [self.topic, f"{self.topic}/{port}"], sub="ann")
                self.publish("unseen", topic=f"{self.topic}/{port}", headers=bearer(ALL), private="1")
                self.assertEqual(self.change(session, port=port, token=fresh), 204)
                self.publish("seen", topic=f"{self.topic}/{port}", headers=bearer(ALL), private="1")
                stream.read_until(lambda s: any(e.data == "seen" for e in s.parser.events), 10, "the granted record")
                self.assertNotIn("unseen", [e.data for e in stream.parser.events])
                stream.parser.events.clear()

    def test_renewal(self):
        """A stream whose token is renewed in time continues."""

        def renewed(seconds):
            ends = time.time() + seconds
            stream = self.stream(self.topic, hello=1, authorization=token([], ["*"], sub="ann", exp=ends))
            if stream.status != 200:
                return None
            stream.read_until(lambda s: s.parser.events or s.ended, 20, "the session")
            if stream.ended:
                return None
            session = json.loads(stream.next_event().data)["session"]
            status = self.change(session, token=token([], ["*"], sub="ann", exp=time.time() + 3600))
            return (stream, ends) if status == 204 and time.time() < ends else None

        stream, ends = with_a_life_long_enough(renewed)
        wait_until(lambda: time.time() > ends + 1, 80, "the time when the first token is over")
        self.publish("still here", headers=bearer(ALL))
        stream.read_until(lambda s: s.parser.events and s.parser.events[-1].data == "still here", 10, "the record")

    def test_presence_of_subjects(self):
        claims = {"mercure": {"subscribe": ["*"], "payload": {"face": "round"}}, "sub": "ann"}
        self.stream(authorization=signed(claims), name="not ann")
        wait_until(
            lambda: request(self.port, "GET", f"/presence?topic={self.topic}", b"", bearer(ALL)).json()["members"]
            == [{"member": "ann", "payload": {"face": "round"}}],
            10,
            "the member",
        )


class TestRules(belfry.BelfryTest):
    def start(self, *arguments, environment=None):
        system = self.system(edges=1, edge_arguments=arguments)
        system.edges[0].environment.update(environment or {})
        return system.start()

    def publish(self, system, text):
        return request(system.ports[0], "POST", "/publish", "topic=a&data=x", {**FORM, **bearer(text)}).status

    def test_issuer_and_audience(self):
        system = self.start("--jwt-issuer=me,you", "--jwt-audience=hub", environment={"BELFRY_JWT_KEY": SECRET})
        self.assertEqual(self.publish(system, token(["*"], iss="you", aud=["x", "hub"])), 200)
        self.assertEqual(self.publish(system, token(["*"], iss="them", aud="hub")), 401)
        self.assertEqual(self.publish(system, token(["*"], iss="me", aud="x")), 401)
        self.assertEqual(self.publish(system, token(["*"])), 401)

    def test_key_file(self):
        path = os.path.join(self.closing(_Folder()).name, "key")
        _write(path, SECRET)
        system = self.start("--jwt-key-file", path)
        edge = system.edges[0]
        old, new = token(["*"]), token(["*"], secret=OTHER)
        self.assertEqual((self.publish(system, old), self.publish(system, new)), (200, 401))
        _write(path, OTHER)
        wait_until(lambda: self.publish(system, new) == 200, 10, "the new key")
        self.assertEqual(self.publish(system, old), 401)  # not from the cache either
        # Bad keys do not replace good ones.
        _write(path, "short")
        edge.wait_log("edge.keys_refused")
        self.assertEqual(self.publish(system, new), 200)
        _write(path, SECRET)
        edge.signal(signal.SIGHUP)
        wait_until(lambda: self.publish(system, old) == 200, 10, "the old key")
        self.assertNotIn(SECRET, edge.log())

    def test_cors(self):
        system = self.start("--cors-origins=https://app.test,*", environment={"BELFRY_JWT_KEY": SECRET})
        port = system.ports[0]

        def headers_of(origin, method="GET", target="/history?topic=a", **more):
            return request(port, method, target, b"", {"Origin": origin, **more})

        for target in ("/history?topic=a", "/subscribe?topic=a"):  # pages may also read 401 responses
            reply = headers_of("https://app.test", target=target)
            self.assertEqual(reply.status, 401)
            self.assertEqual(reply.header("Access-Control-Allow-Origin"), "https://app.test")
            self.assertEqual(reply.header("Access-Control-Allow-Credentials"), "true")
            self.assertIn("Last-Event-ID", reply.header("Access-Control-Expose-Headers"))
            self.assertEqual(reply.header("Vary"), "Origin")
        reply = headers_of("https://other.test")
        self.assertEqual(reply.header("Access-Control-Allow-Origin"), "*")
        self.assertIsNone(reply.header("Access-Control-Allow-Credentials"))
        preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        reply = headers_of("https://app.test", "OPTIONS", "/publish", **preflight)
        self.assertEqual(reply.status, 204)
        self.assertEqual(reply.header("Access-Control-Allow-Methods"), "POST, OPTIONS")
        self.assertIn("authorization", reply.header("Access-Control-Allow-Headers"))
        self.assertEqual(reply.header("Access-Control-Max-Age"), "7200")
        # So do answers that wait for the broker, and streams.
        ok = {**FORM, **bearer(ALL), "Origin": "https://app.test"}
        reply = request(port, "POST", "/publish", "topic=a&data=x", ok)
        self.assertEqual((reply.status, reply.header("Access-Control-Allow-Origin")), (200, "https://app.test"))
        stream = self.closing(Stream(port, "a", headers=ok))
        self.assertEqual((stream.status, stream.header("Access-Control-Allow-Credentials")), (200, "true"))

    def test_no_cors(self):
        system = self.start()
        reply = request(system.ports[0], "GET", "/history?topic=a", b"", {"Origin": "https://app.test"})
        self.assertEqual(reply.status, 200)
        self.assertIsNone(reply.header("Access-Control-Allow-Origin"))


class TestStart(belfry.BelfryTest):
    """An edge without keys does not start on a public address."""

    def edge(self, *arguments, key=None):
        system = self.system(edges=0)
        argv = [belfry.binary("belfry-edge"), "--broker", system.bus, *arguments]
        return system.add_process("edge", argv, environment={"BELFRY_JWT_KEY": key} if key else None).start()

    def check_ends(self, process, status, *words):
        self.assertEqual(process.wait(), status)
        for word in words:
            self.assertIn(word, process.log())
        self.assertEqual(len(process.log().splitlines()), 2, process.log())  # that of the test, and one more

    def test_public_address(self):
        for host in ("0.0.0.0", "*", "[::]"):
            with self.subTest(host=host):
                process = self.edge("--listen", f"127.0.0.1:{free_port()},{host}:{free_port()}")
                self.check_ends(process, 1, "--jwt-key-file", "--allow-anonymous")

    def test_allow_anonymous(self):
        for arguments, key in ((["--allow-anonymous"], None), ([], SECRET)):
            process = self.edge("--listen", f"0.0.0.0:{free_port()}", *arguments, key=key)
            process.wait_log("edge.listening")
            process.kill()

    def test_bad_options(self):
        listen = ["--listen", f"127.0.0.1:{free_port()}"]
        bad = self.edge(*listen, "--jwt-key=too-short")
        self.check_ends(bad, 1, "secret")
        self.assertNotIn("too-short", bad.log().splitlines()[1])
        self.check_ends(self.edge(*listen, "--jwt-key-file=/nowhere"), 1, "/nowhere")
        self.check_ends(self.edge(*listen, "--cors-origins=app.test"), 2, "--cors-origins", "app.test")
        self.check_ends(self.edge(*listen, "--publish-origins=*"), 2, "--publish-origins")
        self.check_ends(self.edge(*listen, "--trusted-proxy=10.0.0.0/99"), 2, "--trusted-proxy")


class _Folder:
    def __init__(self):
        import tempfile

        self.folder = tempfile.TemporaryDirectory(prefix="belfry-")
        self.name = self.folder.name
        self.close = self.folder.cleanup


def _write(path, text):
    """Replaces the file, as operators do."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


if __name__ == "__main__":
    belfry.main()
