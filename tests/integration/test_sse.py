#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The event stream as seen by clients, byte by byte where it matters."""

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from http1 import Connection, publish, request, request_bytes
from sse import Stream

ID = re.compile(r"^[a-z0-9]{1,7}-[1-9][0-9]*$")
TEXT = {"Content-Type": "text/plain"}


class SseTest(belfry.BelfryTest):
    edge_arguments = ()

    def setUp(self):
        self.belfry = self.system(edges=1, edge_arguments=self.edge_arguments).start()
        self.port = self.belfry.ports[0]

    def stream(self, *topics, **keywords):
        return self.closing(Stream(self.port, *topics, **keywords))

    def publish(self, topic, data, **fields):
        """Publishes; returns the event id."""
        reply = publish(self.port, topic, data, **fields)
        self.assertEqual(reply.status, 200, reply)
        return reply.json()["id"]

    def publish_raw(self, topic, body):
        reply = request(self.port, "POST", f"/publish?topic={topic}", body, TEXT)
        self.assertEqual(reply.status, 200, reply)
        return reply.json()["id"]


class TestStream(SseTest):
    def test_head(self):
        stream = self.stream("t")
        self.assertEqual(stream.status, 200)
        self.assertEqual(stream.header("Content-Type").split(";")[0], "text/event-stream")
        self.assertIn("no-cache", stream.header("Cache-Control"))
        self.assertEqual(stream.header("Connection").lower(), "close")
        self.assertEqual(stream.header("X-Accel-Buffering"), "no")
        # Proxies delay chunked events, so the stream ends with the connection.
        self.assertIsNone(stream.header("Transfer-Encoding"))
        self.assertIsNone(stream.header("Content-Length"))

    def test_retry_comes_first(self):
        stream = self.stream("t")
        stream.read_until(lambda s: s.parser.retry is not None, 10, "retry")
        self.assertRegex(stream.raw, rb"^retry: ?[0-9]+\n")

    def test_id_is_the_reply_s_id(self):
        stream = self.stream("t")
        ids = [self.publish("t", f"m{i}") for i in range(5)]
        events = stream.next_events(5)
        self.assertEqual([e.id for e in events], ids)
        self.assertEqual([e.data for e in events], [f"m{i}" for i in range(5)])
        for id in ids:
            self.assertRegex(id, ID)
        offsets = [int(id.split("-")[1]) for id in ids]
        self.assertEqual(offsets, list(range(offsets[0], offsets[0] + 5)))

    def test_data_of_several_lines(self):
        stream = self.stream("t")
        cases = {
            b"a\nb\r\nc\rd": "a\nb\nc\nd",
            b"end\n": "end\n",
            b"\n\nstart": "\n\nstart",
            b"cr\r\rcr": "cr\n\ncr",
            b"  two spaces": "  two spaces",
            b": no comment": ": no comment",
            b"event: none\nid: none\nretry: 1": "event: none\nid: none\nretry: 1",
            "grüße 你好 🚀".encode(): "grüße 你好 🚀",
            b"tab\tand \\ and \"": 'tab\tand \\ and "',
        }
        for body in cases:
            self.publish_raw("t", body)
        self.assertEqual([e.data for e in stream.next_events(len(cases))], list(cases.values()))
        self.assertNotIn(b"\r", stream.raw, "only LF is sent")
        self.assertNotEqual(stream.parser.retry, 1)

    def test_event_name(self):
        stream = self.stream("t")
        self.publish("t", "one", type="greeting")
        self.publish("t", "two")
        events = stream.next_events(2)
        self.assertEqual([(e.type, e.data) for e in events], [("greeting", "one"), ("message", "two")])

    def test_several_topics_in_log_order(self):
        both, one = self.stream("a", "b"), self.stream("b")
        sent = [("a", "1"), ("b", "2"), ("c", "3"), ("a", "4"), ("b", "5")]
        ids = [self.publish(topic, data) for topic, data in sent]
        self.assertEqual([e.data for e in both.next_events(4)], ["1", "2", "4", "5"])
        self.assertEqual([e.id for e in one.next_events(2)], [ids[1], ids[4]])

    def test_star_gets_all(self):
        stream = self.stream("*")
        for i in range(6):
            self.publish(f"topic/{i % 3}", str(i))
        self.assertEqual([e.data for e in stream.next_events(6)], list("012345"))

    def test_large_ephemeral(self):
        """Larger than the buffer for a stream's own text."""
        stream = self.stream("t")
        body = json.dumps({"topic": "t", "data": "x" * 200000, "ephemeral": True})
        reply = request(self.port, "POST", "/publish", body, {"Content-Type": "application/json"})
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(len(stream.next_event().data), 200000)

    def test_record_of_two_topics_comes_once(self):
        stream = self.stream("a", "b", "*")
        self.publish(["a", "b"], "once")
        self.publish("a", "next")
        self.assertEqual([e.data for e in stream.next_events(2)], ["once", "next"])

    def test_default_topic_of_the_tutorials(self):
        streams = [self.stream(target=path) for path in ("/subscribe", "/sse", "/event_stream")]
        streams.append(self.stream("chat"))
        reply = request(
            self.port, "POST", "/chat", "message=hi", {"Content-Type": "application/x-www-form-urlencoded"}
        )
        self.assertEqual(reply.status, 200, reply)
        for stream in streams:
            self.assertEqual(stream.next_event().data, "hi")

    def test_bad_subscribe(self):
        too_many = "&".join(f"topic=t{i}" for i in range(101))
        for target in ("/subscribe?topic=", "/subscribe?topic=a%00b", "/subscribe?topic=%ff", f"/subscribe?{too_many}"):
            with self.subTest(target=target[:40]):
                reply = request(self.port, "GET", target)
                self.assertEqual(reply.status, 400, reply)
                self.assertEqual(reply.header("Content-Type"), "application/problem+json")


