#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The belfry command with a running hub, over the broker's socket and over HTTP of an edge."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from cli import Running, belfry_command, environment
from http1 import publish
from waiting import Deadline, wait_until

ID = re.compile(r"[a-z0-9]{1,7}-\d+")


class CtlTest(belfry.BelfryTest):
    edge_arguments = ()

    def setUp(self):
        self.hub = self.system(edges=2, edge_arguments=self.edge_arguments).start()
        self.url = f"http://127.0.0.1:{self.hub.edges[0].port}"

    def belfry(self, *arguments, **more):
        more = {"broker": self.hub.bus, "url": self.url, **more}
        return belfry_command(*arguments, **more)

    def ok(self, *arguments, **more):
        done = self.belfry(*arguments, **more)
        self.assertEqual((done.status, done.err), (0, ""), done)
        return done

    def running(self, *arguments, **more):
        return self.closing(Running(*arguments, broker=self.hub.bus, url=self.url, **more))


class TestPublish(CtlTest):
    def test_a_message(self):
        done = self.ok("publish", "news", "It works: ä\n汉")
        self.assertRegex(done.out, ID.pattern + "\n$")
        page = self.ok("history", "news", "--json").json()
        self.assertEqual([r["data"] for r in page["records"]], ["It works: ä\n汉"])
        self.assertEqual(page["records"][0]["id"], done.out.strip())

    def test_all_fields(self):
        done = self.ok("publish", "a", "b", "x", "--type", "goal", "--id", "g1", "--private", "--ttl", "1m", "--json")
        self.assertEqual(done.json()["duplicate"], False)
        record = self.ok("history", "b", "--json").json()["records"][0]
        self.assertEqual(record["topics"], ["a", "b"])
        self.assertEqual((record["type"], record["publisher_id"], record["private"]), ("goal", "g1", True))
        again = self.ok("publish", "a", "y", "--id", "g1", "--json").json()
        self.assertEqual((again["duplicate"], again["id"]), (True, record["id"]))

    def test_standard_input(self):
        self.ok("publish", "t", text=b"from a pipe\n")
        self.ok("publish", "t", "-", text=b"two\nlines\n")
        self.ok("publish", "--", "t", "-5")
        self.assertEqual(
            [r["data"] for r in self.ok("history", "t", "--json").json()["records"]],
            ["from a pipe", "two\nlines", "-5"],
        )

    def test_lines(self):
        lines = [f"line {i}" for i in range(2500)]
        done = self.ok("publish", "log", "--lines", "--type", "l", text="\r\n".join(lines).encode())
        self.assertEqual(len(done.lines()), 2500)
        tail = self.ok("tail", "log", "--after", "0", "--no-follow", "--json").json_lines()
        self.assertEqual([r["data"] for r in tail], lines)
        self.assertEqual([r["id"] for r in tail], done.lines())
        self.assertEqual({r["type"] for r in tail}, {"l"})

    def test_lines_are_sent_as_they_arrive(self):
        child = self.closing_child("publish", "log", "--lines")
        for i in range(3):
            child.stdin.write(f"{i}\n".encode())
            child.stdin.flush()
            self.assertRegex(child.stdout.readline().decode(), ID.pattern)
        child.stdin.close()
        self.assertEqual(child.wait(20), 0)

    def closing_child(self, *arguments):
        child = subprocess.Popen(
            [belfry.binary("belfry"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(url=self.url),
        )
        self.addCleanup(lambda: (child.kill(), child.wait(), child.stdout.close()))
        return child

    def test_if_last(self):
        first = self.ok("publish", "t", "1", "--if-last", "none").out.strip()
        refused = self.belfry("publish", "t", "2", "--if-last", "none")
        self.assertEqual((refused.status, refused.out), (1, ""))
        self.assertIn("409: if_last", refused.err)
        self.ok("publish", "t", "2", "--if-last", first)

    def test_refused(self):
        for arguments, text in (
            (("publish", "x" * 2000, "m"), "413: topic"),
            (("publish", "", "m"), "400: topic"),
            (("publish", "t", "m", "--ephemeral", "--ttl", "5s"), "400: ttl"),
            (("publish", "t"), "not UTF-8"),
        ):
            done = self.belfry(*arguments, text=b"\xff")
            self.assertEqual((done.status, done.out), (1, ""), done)
            self.assertIn(text, done.err)
            self.assertEqual(done.err.count("\n"), 1)

    def test_a_refused_line_does_not_stop_the_others(self):
        done = self.belfry("publish", "t", "--lines", text=b"a\n\xff\nb\n")
        self.assertEqual(done.status, 1)
        self.assertEqual(len(done.lines()), 2)
        self.assertIn("not UTF-8", done.err)


class TestSubscribe(CtlTest):
    def test_history_and_live(self):
        self.ok("publish", "t", "old", "--type", "x")
        stream = self.running("subscribe", "t", "--history", "5", "--json")
        self.assertEqual(json.loads(stream.line())["data"], "old")
        event = json.loads(self.published(stream, "new"))
        self.assertEqual((event["data"], event["type"]), ("new", "message"))
        self.assertRegex(event["id"], ID)

    def published(self, stream, data, topic="t"):
        self.ok("publish", topic, data)
        return stream.line_with(data)

    def test_forms(self):
        self.ok("publish", "t", "a\n\033[2J", "--type", "x")
        self.assertRegex(self.ok("subscribe", "t", "--history", "1", "--count", "1").out, r"^\S+ x: a\\n\?\[2J\n$")
        self.assertEqual(self.ok("subscribe", "t", "--history", "1", "--count", "1", "--raw").out, "a\n?[2J\n")

    def test_count_and_timeout(self):
        done = self.belfry("subscribe", "t", "--timeout", "300ms")
        self.assertEqual((done.status, done.out), (1, ""))
        self.assertIn("no event", done.err)

    def test_templates(self):
        for topic in ("room/1", "room/2", "other"):
            self.ok("publish", topic, topic)
        done = self.ok("subscribe", "room/{id}", "--history", "9", "--count", "2", "--raw")
        self.assertEqual(done.lines(), ["room/1", "room/2"])

    def test_reconnects_without_loss(self):
        edge = self.hub.edges[0]
        stream = self.running("subscribe", "t", "--raw")
        publish(edge.port, "probe", "x")
        wait_until(lambda: self.streams() == 1, 20, "the stream is open")
        self.published(stream, "one")
        edge.kill()
        stream.line_with("reconnecting", "err")
        other = f"http://127.0.0.1:{self.hub.edges[1].port}"
        self.ok("publish", "t", "two", url=other)
        edge.start().wait_ready()
        self.assertEqual(stream.line_with("two"), "two")

    def streams(self):
        return sum(e["streams"] for e in self.ok("edges", "--json").json())

    def test_from_a_position(self):
        first = self.ok("publish", "t", "1").out.strip()
        self.ok("publish", "t", "2", "--id", "mine: ä 7")
        self.ok("publish", "t", "3")
        for place, data in ((first, ["2", "3"]), ("mine: ä 7", ["3"])):
            done = self.ok("subscribe", "t", "--last-event-id", place, "--raw", "--count", str(len(data)))
            self.assertEqual(done.lines(), data)
        refused = self.belfry("subscribe", "t", "--last-event-id", "a\r\nX: y")
        self.assertEqual(refused.status, 2, refused)

    def test_no_reconnect(self):
        stream = self.running("subscribe", "t", "--no-reconnect", "--raw", "--history", "1")
        wait_until(lambda: self.streams() == 1, 20, "the stream is open")
        self.hub.edges[0].kill()
        self.assertEqual(stream.wait(), 0)

    def test_a_reader_that_leaves(self):
        self.ok("publish", "t", "x")
        child = subprocess.Popen(
            [belfry.binary("belfry"), "subscribe", "t", "--history", "1"],
            stdout=subprocess.PIPE,
            env=environment(url=self.url),
        )
        self.addCleanup(lambda: (child.kill(), child.wait()))
        child.stdout.readline()
        child.stdout.close()
        wait_until(lambda: child.poll() is not None, 20, "the command notices that nobody reads")


class TestHistory(CtlTest):
    def test_pages(self):
        self.ok("publish", "t", "--lines", text="\n".join(str(i) for i in range(10)).encode())
        last = self.ok("history", "t", "--limit", "3")
        self.assertEqual([line.rsplit(": ", 1)[1] for line in last.lines()], ["7", "8", "9"])
        self.assertRegex(last.lines()[0], r"^\d{4}-\d\d-\d\dT[\d:.]+Z \S+-8 t: 7$")
        page = self.ok("history", "t", "--limit", "3", "--json").json()
        before = self.ok("history", "t", "--limit", "3", "--before", page["before"], "--json").json()
        self.assertEqual([r["data"] for r in before["records"]], ["4", "5", "6"])
        after = self.ok("history", "t", "--limit", "2", "--after", before["records"][0]["id"], "--json").json()
        self.assertEqual([r["data"] for r in after["records"]], ["5", "6"])

    def test_a_cursor_of_another_log(self):
        done = self.belfry("history", "t", "--before", "zzz-1")
        self.assertEqual(done.status, 1)
        self.assertIn("410", done.err)


class TestTail(CtlTest):
    def test_existing_records(self):
        for i in range(15):
            self.ok("publish", f"room/{i % 2}", f"m{i}", *(("--private",) if i == 14 else ()))
        done = self.ok("tail", "--no-follow")
        self.assertEqual([line.rsplit(": ", 1)[1] for line in done.lines()], [f"m{i}" for i in range(5, 15)])
        self.assertIn("(private)", done.lines()[-1])
        some = self.ok("tail", "room/{id}", "--no-follow", "--records", "2", "--json").json_lines()
        self.assertEqual([r["data"] for r in some], ["m13", "m14"])
        one = self.ok("tail", "room/1", "--no-follow", "--after", "10", "--json").json_lines()
        self.assertEqual([r["data"] for r in one], ["m11", "m13"])
        same = self.ok("tail", "room/1", "--no-follow", "--after", one[0]["id"], "--json").json_lines()
        self.assertEqual([r["data"] for r in same], ["m13"])

    def test_follow_over_a_restart_of_the_broker(self):
        tail = self.running("tail", "t")  # includes records published before it started
        wait_until(lambda: self.belfry("publish", "t", "one").status == 0, 20, "a publish")
        tail.line_with(": one")
        self.hub.broker.kill()
        tail.line_with("waiting", "err")
        self.hub.broker.start()
        self.hub.wait_ready()
        wait_until(lambda: self.belfry("publish", "t", "two", "--id", "2").status == 0, 20, "a publish")
        tail.line_with(": two")

    def test_another_log(self):
        self.ok("publish", "t", "one")
        tail = self.running("tail", "t")
        tail.line_with(": one")
        self.hub.broker.kill()
        for name in os.listdir(self.hub.data):
            if name.startswith("belfry.db"):
                os.unlink(os.path.join(self.hub.data, name))
        self.hub.broker.start()
        self.hub.wait_ready()
        tail.line_with("replaced", "err")
        wait_until(lambda: self.belfry("publish", "t", "fresh", "--id", "f").status == 0, 20, "a publish")
        tail.line_with(": fresh")

    def test_wrong_positions(self):
        for place, text in (("x", "must be an event id"), ("zzz-1", "another log")):
            done = self.belfry("tail", "--after", place, "--no-follow")
            self.assertEqual((done.status, done.out), (1, ""))
            self.assertIn(text, done.err)


class TestTables(CtlTest):
    def test_topics(self):
        self.assertIn("no topics", self.ok("topics").out)
        for topic, count in (("b", 3), ("a", 1), ("c\u0085", 0), ("c", 2)):
            for i in range(count):
                self.ok("publish", topic, str(i))
        self.assertEqual([t["topic"] for t in self.ok("topics", "--json").json()], ["a", "b", "c"])
        by_records = self.ok("topics", "--json", "--sort", "records", "--limit", "2").json()
        self.assertEqual([(t["topic"], t["records"]) for t in by_records], [("b", 3), ("c", 2)])
        self.assertEqual(self.ok("topics", "--json", "--sort", "last", "--limit", "1").json()[0]["topic"], "c")
        self.assertEqual([t["topic"] for t in self.ok("topics", "--json", "--after", "a").json()], ["b", "c"])
        rows = [line.split() for line in self.ok("topics").lines()]
        self.assertEqual(rows[0], ["TOPIC", "RECORDS", "LAST"])
        self.assertEqual(rows[2][:2], ["b", "3"])

    def test_more_topics_than_a_page(self):
        records = [json.dumps({"topic": f"t{i:05}", "data": "x"}) for i in range(2300)]
        for first in range(0, 2300, 1000):
            self.publish_batch(records[first : first + 1000])
        self.assertEqual(len(self.ok("topics", "--limit", "0", "--json").json()), 2300)
        self.assertEqual(len(self.ok("topics", "--json").json()), 1000)
        last = self.ok("topics", "--json", "--sort", "last", "--limit", "1").json()
        self.assertEqual(last[0]["topic"], "t02299")

    def publish_batch(self, lines):
        from http1 import request

        reply = request(
            self.hub.edges[0].port, "POST", "/publish", "\n".join(lines), {"Content-Type": "application/x-ndjson"}
        )
        self.assertEqual(reply.status, 200, reply)

    def test_edges_and_stats(self):
        edges = self.ok("edges", "--json").json()
        self.assertEqual(sorted(e["name"] for e in edges), ["edge-1", "edge-2"])
        self.assertIn("edge-2", self.ok("edges").out)
        self.assertEqual(self.ok("stats", "--json").json()["edges"][0].keys(), edges[0].keys())

    def test_top_without_a_terminal(self):
        self.ok("publish", "busy", "x")
        frames = self.ok("top", "--count", "2", "--interval", "100ms").out
        self.assertEqual(frames.count("broker   belfry/"), 2)
        self.assertNotIn("\033", frames)
        self.assertIn("busy", frames)
        lines = self.ok("top", "--count", "3", "--interval", "100ms", "--json").json_lines()
        self.assertEqual(len(lines), 3)
        self.assertEqual(sorted(e["name"] for e in lines[2]["edges"]), ["edge-1", "edge-2"])

    def test_top_on_a_terminal(self):
        screen = Terminal(self, "top", "--interval", "100ms", broker=self.hub.bus)
        screen.wait("now by streams")
        screen.wait("edge-2")
        screen.press("s")
        screen.wait("now by name")
        screen.press("p")
        screen.wait("(paused)")
        self.ok("publish", "paused", "x")
        screen.press("p")
        screen.wait("paused  ")  # the topic, after the next refresh
        screen.press("q")
        self.assertEqual(screen.end(), 0)
        self.assertTrue(screen.text.startswith("\033[?1049h"))
        self.assertTrue(screen.text.endswith("\033[?1049l"))

    def test_top_restores_the_terminal(self):
        screen = Terminal(self, "top", "--interval", "100ms", broker=self.hub.bus)
        screen.wait("edge-1")
        os.kill(screen.pid, 15)
        self.assertEqual(screen.end(), 0)
        self.assertTrue(screen.text.endswith("\033[?1049l"))


class Terminal:
    """A command on a pseudo terminal with 24 lines."""

    def __init__(self, test, *arguments, **variables):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(belfry.binary("belfry"), ["belfry", *arguments], environment(**variables))
        self.text = ""
        self.status = None
        test.addCleanup(self._close)

    def _read(self):
        if select.select([self.fd], [], [], 0.05)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            self.text += data.decode(errors="replace")
            return bool(data)
        return True

    def wait(self, text):
        deadline = Deadline(20)
        start = len(self.text)
        while text not in self.text[max(0, start - 4000) :]:
            deadline.check(f"{text!r} in {self.text[-2000:]!r}")
            self._read()

    def press(self, key):
        os.write(self.fd, key.encode())

    def end(self):
        deadline = Deadline(20)
        while self._read():
            deadline.check("its end")
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def _close(self):
        if self.status is None:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


class TestTokens(CtlTest):
    """An edge with a key from `belfry keygen` and tokens from `belfry token`."""

    def setUp(self):
        self.hub = self.system(edges=1)
        self.key = os.path.join(self.hub.directory, "key")
        self.assertEqual(belfry_command("keygen", "--alg", "ES256", self.key).status, 0)
        self.hub.edges[0].argv += ["--jwt-key-file", f"{self.key}.pub", "--jwt-algorithm", "ES256"]
        self.hub.start()
        self.url = f"http://127.0.0.1:{self.hub.edges[0].port}"

    def token(self, *arguments):
        return self.ok("token", "--key", self.key, *arguments).out.strip()

    def test_tokens(self):
        refused = self.belfry("publish", "a", "x")
        self.assertEqual(refused.status, 1)
        self.assertIn("401", refused.err)
        token = self.token("--publish", "a", "--subscribe", "a")
        self.ok("publish", "a", "x", "--private", token=token)
        refused = self.belfry("publish", "b", "x", token=token)
        self.assertIn("403", refused.err)
        file = os.path.join(self.hub.directory, "token")
        with open(file, "w") as f:
            f.write(token + "\n")
        self.ok("publish", "a", "y", "--token-file", file)
        seen = self.ok("subscribe", "a", "--history", "9", "--count", "2", "--raw", token_file=file)
        self.assertEqual(seen.lines(), ["x", "y"])
        refused = self.belfry("subscribe", "a")
        self.assertEqual(refused.status, 1)
        self.assertIn("401", refused.err)

    def test_token_that_is_not_a_header(self):
        done = self.belfry("publish", "a", "x", token="a\r\nb: c")
        self.assertEqual(done.status, 2)


class TestKeygen(unittest.TestCase):
    def test_files(self):
        import tempfile

        with tempfile.TemporaryDirectory(prefix="belfry-") as folder:
            path = os.path.join(folder, "k")
            done = belfry_command("keygen", path)
            self.assertEqual((done.status, done.out), (0, path + "\n"), done)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            again = belfry_command("keygen", path)
            self.assertEqual(again.status, 1)
            self.assertIn("exists", again.err)
            os.unlink(path)
            with open(path + ".pub", "w"):
                pass
            half = belfry_command("keygen", "--alg", "EdDSA", path)
            self.assertEqual(half.status, 1)
            self.assertFalse(os.path.exists(path))

    def test_standard_output(self):
        key = belfry_command("keygen").out.strip()
        token = belfry_command("token", "--publish", "*", jwt_key=key)
        self.assertEqual(token.status, 0, token)
        checked = belfry_command("token", "--check", "-", "--json", text=token.out.encode(), jwt_key=key).json()
        self.assertTrue(checked["valid"])
        self.assertEqual(checked["claims"]["mercure"], {"publish": ["*"]})
        pair = belfry_command("keygen", "--alg", "RS256", "--json").json()
        self.assertTrue(pair["key"].startswith("-----BEGIN PRIVATE KEY-----"))
        self.assertTrue(pair["public_key"].startswith("-----BEGIN PUBLIC KEY-----"))


if __name__ == "__main__":
    belfry.main()
