#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""HTTP of the edge: all forms of publishing, all limits, and input of attackers and broken clients."""

import json
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import FORM, Connection, publish, request, request_bytes
from sse import Stream
from waiting import Deadline

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
TEXT = {"Content-Type": "text/plain"}


class HttpTest(belfry.BelfryTest):
    """One system for all tests of a class, each with its own topics."""

    edge_arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.belfry = belfry.System(edges=1, edge_arguments=cls.edge_arguments)
        cls.addClassCleanup(cls.belfry.remove)
        cls.belfry.start()
        cls.port = cls.belfry.ports[0]

    def setUp(self):
        self.topic = self.id().rsplit(".", 1)[1]
        self.addCleanup(self._show_logs)

    def _show_logs(self):
        if not self._succeeded():
            sys.stderr.write(f"\n{self.id()} failed; logs:\n{self.belfry.logs()}\n")

    def tearDown(self):
        # Whatever was sent, the edge still serves.
        self.assertTrue(self.belfry.edges[0].running(), "the edge has ended")
        self.assertEqual(publish(self.port, "alive", "yes").status, 200)

    def stream(self, *topics, **keywords):
        return self.closing(Stream(self.port, *topics, **keywords))

    def connection(self):
        return self.closing(Connection(self.port))

    def send(self, *arguments, **keywords):
        return request(self.port, *arguments, **keywords)

    def check_problem(self, reply, *statuses):
        self.assertIn(reply.status, statuses, reply)
        self.assertEqual(reply.header("Content-Type"), "application/problem+json")
        told = reply.json()
        self.assertEqual(told["status"], reply.status)
        self.assertTrue(told["detail"], told)
        self.assertNotIn("\n", told["detail"])