class TestHeartbeat(SseTest):
    edge_arguments = ("--heartbeat", "200ms")

    def test_idle_stream_gets_comments(self):
        stream = self.stream("t")
        stream.read_until(lambda s: s.parser.comments >= 3, 10, "three heartbeats")
        self.assertEqual(stream.parser.events, [])
        self.publish("t", "still alive")
        self.assertEqual(stream.next_event().data, "still alive")


class TestResume(SseTest):
    def ten(self):
        return [self.publish("t", f"m{i}") for i in range(10)]

    def test_header_and_each_query_spelling(self):
        ids = self.ten()
        streams = [self.stream("t", headers={"Last-Event-ID": ids[3]})]
        for name in ("last_event_id", "lastEventID", "lastEventId", "Last-Event-ID"):
            streams.append(self.stream("t", **{name: ids[3]}))
        for stream in streams:
            events = stream.next_events(6)
            self.assertEqual([e.id for e in events], ids[4:])
        self.publish("t", "live")
        for stream in streams:
            self.assertEqual(stream.next_event().data, "live")

    def test_resume_at_the_head(self):
        ids = self.ten()
        stream = self.stream("t", headers={"Last-Event-ID": ids[-1]})
        self.publish("t", "next")
        self.assertEqual(stream.next_event().data, "next")

    def test_resume_with_other_topics(self):
        first = self.publish("a", "1")
        self.publish("b", "2")
        self.publish("c", "3")
        self.publish("d", "4")
        stream = self.stream("b", "d", headers={"Last-Event-ID": first})
        self.assertEqual([e.data for e in stream.next_events(2)], ["2", "4"])

    def test_history(self):
        self.ten()
        self.publish("other", "not me")
        for count, expected in ((3, ["m7", "m8", "m9"]), (100, [f"m{i}" for i in range(10)])):
            stream = self.stream("t", history=count)
            self.assertEqual([e.data for e in stream.next_events(len(expected))], expected)
        none = self.stream("t", history=0)
        self.publish("t", "live")
        self.assertEqual(none.next_event().data, "live")

    def test_history_over_several_topics(self):
        for i in range(6):
            self.publish("a" if i % 2 else "b", str(i))
        stream = self.stream("a", "b", history=3)
        self.assertEqual([e.data for e in stream.next_events(3)], ["3", "4", "5"])

    def test_the_id_wins_over_history(self):
        ids = self.ten()
        stream = self.stream("t", headers={"Last-Event-ID": ids[8]}, history=5)
        self.assertEqual([e.data for e in stream.next_events(1)], ["m9"])

    def test_bad_history(self):
        for value in ("x", "-1", "99999999999999999999"):
            reply = request(self.port, "GET", f"/subscribe?topic=t&history={value}")
            self.assertEqual(reply.status, 400, reply)

    def gap(self, id):
        stream = self.stream("t", headers={"Last-Event-ID": id})
        event = stream.next_event()
        self.assertEqual(event.type, "belfry.gap")
        told = json.loads(event.data)
        self.assertEqual(set(told), {"reason", "oldest", "head"})
        self.publish("t", "after")
        stream.read_until(lambda s: s.parser.events[-1].data == "after", 10, "the live message after the gap")
        return told

    def test_gap_unknown(self):
        epoch = self.ten()[-1].split("-")[0]
        told = self.gap(f"{epoch}-999999")
        self.assertEqual(told["reason"], "unknown")
        self.assertRegex(told["head"], ID)

    def test_gap_of_another_log(self):
        self.ten()
        self.assertEqual(self.gap("zzzzzz-5")["reason"], "epoch")

    def test_gap_of_an_invalid_id(self):
        self.ten()
        for id in ("hello", "123", "a-b-c", "urn:uuid:5e1f"):
            self.assertEqual(self.gap(id)["reason"], "unknown", id)

    def test_resume_survives_the_edge(self):
        ids = self.ten()
        edge = self.belfry.edges[0]
        edge.kill()
        edge.start().wait_ready()
        stream = self.stream("t", headers={"Last-Event-ID": ids[0]})
        self.assertEqual([e.id for e in stream.next_events(9)], ids[1:])


