#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The operator's commands on a running hub: listing clients, ending streams, draining an edge and undoing it, changing the
log level, removing old records."""

import json
import os
import pty
import select
import signal
import sys
import threading

import msgpack

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
import test_ctl_dead
from cli import belfry_command, environment
from http1 import publish, request
from sse import Stream, Subscriber, Subscribers
from waiting import Deadline, SLOWNESS, finish, wait_until
from wire import WireEdge, decode, frame


class OperatorTest(belfry.BelfryTest):
    broker_arguments = ()
    edge_arguments = ("--drain-window", "1s")
    edges = 2

    def setUp(self):
        self.hub = self.system(
            edges=self.edges, broker_arguments=self.broker_arguments, edge_arguments=self.edge_arguments
        ).start()
        self.one, self.two = self.hub.edges

    def belfry(self, *arguments, **more):
        return belfry_command(*arguments, **{"broker": self.hub.bus, **more})

    def ok(self, *arguments, **more):
        done = self.belfry(*arguments, **more)
        self.assertEqual((done.status, done.err), (0, ""), done)
        return done

    def failed(self, text, *arguments, status=1):
        done = self.belfry(*arguments)
        self.assertEqual((done.status, done.out, done.err.count("\n")), (status, "", 1), done)
        self.assertIn(text, done.err)
        return done

    def stream(self, edge, *topics, **query):
        return self.closing(Stream(edge.port, *topics, **query))

    def publish(self, edge, topic, data):
        return publish(edge.port, topic, data).json()["id"]


class Asker:
    """Sends a command to the broker, without the belfry command."""

    def __init__(self, bus):
        self.wire = WireEdge(bus, name="asker")
        self.number = 0

    def edge(self, *arguments):
        """Returns the document in the answer of an edge, or the error."""
        self.number += 1
        self.wire.dealer.send(frame("a", self.number, "edge", list(arguments)))
        assert self.wire.dealer.poll(10000 * SLOWNESS), "no answer"
        reply = decode(self.wire.dealer.recv())
        assert reply.request == self.number, reply
        return json.loads(reply.text) if reply.code == 0 else reply.text

    def close(self):
        self.wire.close()


class TestClients(OperatorTest):
    def test_a_list(self):
        self.assertEqual(self.ok("clients").out, "no clients\n")
        self.assertEqual(self.ok("clients", "--json").json(), [])
        self.stream(self.one, "room/1", "news", name="ann")
        self.stream(self.two, "room/2")
        last = self.publish(self.one, "news", "x")
        clients = wait_until(lambda: self.at(last), 10, "both streams reach the record")
        ann = next(c for c in clients if c["edge"] == "edge-1")
        self.assertEqual((ann["topics"], ann["member"], ann["state"]), (["room/1", "news"], "ann", "live"))
        self.assertEqual((ann["address"], ann["lag"], ann["blocked"]), ("127.0.0.1", 0, False))
        self.assertRegex(ann["id"], r"^[0-9a-f]{16}-1$")
        self.assertGreater(ann["since"], 1_600_000_000)
        self.assertNotIn("session", ann)
        rows = self.ok("clients").lines()
        self.assertEqual(rows[0].split()[:3], ["CLIENT", "EDGE", "ADDRESS"])
        self.assertEqual(len(rows), 3)
        self.assertIn(ann["id"], self.ok("clients").out)

    def at(self, place):
        clients = self.ok("clients", "--json").json()
        return clients if len(clients) == 2 and all(c["cursor"] == place for c in clients) else None

    def names(self, *arguments):
        return sorted(c.get("member", "-") for c in self.ok("clients", "--json", *arguments).json())

    def test_of_a_topic_and_of_an_edge(self):
        self.stream(self.one, "room/1", name="exact")
        self.stream(self.one, "room/{id}", name="template")
        self.stream(self.two, "*", name="all")
        self.stream(self.two, "other", name="other")
        self.assertEqual(self.names(), ["all", "exact", "other", "template"])
        self.assertEqual(self.names("--topic", "room/1"), ["all", "exact", "template"])
        self.assertEqual(self.names("--topic", "room/9"), ["all", "template"])
        self.assertEqual(self.names("--topic", "room/{id}"), ["all", "template"])
        self.assertEqual(self.names("--topic", "nobody"), ["all"])
        self.assertEqual(self.names("--edge", "edge-1"), ["exact", "template"])
        incarnation = next(e["incarnation"] for e in self.ok("edges", "--json").json() if e["name"] == "edge-2")
        self.assertEqual(self.names("--edge", incarnation, "--topic", "other"), ["all", "other"])
        self.failed('no edge "nope"', "clients", "--edge", "nope")

    def test_a_limit(self):
        for _ in range(60):
            self.stream(self.one, "t")
        everything = self.ok("clients", "--limit", "0", "--json").json()
        self.assertEqual(len({c["id"] for c in everything}), 60)
        some = self.belfry("clients", "--limit", "7")
        self.assertEqual((some.status, len(some.lines())), (0, 8), some)
        self.assertIn("--limit 0 shows all", some.err)
        self.assertEqual(len(self.ok("clients", "--limit", "7", "--json").json()), 7)

    def test_pages(self):
        """Pages of an edge, while streams open and close."""
        streams = [self.stream(self.one, "t") for _ in range(30)]
        asker = self.closing(Asker(self.hub.bus))
        seen = []
        after = 0
        while after is not None:
            page = asker.edge("edge-1", "clients", "", str(after), "7")
            numbers = [int(c["id"].split("-")[1]) for c in page["clients"]]
            self.assertLessEqual(len(numbers), 7)
            seen += numbers
            after = page.get("next")
            if len(seen) == 7:
                for stream in (streams[6], streams[10]):  # the position of the page, and a later one
                    stream.close()
                wait_until(lambda: self.ok("edges", "--json").json() and self.count() == 28, 10, "two have ended")
        self.assertEqual(seen, [n for n in range(1, 31) if n != 11])
        self.assertIn("limit", asker.edge("edge-1", "clients", "", "0", "1001"))
        self.assertIn("arguments", asker.edge("edge-1", "clients", "", "x"))
        self.assertIn("arguments", asker.edge("edge-1", "disconnect", "stranger", "x"))

    def count(self):
        return len(self.ok("clients", "--json").json())

    def test_a_reader_that_does_not_read(self):
        slow = self.closing(Stream(self.one.port, "t", receive_buffer=4096))
        for _ in range(40):
            publish(self.two.port, "t", "x" * 100_000)

        def behind():
            (client,) = self.ok("clients", "--json").json()
            return client if client["blocked"] and client["lag"] > 0 else None

        client = wait_until(behind, 20, "the stream is blocked")
        self.assertGreater(client["waiting"], 0)
        self.assertIn("blocked", self.ok("clients").out)
        slow.close()


class TestDisconnect(OperatorTest):
    def browsers(self, *topics, count=1, ports=None, **query):
        subscribers = Subscribers()
        self.addCleanup(subscribers.stop)
        for i in range(count):
            subscribers.add(Subscriber(ports or self.hub.ports, list(topics), start=i, retry_ms=20, **query))
        subscribers.start()
        subscribers.wait(lambda: subscribers.open_count() == count, 15, f"{count} streams")
        return subscribers

    def test_one_comes_back_without_loss(self):
        one = self.browsers("t", ports=[self.one.port])
        browser = one.all[0]
        self.publish(self.two, "t", "first")
        one.wait(lambda: browser.events, 10, "the first event")
        (client,) = self.ok("clients", "--json").json()
        self.assertEqual(self.ok("disconnect", client["id"], "--yes").out, "1 stream ended\n")
        for i in range(20):
            self.publish(self.two, "t", f"m{i}")
        one.wait(lambda: len(browser.events) == 21, 20, "all events")
        self.assertEqual([e.data for e in browser.events], ["first"] + [f"m{i}" for i in range(20)])
        self.assertEqual(browser.connects, 2)
        self.assertIsNotNone(browser.parser.retry)
        self.failed("no such client", "disconnect", client["id"], "--yes")

    def test_a_stream_ends_with_a_retry(self):
        stream = self.stream(self.one, "t")
        self.ok("disconnect", self.ok("clients", "--json").json()[0]["id"], "--yes")
        stream.read_to_end(10)
        self.assertEqual(len([line for line in stream.parser.lines if line.startswith("retry")]), 2)
        self.assertFalse(stream.parser.incomplete())

    def test_members_and_topics(self):
        streams = {
            name: self.stream(edge, topic, name=name)
            for name, edge, topic in (
                ("ann", self.one, "a"),
                ("bob", self.two, "b"),
                ("eve", self.two, "a"),
                ("joe", self.one, "{x}"),
            )
        }
        self.assertEqual(self.ok("disconnect", "--member", "bob", "--yes", "--json").json(), {"disconnected": 1})
        streams["bob"].read_to_end(10)
        self.assertEqual(self.ok("disconnect", "--topic", "a", "--edge", "edge-1", "--yes").out, "2 streams ended\n")
        streams["ann"].read_to_end(10)
        streams["joe"].read_to_end(10)
        self.assertEqual([c["member"] for c in self.ok("clients", "--json").json()], ["eve"])
        self.assertEqual(self.ok("disconnect", "--member", "nobody", "--yes").out, "0 streams ended\n")

    def test_reconnecting_streams_are_not_ended_again(self):
        """Streams reconnect to the other edge, which ends its own streams only later."""
        many = self.browsers("t", count=40)
        done = self.ok("disconnect", "--topic", "t", "--yes", "--json").json()
        self.assertEqual(done, {"disconnected": 40})
        many.wait(lambda: all(one.connects >= 2 and one.opened for one in many.all), 15, "all are back")
        self.assertEqual({one.connects for one in many.all}, {2})

    def test_invalid_requests(self):
        self.failed("exactly one of", "disconnect", "--yes", status=2)
        self.failed("exactly one of", "disconnect", "--member", "a", "--topic", "b", "--yes", status=2)
        self.failed("belfry clients", "disconnect", "17", "--yes", status=2)
        self.failed("--edge", "disconnect", "0" * 16 + "-1", "--edge", "edge-1", "--yes", status=2)
        self.failed('no edge "0000000000000000"', "disconnect", "0" * 16 + "-1", "--yes")


class TestAskingFirst(OperatorTest):
    DANGEROUS = [
        ("disconnect", "--member", "ann"),
        ("drain", "edge-1"),
        ("trim", "--before", "2"),
    ]

    def setUp(self):
        super().setUp()
        self.publish(self.one, "t", "x")
        self.stream(self.one, "t", name="ann")

    def test_without_a_terminal_it_is_not_done(self):
        for command in self.DANGEROUS:
            self.failed("--yes", *command, status=2)
        self.nothing_was_done()

    def nothing_was_done(self):
        self.assertEqual(len(self.ok("clients", "--json").json()), 1)
        self.assertTrue(self.one.ready())
        self.assertEqual(self.ok("stats", "--json").json()["oldest"], 1)

    def test_answer_no(self):
        for command in self.DANGEROUS:
            for answer in ("n\n", "\n", "what\n", "\x04"):
                status, text = self.on_a_terminal(answer, *command)
                self.assertEqual(status, 1, text)
                self.assertIn("? (y/N) ", text)
                self.assertIn("nothing was done", text)
        self.nothing_was_done()

    def test_answer_yes(self):
        for command in self.DANGEROUS:
            status, text = self.on_a_terminal("y\n", *command)
            self.assertEqual(status, 0, text)
        self.assertEqual(self.ok("clients", "--json").json(), [])
        self.assertFalse(self.one.ready())
        self.assertEqual(self.ok("stats", "--json").json()["oldest"], 2)

    def on_a_terminal(self, answer, *arguments):
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(belfry.binary("belfry"), ["belfry", *arguments], environment(broker=self.hub.bus))
        deadline = Deadline(20)
        text = ""
        answered = False
        while True:
            deadline.check(f"the end of {arguments}: {text}")
            if not select.select([fd], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            text += data.decode()
            if "(y/N)" in text and not answered:
                answered = True
                os.write(fd, answer.encode())
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


class TestDrain(OperatorTest):
    def test_drain_and_undo(self):
        streams = [self.stream(self.one, "t") for _ in range(10)]
        first = self.publish(self.two, "t", "first")
        for stream in streams:
            self.assertEqual(stream.next_event().id, first)
        started = self.ok("drain", "edge-1", "--yes", "--json").json()
        self.assertEqual((started["draining"], started["window_ms"]), (True, 1000))
        reply = self.one.readiness()
        self.assertEqual((reply.status, reply.body.strip()), (503, b"draining"))
        for stream in streams:
            stream.read_to_end(20)
            self.assertEqual(len([line for line in stream.parser.lines if line.startswith("retry")]), 2)
        self.one.wait_log("edge.drained")
        self.assertTrue(self.one.running())
        # New streams get a retry; publishes still work.
        away = self.stream(self.one, "t")
        self.assertEqual(away.status, 200)
        away.read_to_end(10)
        second = self.publish(self.one, "t", "second")
        moved = self.stream(self.two, "t", headers={"Last-Event-ID": first})
        self.assertEqual(moved.next_event().id, second)
        again = self.ok("drain", "edge-1", "--yes").out
        self.assertIn("drained", again)

        self.assertIn("again", self.ok("undrain", "edge-1").out)
        self.one.wait_ready()
        back = self.stream(self.one, "t", headers={"Last-Event-ID": first})
        self.assertEqual(back.next_event().id, second)
        self.assertEqual(self.ok("undrain", "edge-1", "--json").json()["draining"], False)

    def test_waiting_for_it(self):
        for _ in range(5):
            self.stream(self.one, "t")
        self.assertIn("drained", self.ok("drain", "edge-1", "--yes", "--wait").out)
        self.assertEqual(self.ok("clients", "--json").json(), [])

    def test_streams_leave_over_the_window(self):
        subscribers = Subscribers()
        self.addCleanup(subscribers.stop)
        for _ in range(20):
            subscribers.add(Subscriber([self.one.port, self.two.port], ["t"], retry_ms=20))
        # They fail over to the other edge, since each connection uses the next port.
        subscribers.start()
        subscribers.wait(lambda: subscribers.open_count() == 20, 15, "20 streams")
        for one in subscribers.all:
            one.turn = 0
        self.ok("drain", "edge-1", "--yes")
        for i in range(50):
            self.publish(self.two, "t", f"m{i}")
        subscribers.wait(lambda: all(len(one.events) == 50 for one in subscribers.all), 30, "all events")
        for one in subscribers.all:
            self.assertEqual([e.data for e in one.events], [f"m{i}" for i in range(50)])
        wait_until(lambda: self.streams_of("edge-1") == 0, 20, "no stream is left on the edge")

    def streams_of(self, edge):
        return len(self.ok("clients", "--json", "--edge", edge).json())

    def test_a_drained_edge_ends_on_a_signal(self):
        self.ok("drain", "edge-1", "--yes")
        self.one.signal(signal.SIGTERM)
        self.assertEqual(self.one.wait(20), 0)

    def test_an_edge_that_is_not_there(self):
        self.failed('no edge "nope"', "drain", "nope", "--yes")
        self.failed('no edge "nope"', "undrain", "nope")


class TestLogLevel(OperatorTest):
    def levels(self, *arguments):
        return {row["who"]: row["level"] for row in self.ok("log-level", "--json", *arguments).json()}

    def test_shown_and_changed(self):
        self.assertEqual(self.levels(), {"broker": "info", "edge-1": "info", "edge-2": "info"})
        self.assertEqual(self.levels("edge-1", "error"), {"edge-1": "error"})
        self.assertEqual(self.levels("broker", "warn"), {"broker": "warn"})
        self.assertEqual(self.levels(), {"broker": "warn", "edge-1": "error", "edge-2": "info"})
        self.assertEqual(self.levels("edge-2"), {"edge-2": "info"})
        self.assertEqual(set(self.levels("info").values()), {"info"})
        self.failed("LEVEL", "log-level", "edge-1", "loud", status=2)
        self.failed('no edge "loud"', "log-level", "loud")

    def test_the_logs_follow(self):
        self.ok("log-level", "edge-1", "error")
        self.ok("drain", "edge-1", "--yes", "--wait")
        self.ok("log-level", "edge-1", "info")
        self.ok("undrain", "edge-1")
        self.one.wait_log("edge.undrained")
        self.assertNotIn("edge.draining", self.one.log())
        self.assertIn("log.level", self.one.log())
        self.ok("log-level", "broker", "error")
        self.publish(self.one, "t", "x")
        self.ok("trim", "--before", "2", "--yes")
        self.ok("log-level", "broker", "info")
        self.hub.broker.wait_log("to=info from=error")
        self.assertNotIn("journal.trimmed", self.hub.broker.log())


class TestTrim(OperatorTest):
    def fill(self, count):
        return [self.publish(self.one, "t", f"m{i}") for i in range(count)]

    def history(self, edge):
        return [r["data"] for r in request(edge.port, "GET", "/history?topic=t&limit=100").json()["records"]]

    def test_before_a_position(self):
        ids = self.fill(10)
        live = self.stream(self.two, "t", headers={"Last-Event-ID": ids[9]})  # that edge may not have received the last one yet
        look = self.ok("trim", "--before", ids[6], "--dry-run", "--json").json()
        self.assertEqual(look, {"removed": 6, "left": 4, "oldest": ids[6]})
        self.assertEqual(len(self.history(self.two)), 10)
        done = self.ok("trim", "--before", ids[6], "--yes", "--json").json()
        self.assertEqual(done, look)
        self.assertEqual(self.history(self.two), ["m6", "m7", "m8", "m9"])
        # Edges have removed the records from memory too.
        for edge in self.hub.edges:
            wait_until(lambda e=edge: self.is_told(e, ids[2], ids[6:]), 10, "a gap, and what is left")
        # Other streams do not notice.
        self.assertEqual(live.parser.events, [])
        after = self.publish(self.one, "t", "after")
        self.assertEqual(live.next_event().id, after)
        near = self.stream(self.one, "t", headers={"Last-Event-ID": ids[5]})
        self.assertEqual([e.id for e in near.next_events(5)], [*ids[6:], after])
        self.hub.broker.wait_log("journal.trimmed oldest=7")

    def is_told(self, edge, last, rest):
        """Checks that a stream that resumes before the oldest record gets a gap, and then the remaining records."""
        with Stream(edge.port, "t", headers={"Last-Event-ID": last}) as stream:
            events = stream.next_events(1 + len(rest))
        return events[0].type == "belfry.gap" and "expired" in events[0].data and [e.id for e in events[1:]] == rest

    def test_all_of_it(self):
        ids = self.fill(5)
        head = self.ok("stats", "--json").json()["head"]
        self.assertEqual(self.ok("trim", "--before", str(head + 1), "--yes", "--json").json()["left"], 0)
        self.assertEqual(self.history(self.one), [])
        after = self.publish(self.two, "t", "after")
        stream = self.stream(self.one, "t", headers={"Last-Event-ID": ids[0]})
        gap, event = stream.next_events(2)
        self.assertEqual((gap.type, event.id), ("belfry.gap", after))
        # It survives a restart.
        self.hub.broker.stop()
        self.hub.broker.start()
        self.hub.wait_ready()
        self.assertEqual(self.history(self.one), ["after"])
        self.hub.broker.stop()
        self.assertEqual(belfry_command("check", self.hub.data).status, 0)

    def test_by_age(self):
        self.fill(3)
        self.assertEqual(self.ok("trim", "--older-than", "1h", "--yes", "--json").json()["removed"], 0)
        wait_until(
            lambda: self.ok("trim", "--older-than", "1ms", "--yes", "--json").json()["left"] == 0, 10, "all are older"
        )
        self.assertEqual(self.history(self.one), [])

    def test_while_it_is_published(self):
        stop = threading.Event()
        acked = []

        def publishing():
            while not stop.is_set():
                acked.append(self.publish(self.two, "t", f"m{len(acked)}"))

        stream = self.stream(self.one, "t")
        thread = threading.Thread(target=publishing)
        thread.start()
        try:
            for _ in range(5):
                wait_until(lambda n=len(acked): len(acked) > n + 10, 20, "some publishes")
                self.ok("trim", "--before", acked[-5], "--yes")
        finally:
            stop.set()
            finish(thread, 30)
        events = stream.next_events(len(acked), 20)
        self.assertEqual([e.id for e in events], acked)
        oldest = self.ok("stats", "--json").json()["oldest"]
        self.assertGreater(oldest, 40)
        self.hub.broker.stop()
        checked = belfry_command("check", self.hub.data, "--json")
        self.assertEqual(checked.status, 0, checked)

    def test_invalid_requests(self):
        self.fill(2)
        self.failed("--before or --older-than", "trim", status=2)
        self.failed("--before or --older-than", "trim", "--before", "1", "--older-than", "1h", status=2)
        self.failed("beyond the end", "trim", "--before", "99", "--yes")
        self.failed("another log", "trim", "--before", "zzz-1", "--yes")
        self.failed("event id or an offset", "trim", "--before", "x", "--yes")
        self.assertEqual(self.ok("stats", "--json").json()["oldest"], 1)


COMMANDS_FOR_AN_EDGE = [
    ("clients", "--edge", "old"),
    ("disconnect", "--member", "ann", "--edge", "old", "--yes"),
    ("drain", "old", "--yes"),
    ("undrain", "old"),
    ("log-level", "old", "debug"),
]


class OldEdge:
    """An older edge without these commands: it answers with an error, or not at all."""

    def __init__(self, bus, answers=True):
        self.wire = WireEdge(bus, name="old")
        self.answers = answers
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.wire.dealer.send(frame("h", 1, self.wire.incarnation, "old", "belfry/0.0.9", ""))
        self.thread.start()

    def _run(self):
        while not self.stop.is_set():
            # Often enough for the broker to see it as present.
            self.wire.dealer.send(frame("i", self.wire.incarnation, [0] * 12))
            if not self.wire.dealer.poll(200):
                continue
            _, kind, number, *rest = msgpack.unpackb(self.wire.dealer.recv(), raw=False)
            if chr(kind) == "a" and self.answers:
                self.wire.dealer.send(frame("A", number, 18, "no such command"))

    def close(self):
        self.stop.set()
        finish(self.thread, 10)
        self.wire.close()


class TestOtherEdges(OperatorTest):
    def old(self, **keywords):
        edge = self.closing(OldEdge(self.hub.bus, **keywords))
        wait_until(lambda: "old" in {e["name"] for e in self.ok("edges", "--json").json()}, 10, "the edge is known")
        return edge

    def test_an_older_one(self):
        self.old()
        for command in COMMANDS_FOR_AN_EDGE:
            done = self.belfry(*command)
            self.assertEqual(done.status, 1, done)
            self.assertIn("old does not know", done.err)

    def test_one_that_is_silent(self):
        self.old(answers=False)
        for command in COMMANDS_FOR_AN_EDGE:
            done = self.belfry(*command)
            self.assertEqual(done.status, 1, done)
            self.assertIn("old does not answer", done.err)

    def test_the_others_are_shown_all_the_same(self):
        self.old(answers=False)
        self.stream(self.one, "t", name="ann")
        done = self.belfry("clients", "--json")
        self.assertEqual((done.status, [c["member"] for c in done.json()]), (1, ["ann"]), done)
        self.assertIn("old does not answer", done.err)
        levels = self.belfry("log-level", "info", "--json")
        self.assertEqual(levels.status, 1, levels)
        self.assertEqual({row["who"] for row in levels.json()}, {"broker", "edge-1", "edge-2"})

    def test_two_of_the_same_name(self):
        self.old()
        twin = self.closing(OldEdge(self.hub.bus))
        wait_until(
            lambda: [e["name"] for e in self.ok("edges", "--json").json()].count("old") == 2, 10, "both are known"
        )
        self.failed("several edges have this name", "drain", "old", "--yes")
        done = self.belfry("drain", f"{twin.wire.incarnation:016x}", "--yes")
        self.assertIn("another version", done.err)

    def test_stopped_edge(self):
        self.one.signal(signal.SIGSTOP)
        self.addCleanup(self.one.signal, signal.SIGCONT)
        self.failed("edge-1 does not answer", "undrain", "edge-1")


BROKER_COMMANDS = [
    ("clients",),
    ("disconnect", "--topic", "t", "--yes"),
    ("drain", "e", "--yes"),
    ("undrain", "e"),
    ("log-level",),
    ("trim", "--before", "1", "--yes"),
]


class TwoEdges:
    """Answers like a broker with two edges of 20 streams each. An ended stream is back at the other edge at once."""

    def __init__(self):
        self.streams = {f"{edge:016x}": list(range(1, 21)) for edge in (1, 2)}
        self.last = dict.fromkeys(self.streams, 20)

    def answer(self, question):
        _, _, number, command, arguments = question
        if command == "stats":
            text = {"edges": [{"name": f"edge-{edge}", "incarnation": edge} for edge in self.streams]}
        else:
            edge, command, *_, after, upto = arguments
            assert command == "disconnect", question
            text = self.disconnect(edge, int(after or 0), min(int(upto or 2**64 - 1), self.last[edge]))
        return [test_ctl_dead.frame(1, ord("A"), number, 0, json.dumps(text))]

    def disconnect(self, edge, after, upto):
        ended = [n for n in self.streams[edge] if after < n <= upto]
        (other,) = set(self.streams) - {edge}
        self.streams[edge] = [n for n in self.streams[edge] if n not in ended]
        for _ in ended:
            self.last[other] += 1
            self.streams[other].append(self.last[other])
        return {"disconnected": len(ended), "upto": upto}


class TestNoHub(test_ctl_dead.DeadTest):
    def router(self, answer):
        router = test_ctl_dead.Router(answer)
        self.addCleanup(router.close)
        return router.base

    def test_streams_on_another_edge_are_not_ended_again(self):
        done = belfry_command("disconnect", "--topic", "t", "--yes", "--json", broker=self.router(TwoEdges().answer))
        self.assertEqual((done.status, done.err), (0, ""), done)
        self.assertEqual(done.json(), {"disconnected": 40})

    def test_nobody(self):
        for command in BROKER_COMMANDS:
            self.failed(*command, broker="ipc:///nowhere/run", text="no broker there")

    def test_garbage(self):
        for text in ("no", "[]", "{}", '{"edges":[{"name":7}],"level":1}'):
            base = self.router(lambda q, t=text: [test_ctl_dead.frame(1, ord("A"), q[2], 0, t)])
            for command in BROKER_COMMANDS:
                if text[:2] != '{"' or command[0] in ("drain", "undrain", "trim"):
                    self.failed(*command, broker=base)

    def test_an_older_broker(self):
        def answer(question):
            if question[3] == "stats":
                text = '{"edges":[{"name":"e","incarnation":"0000000000000001"}]}'
                return [test_ctl_dead.frame(1, ord("A"), question[2], 0, text)]
            return [test_ctl_dead.frame(1, ord("A"), question[2], 18, "no such command")]

        base = self.router(answer)
        for command in BROKER_COMMANDS:
            done = belfry_command(*command, broker=base)
            self.assertEqual(done.status, 1, done)
            self.assertIn("another version", done.err)


del test_ctl_dead.DeadTest  # the base class is not a test

if __name__ == "__main__":
    belfry.main()