class TestPublish(HttpTest):
    def check_published(self, reply, *expected, topic=None):
        """Returns the id in the reply and the records in the log."""
        self.assertEqual(reply.status, 200, reply)
        stream = self.stream(topic or self.topic, history=len(expected))
        self.assertEqual([(e.type, e.data) for e in stream.next_events(len(expected))], list(expected))
        return stream.parser.events

    def test_form(self):
        reply = self.send("POST", "/publish", f"topic={self.topic}&data=a+b%26c%0Ad&type=note", FORM)
        event = self.check_published(reply, ("note", "a b&c\nd"))[0]
        self.assertEqual(reply.json()["id"], event.id)
        self.assertTrue(reply.header("Content-Type").startswith("application/json"))

    def test_json(self):
        body = json.dumps({"topic": self.topic, "data": 'say "hi"\n', "type": "note"})
        reply = self.send("POST", "/publish", body, JSON)
        event = self.check_published(reply, ("note", 'say "hi"\n'))[0]
        self.assertEqual(reply.json()["id"], event.id)

    def test_json_with_many_topics_and_an_object(self):
        body = json.dumps({"topic": [self.topic, self.topic + "2"], "data": {"n": 1, "list": [True, None]}})
        reply = self.send("POST", "/publish", body, {"Content-Type": "application/json; charset=utf-8"})
        event = self.check_published(reply, ("message", '{"n":1,"list":[true,null]}'))[0]
        self.assertEqual(json.loads(event.data), {"n": 1, "list": [True, None]})
        self.check_published(reply, ("message", event.data), topic=self.topic + "2")

    def test_ndjson(self):
        lines = [json.dumps({"topic": self.topic, "data": f"m{i}"}) for i in range(20)]
        reply = self.send("POST", "/publish", "\n".join(lines) + "\n", NDJSON)
        events = self.check_published(reply, *[("message", f"m{i}") for i in range(20)])
        answers = [json.loads(line) for line in reply.body.splitlines()]
        self.assertEqual([a["id"] for a in answers], [e.id for e in events])

    def test_ndjson_with_a_bad_line(self):
        body = '{"topic":"%s","data":"good"}\n{nonsense}\n' % self.topic
        reply = self.send("POST", "/publish", body, NDJSON)
        if reply.status == 200:  # one line each; that of the bad one contains the error
            answers = [json.loads(line) for line in reply.body.splitlines()]
            self.assertIn("id", answers[0])
            self.assertNotIn("id", answers[1])
        else:  # refused completely: nothing is stored
            self.check_problem(reply, 400)
            self.assertIn("2", reply.json()["detail"], "which line?")
            self.send("POST", f"/publish?topic={self.topic}", "after", TEXT)
            self.assertEqual(self.stream(self.topic, history=5).next_event().data, "after")

    def test_raw_body(self):
        for type in ("text/plain", "application/octet-stream", "image/svg+xml"):
            target = f"/publish?topic={self.topic}&type=pic"
            reply = self.send("POST", target, "<svg>&amp;</svg>", {"Content-Type": type})
            self.check_published(reply, ("pic", "<svg>&amp;</svg>"))

    def test_raw_body_without_a_type(self):
        reply = self.send("POST", f"/publish?topic={self.topic}", "plain")
        self.check_published(reply, ("message", "plain"))

    def test_tutorials(self):
        reply = self.send("POST", "/publish", "message=hello+all", FORM)
        self.check_published(reply, ("message", "hello all"), topic="chat")
        reply = self.send("POST", "/chat", "message=again", FORM)
        self.check_published(reply, ("message", "again"), topic="chat")
        reply = self.send("POST", "/publish", '{"message": "as JSON"}', JSON)
        self.check_published(reply, ("message", "as JSON"), topic="chat")

    def test_same_id_is_stored_once(self):
        first = publish(self.port, self.topic, "one", id="order 4711").json()["id"]
        again = publish(self.port, self.topic, "one", id="order 4711")
        self.assertEqual(again.status, 200, again)
        self.assertEqual(again.json()["id"], first)
        other = publish(self.port, self.topic, "two", id="order 4712").json()["id"]
        self.assertNotEqual(other, first)
        events = self.stream(self.topic, history=10).next_events(2)
        self.assertEqual([e.data for e in events], ["one", "two"])

    def test_chunked_body(self):
        connection = self.connection()
        connection.send(
            f"POST /publish?topic={self.topic} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: t\r\n\r\n"
        )
        self.check_published(connection.reply(), ("message", "hello world"))

    def test_body_byte_by_byte(self):
        connection = self.connection()
        for byte in request_bytes("POST", "/publish", f"topic={self.topic}&data=slow", FORM):
            connection.send(bytes([byte]))
        self.check_published(connection.reply(), ("message", "slow"))

    def test_largest_body(self):
        size = (1 << 20) - 4096
        reply = self.send("POST", f"/publish?topic={self.topic}", "x" * size, TEXT)
        self.assertEqual(reply.status, 200, reply)
        event = self.stream(self.topic, history=1).next_event()
        self.assertEqual(len(event.data), size)

    def test_a_long_topic(self):
        topic = self.topic.ljust(1024, "t")
        self.check_published(publish(self.port, topic, "x"), ("message", "x"), topic=topic)

    def test_refused(self):
        topics = "&".join(f"topic=t{i}" for i in range(101))
        ours = publish(self.port, self.topic, "x").json()["id"]
        cases = [
            ("", FORM),
            ("topic=a", FORM),
            ("topic=&data=x", FORM),
            ("topic=*&data=x", FORM),
            ("topic=a%00b&data=x", FORM),
            ("topic=a%0Ab&data=x", FORM),
            ("topic=%ff&data=x", FORM),
            ("topic=a&data=%ff%fe", FORM),
            ("topic=a&data=%zz", FORM),
            ("topic=a&data=x&type=a%0Ab", FORM),
            ("topic=a&data=x&id=a%0Db", FORM),
            (f"topic=a&data=x&id={ours}", FORM),
            ("topic=a&data=x&retry=soon", FORM),
            ("topic=a&data=x&retry=-5", FORM),
            (topics + "&data=x", FORM),
            ("topic=" + "t" * 1025 + "&data=x", FORM),
            ("", JSON),
            ("{", JSON),
            ("[]", JSON),
            ('"text"', JSON),
            ("null", JSON),
            ('{"topic":"a"}', JSON),
            ('{"topic":1,"data":"x"}', JSON),
            ('{"topic":[],"data":"x"}', JSON),
            ('{"topic":["a",2],"data":"x"}', JSON),
            ('{"topic":"a","data":"x","id":{}}', JSON),
            ('{"topic":"a","data":"x","retry":"x"}', JSON),
            ('{"topic":"a","data":"x"} {"more":1}', JSON),
            ('{"topic":"a","topic":"b","data":"x"}', JSON),
            ('{"topic":"a","data":"\\ud800"}', JSON),
            (b'{"topic":"a","data":"\xff"}', JSON),
            ('{"data":' + "[" * 100000, JSON),
        ]
        for body, headers in cases:
            with self.subTest(body=body[:60]):
                self.check_problem(self.send("POST", "/publish", body, headers), 400, 413)

    def test_refused_raw(self):
        self.check_problem(self.send("POST", "/publish?topic=a", b"\xff\xfe", TEXT), 400)
        self.check_problem(self.send("POST", "/publish?topic=a%zz", "x", TEXT), 400)