class TestSlowReader(SseTest):
    edge_arguments = ("--tail-bytes", "2MiB")
    RECORDS = 1500
    SIZE = 20000

    def body(self, i):
        return f"{i} ".ljust(self.SIZE, "x")

    def publish_many(self):
        """Publishes with pipelining, at most 50 at a time, so that many share a commit."""
        target = "/publish?topic=t"
        with Connection(self.port, timeout=30) as connection:
            for first in range(0, self.RECORDS, 50):
                batch = range(first, min(first + 50, self.RECORDS))
                connection.send(b"".join(request_bytes("POST", target, self.body(i), TEXT) for i in batch))
                for _ in batch:
                    self.assertEqual(connection.reply().status, 200)

    def test_stalled_reader_costs_no_memory_and_loses_nothing(self):
        slow = self.stream("t", receive_buffer=16384)
        self.publish_raw("t", "first")
        self.assertEqual(slow.next_event().data, "first")
        before = self.belfry.edges[0].pss()
        self.publish_many()
        grown = self.belfry.edges[0].pss() - before
        # The tail and the caches of malloc and sockets, far below the 30 MB that were sent.
        if not belfry.sanitized():
            self.assertLess(grown, 10 << 20, f"the edge grew by {grown} bytes")
        fast = self.stream("t")
        self.publish_raw("t", "to the fast one")
        self.assertEqual(fast.next_event().data, "to the fast one")
        events = slow.next_events(self.RECORDS + 1, 40)
        for i, event in enumerate(events[:-1]):
            self.assertEqual(event.data, self.body(i))
        self.assertEqual(events[-1].data, "to the fast one")


if __name__ == "__main__":
    belfry.main()