class TestLimits(HttpTest):
    def test_huge_target(self):
        self.check_problem(self.send("GET", "/" + "a" * 100000), 414)

    def test_huge_header(self):
        self.check_problem(self.send("GET", "/subscribe", b"", {"X-Big": "a" * 100000}), 431)

    def test_many_headers(self):
        self.check_problem(self.send("GET", "/subscribe", b"", {f"X-{i}": "a" for i in range(1000)}), 431)

    def test_endless_head_is_cut(self):
        """The edge answers at once, reads on briefly so that the answer is not lost, and closes."""
        connection = self.connection()
        before = self.belfry.edges[0].pss()
        deadline = Deadline(30)
        connection.send("GET /subscribe HTTP/1.1\r\nHost: x\r\n")
        line = b"X: " + b"y" * 1000 + b"\r\n"
        with self.assertRaises(OSError):
            while True:
                deadline.check("the end of an endless request")
                connection.send(line)
        if not belfry.sanitized():
            self.assertLess(self.belfry.edges[0].pss() - before, 8 << 20)

    def test_huge_body_announced(self):
        connection = self.connection()
        connection.send("POST /publish?topic=a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        self.check_problem(connection.reply(), 413)

    def test_huge_body_in_chunks(self):
        connection = self.connection()
        connection.send("POST /publish?topic=a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        try:
            for _ in range(200):
                connection.send(chunk)
        except OSError:
            pass
        # A connection reset may lose the reply; the test is that the edge did not read 13 MB.
        self.assertNotIn(b"200 OK", connection.rest())

    def test_chunk_extensions_are_bounded(self):
        connection = self.connection()
        connection.send("POST /publish?topic=a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.send("1;" + "e" * 100000 + "\r\nx\r\n0\r\n\r\n")
        self.check_problem(connection.reply(), 400, 413)

    def test_body_over_the_limit(self):
        reply = self.send("POST", f"/publish?topic={self.topic}", "x" * ((1 << 20) + 4096), TEXT)
        self.check_problem(reply, 413)


class TestSlowClients(HttpTest):
    # Long enough for a busy machine to send a complete request.
    edge_arguments = ("--request-timeout", "2s", "--idle-timeout", "3s")

    def test_half_a_request_is_ended(self):
        for half in ("GET /sub", "POST /publish?topic=a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"):
            connection = self.connection()
            connection.send(half)
            data = connection.rest()
            if data:
                self.assertTrue(data.startswith(b"HTTP/1.1 408 "), data)

    def test_an_idle_connection_is_ended(self):
        connection = self.connection()
        self.assertEqual(connection.rest(), b"")
        connection = self.connection()
        connection.send(request_bytes("POST", f"/publish?topic={self.topic}", "x"))
        self.assertEqual(connection.reply().status, 200)
        self.assertEqual(connection.rest(), b"")

    def test_an_idle_stream_stays_open(self):
        stream = self.stream(self.topic)
        self.assertEqual(self.connection().rest(), b"", "an idle connection ended meanwhile")
        publish(self.port, self.topic, "still there")
        self.assertEqual(stream.next_event().data, "still there")

    def test_half_closed(self):
        connection = self.connection()
        connection.send(request_bytes("POST", f"/publish?topic={self.topic}", "x"))
        connection.half_close()
        reply = connection.reply()
        self.assertEqual(reply.status, 200, reply)


class TestConnections(HttpTest):
    def test_keep_alive(self):
        connection = self.connection()
        for i in range(50):
            connection.send(request_bytes("POST", f"/publish?topic={self.topic}", f"m{i}", TEXT))
            self.assertEqual(connection.reply().status, 200)

    def test_pipelining_keeps_the_order(self):
        stream = self.stream(self.topic)
        connection = self.connection()
        targets = [f"/publish?topic={self.topic}", "/nothing/here", f"/publish?topic={self.topic}&retry=x"]
        requests = [request_bytes("POST", targets[i % 3], f"m{i}", TEXT) for i in range(300)]
        connection.send(b"".join(requests))
        replies = [connection.reply() for _ in requests]
        self.assertEqual([r.status for r in replies], [200, 404, 400] * 100)
        events = stream.next_events(100)
        self.assertEqual([e.data for e in events], [f"m{i}" for i in range(0, 300, 3)])
        self.assertEqual([r.json()["id"] for r in replies[::3]], [e.id for e in events])

    def test_connection_close(self):
        connection = self.connection()
        connection.send(request_bytes("POST", f"/publish?topic={self.topic}", "x", {"Connection": "close"}))
        reply = connection.reply()
        self.assertEqual((reply.status, reply.header("Connection")), (200, "close"))
        self.assertTrue(connection.closed())

    def test_http_1_0(self):
        connection = self.connection()
        connection.send(f"POST /publish?topic={self.topic} HTTP/1.0\r\nContent-Length: 1\r\n\r\nx")
        self.assertEqual(connection.reply().status, 200)
        self.assertTrue(connection.closed())

    def test_a_publisher_that_leaves(self):
        stream = self.stream(self.topic)
        for i in range(20):
            connection = Connection(self.port)
            connection.send(request_bytes("POST", f"/publish?topic={self.topic}", f"m{i}", TEXT))
            connection.close()
        publish(self.port, self.topic, "last")
        stream.read_until(lambda s: s.parser.events and s.parser.events[-1].data == "last", 10, "the last one")

    def test_request_after_a_stream_is_not_served(self):
        connection = self.connection()
        connection.send(request_bytes("GET", f"/subscribe?topic={self.topic}"))
        connection.send(request_bytes("POST", f"/publish?topic={self.topic}", "smuggled", TEXT))
        status, _, _ = connection.head()
        self.assertEqual(status, 200)
        publish(self.port, self.topic, "honest")
        self.assertNotIn(b"smuggled", connection.until(b"honest"))


class TestMethods(HttpTest):
    def test_head(self):
        for target in ("/", "/subscribe?topic=a"):
            with self.subTest(target=target):
                connection = self.connection()
                connection.send(request_bytes("HEAD", target, b"", {"Connection": "close"}))
                status, _, headers = connection.head()
                self.assertEqual(status, 200)
                self.assertTrue(headers)
                self.assertEqual(connection.rest(), b"", "a body after HEAD")

    def test_options(self):
        for target in ("/publish", "/subscribe?topic=a", "*"):
            reply = self.send("OPTIONS", target)
            self.assertIn(reply.status, (200, 204), reply)
            self.assertIn("OPTIONS", reply.header("Allow"))

    def test_method_not_allowed(self):
        for method, target, allowed in (
            ("DELETE", "/publish", "POST"),
            ("GET", "/publish", "POST"),
            ("POST", "/subscribe", "GET"),
            ("PUT", "/", "GET"),
        ):
            reply = self.send(method, target, b"")
            if (method, reply.status) == ("GET", 404):
                self.fail(f"{target} is known")
            self.check_problem(reply, 405)
            self.assertIn(allowed, reply.header("Allow"))

    def test_not_found(self):
        for target in ("/nothing", "/publish/", "/subscribe/x", "/../etc/passwd", "/%2e%2e/etc/passwd"):
            self.check_problem(self.send("GET", target), 404, 400)

    def test_the_page(self):
        reply = self.send("GET", "/")
        self.assertEqual(reply.status, 200)
        self.assertTrue(reply.header("Content-Type").startswith("text/html"))
        self.assertIn("default-src", reply.header("Content-Security-Policy"))

    def test_expect(self):
        connection = self.connection()
        head = f"POST /publish?topic={self.topic} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        connection.send(head + "Expect: 100-continue\r\n\r\n")
        status, _, headers = connection.head()
        self.assertEqual((status, headers), (100, []))
        connection.send("ok")
        self.assertEqual(connection.reply().status, 200)

    def test_expect_when_the_body_is_too_large(self):
        connection = self.connection()
        connection.send(
            "POST /publish?topic=a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n"
        )
        self.assertEqual(connection.head()[0], 413)

    def test_unknown_expectation(self):
        reply = self.send("POST", "/publish?topic=a", "x", {"Expect": "the-unexpected"})
        self.check_problem(reply, 417)


class TestAttacks(HttpTest):
    """Requests whose end a proxy may see elsewhere are refused, and the connection is closed."""

    START = "POST /publish?topic={topic} HTTP/1.1\r\nHost: x\r\n"
    REQUESTS = {
        "length and coding": START + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "two lengths": START + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "the same length twice": START + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "a list of lengths": START + "Content-Length: 1, 1\r\n\r\nx",
        "a signed length": START + "Content-Length: +1\r\n\r\nx",
        "a negative length": START + "Content-Length: -1\r\n\r\nx",
        "a hex length": START + "Content-Length: 0x1\r\n\r\nx",
        "an empty length": START + "Content-Length: \r\n\r\nx",
        "a length beyond 64 bits": START + "Content-Length: 18446744073709551617\r\n\r\nx",
        "two codings": START + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "another coding": START + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "gzip coding": START + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "a coding with a tab": START + "Transfer-Encoding:\tchunkedx\r\n\r\n0\r\n\r\n",
        "a space before the colon": START + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "a folded line": START + "X: a\r\n b\r\nContent-Length: 1\r\n\r\nx",
        "a folded coding": START + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "coding on 1.0": START.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a bare LF": "POST /publish?topic={topic} HTTP/1.1\nHost: x\nContent-Length: 1\n\nx",
        "a bare CR": START + "X: a\rContent-Length: 1\r\n\r\nx",
        "a NUL": START + "X: a\0b\r\nContent-Length: 1\r\n\r\nx",
        "a header without a name": START + ": x\r\nContent-Length: 1\r\n\r\nx",
        "no colon": START + "nonsense\r\nContent-Length: 1\r\n\r\nx",
        "no host": "POST /publish?topic={topic} HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
        "two hosts": START + "Host: y\r\nContent-Length: 1\r\n\r\nx",
        "two spaces": "POST  /publish?topic={topic} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/0.9": "GET /subscribe\r\n\r\n",
        "HTTP/2.0": "GET /subscribe HTTP/2.0\r\nHost: x\r\n\r\n",
        "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "no method": "\x01\x02\x03 / HTTP/1.1\r\nHost: x\r\n\r\n",
        "a bad chunk size": START + "Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
        "a huge chunk size": START + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx\r\n0\r\n\r\n",
        "a chunk without its end": START + "Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n",
        "a chunk with a bare LF": START + "Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
        "a control in the target": "POST /publish?topic=a\x01b HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
    }

    def test_refused_and_closed(self):
        follower = "GET /follower HTTP/1.1\r\nHost: x\r\n\r\n"
        for name, text in self.REQUESTS.items():
            with self.subTest(name):
                connection = self.connection()
                connection.send((text.format(topic=self.topic) + follower).encode("latin-1"))
                status, _, _ = connection.head()
                self.assertIn(status, (400, 413, 431, 501, 505), name)
                self.assertEqual(re.findall(rb"HTTP/1\.\d \d\d\d", connection.rest()), [], "what followed was served")
        publish(self.port, self.topic, "honest")
        self.assertEqual(self.stream(self.topic, history=5).next_event().data, "honest")

    def test_random_bytes(self):
        for i in range(64):
            connection = self.connection()
            try:
                connection.send(bytes((i * 7 + j * j * 13) % 256 for j in range(500)) + b"\r\n\r\n")
            except OSError:
                continue  # refused at the first bytes
            data = connection.rest()
            self.assertTrue(data == b"" or data.startswith(b"HTTP/1.1 4") or data.startswith(b"HTTP/1.1 5"), data[:99])

    def test_a_topic_in_the_query_is_decoded_once(self):
        topic = f"{self.topic}/100%+1"
        target = "/publish?topic=" + urllib.parse.quote(topic, safe="")
        self.assertEqual(self.send("POST", target, "x", TEXT).status, 200)
        self.assertEqual(self.stream(topic, history=1).next_event().data, "x")


if __name__ == "__main__":
    belfry.main()
