#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Metrics, logs and `belfry audit` of running systems: the text for Prometheus, counters that balance after load, kills and
refusals, the counters of limits, the canary, and logs without tokens and messages."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from cli import belfry_command
from http1 import FORM, Connection, publish, request, request_bytes
from metrics import scrape
from publishers import Publisher
from sse import Stream, Subscriber, Subscribers
from test_tokens import SECRET, bearer, encode, token
from tools import needs
from waiting import finish, wait_until
from wire import WireEdge

TABLE_HEAD = "| metric | type | labels | what |"
OPEN_LABELS = {"edge", "incarnation", "code", "program", "version"}  # whose values are not in a table


def documented():
    """Returns the tables of deploy/docs/metrics.md: {section: {name: (type, {label: values}, description)}}."""
    sections = {}
    with open(os.path.join(belfry.ROOT, "deploy", "docs", "metrics.md")) as file:
        for line in file:
            line = line.rstrip("\n")
            if line.startswith("## "):
                rows = sections[line[3:]] = {}
            elif line.startswith("| `"):
                cells = [cell.strip() for cell in line.strip("|").split(" | ")]
                if len(cells) != 4:
                    continue
                name, type, labels, what = cells
                rows[name.strip("`")] = (type, dict(map(label, filter(None, labels.split("; ")))), what)
    return sections


def label(cell):
    name, _, values = cell.partition(": ")
    return name.strip("`"), values.split(", ") if values else None


class MetricsTest(belfry.BelfryTest):
    def start(self, *edge_arguments, edges=1, broker=(), keys=False, canary="1s"):
        arguments = [f"--canary-interval={canary}", *edge_arguments]
        self.belfry = self.system(edges=edges, edge_arguments=arguments, broker_arguments=broker)
        for edge in self.belfry.edges:
            if keys:
                edge.environment["BELFRY_JWT_KEY"] = SECRET
        self.belfry.start()
        self.edge = self.belfry.edges[0]
        self.port = self.edge.port
        return self.belfry

    def of_edge(self, edge=None):
        return scrape((edge or self.edge).ops_port)

    def of_broker(self):
        return scrape(self.belfry.broker.ops_port)

    def becomes(self, value, *key, edge=None):
        """Waits until the sample of the edge has this value."""
        wait_until(lambda: self.of_edge(edge)[key] == value, 15, lambda: f"{key} is {value}, not {self.of_edge(edge)[key]}")

    def stream(self, *topics, **keywords):
        stream = self.closing(Stream(self.port, *topics, **keywords))
        stream.read_until(lambda s: b"id: " in s.raw, 10, "the stream's place")
        return stream

    def audit(self, *arguments, status=0):
        done = belfry_command("audit", "--json", "--broker", self.belfry.bus, *arguments)
        self.assertEqual(done.status, status, done)
        return done.json()


class TestText(MetricsTest):
    @classmethod
    def setUpClass(cls):
        cls.documented = documented()

    def check_documented(self, metrics, section):
        rows = {**self.documented[section], **self.documented["Both"]}
        self.assertEqual(list(metrics.families), [n for n in metrics.families if n in rows], "not documented")
        self.assertEqual(set(rows) - set(metrics.families), set(), "documented, and not there")
        for name, family in metrics.families.items():
            type, labels, what = rows[name]
            self.assertEqual((family.type, family.help), (type, what), name)
            seen = {}
            for _, sample, _ in family.samples:
                for key, value in sample.items():
                    if key != "le":
                        seen.setdefault(key, []).append(value)
            self.assertEqual(set(seen), set(labels), name)
            for key in set(seen) - OPEN_LABELS:
                self.assertEqual(seen[key], labels[key], name)

    def test_tables(self):
        self.start()
        self.check_documented(self.of_edge(), "An edge")
        self.check_documented(self.of_broker(), "The broker")

    @needs("promtool", package="prometheus")
    def test_promtool(self):
        """Checks the text with Prometheus's own tool."""
        self.start()
        publish(self.port, "a", "x")
        for process in (self.edge, self.belfry.broker):
            text = request(process.ops_port, "GET", "/metrics").body
            done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=600)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_escaped_labels(self):
        system = self.start()
        name = 'a "quoted" \\ name\tü'
        edge = system.add_edge("odd", ["--name", name]).start().wait_ready()
        wait_until(lambda: self.of_broker()["belfry_broker_edges"] == 2, 10, "both edges")
        samples = self.of_broker().families["belfry_broker_edge_lag_records"].samples
        self.assertEqual({labels["edge"] for _, labels, _ in samples}, {"edge-1", name})
        self.assertTrue(edge.running())

    def test_head_and_others(self):
        self.start()
        self.assertEqual(request(self.edge.ops_port, "HEAD", "/metrics").status, 200)
        self.assertEqual(request(self.edge.ops_port, "POST", "/metrics").status, 405)
        self.assertEqual(request(self.port, "GET", "/metrics").status, 404)  # not public

    def test_process(self):
        self.start()
        for process in (self.edge, self.belfry.broker):
            metrics = scrape(process.ops_port)
            self.assertGreater(metrics["process_resident_memory_bytes"], 1 << 20)
            self.assertGreater(metrics["process_virtual_memory_bytes"], metrics["process_resident_memory_bytes"])
            with open(f"/proc/{process.pid}/limits") as file:
                limit = next(line.split()[3] for line in file if line.startswith("Max open files"))
            self.assertEqual(metrics["process_max_fds"], int(limit))
            with open(f"/proc/{process.pid}/stat") as file:
                started = int(file.read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
            with open("/proc/stat") as file:
                boot = next(int(line.split()[1]) for line in file if line.startswith("btime"))
            self.assertAlmostEqual(metrics["process_start_time_seconds"], boot + started, delta=3)


class TestBooks(MetricsTest):
    """After load, kills and refusals the counters balance, in each scrape and over the system."""

    def check_edge(self, metrics):
        taken = metrics["belfry_edge_publishes_taken_total"]
        outcomes = metrics.sum("belfry_edge_publishes_total")
        self.assertEqual(taken, outcomes + metrics["belfry_edge_publishes_pending"])
        self.assertEqual(
            metrics["belfry_edge_log_head"] - metrics["belfry_edge_log_joined_head"],
            metrics.sum("belfry_edge_records_total") - metrics["belfry_edge_log_joined_records"],
        )
        self.assertEqual(metrics.sum("belfry_edge_streams"), metrics.sum("belfry_edge_streams_behind"))
        self.assertEqual(metrics["belfry_edge_publish_seconds_count"], outcomes)

    def check_broker(self, metrics):
        self.assertEqual(
            metrics["belfry_broker_publishes_taken_total"],
            metrics.sum("belfry_broker_publishes_total") + metrics["belfry_broker_publishes_queued"],
        )
        self.assertEqual(
            metrics["belfry_broker_log_head"],
            metrics["belfry_broker_log_started_head"] + metrics["belfry_broker_publishes_total", "stored"],
        )
        self.assertEqual(
            metrics["belfry_broker_commit_seconds_count"], metrics["belfry_broker_commits_total"]
        )

    def check_all(self):
        for edge in self.belfry.edges:
            if edge.running():
                self.check_edge(self.of_edge(edge))
        self.check_broker(self.of_broker())

    def load(self, name, start):
        messages = ((f"{name} {i // 2}", f"t{i % 3}", f"{name} {i}") for i in itertools.count())  # each id twice
        publisher = Publisher(self.belfry.ports, messages, start=start, pace=0.001)
        self.addCleanup(publisher.stop)
        publisher.acked = Forgetful()
        publisher.start()
        return publisher

    def refuse_some(self):
        """Publishes that the broker refuses: a too large record, and a condition that does not hold."""
        self.assertEqual(self.outcome("x" * 3000), 413)
        self.assertEqual(self.outcome("there is one now"), 200)
        self.assertEqual(self.outcome("x", if_last=""), 409)

    def outcome(self, data, **fields):
        """Returns the status of a publish. Repeats after 503, which means that the machine is busy."""

        def answered():
            status = publish(self.port, "t0", data, **fields).status
            return status if status != 503 else None

        return wait_until(answered, 60, "an answer other than 503")

    def test_after_load_kills_and_refusals(self):
        system = self.start(edges=2, broker=["--record-bytes=2048"])
        with Subscribers() as subscribers:
            for i in range(20):
                subscribers.add(Subscriber(system.ports, [f"t{i % 3}"], start=i, retry_ms=50))
            loads = [self.load(f"load {i}", i) for i in range(4)]
            subscribers.wait(lambda: all(one.events for one in subscribers.all), 30, "events for all")
            self.refuse_some()
            self.check_all()
            system.edges[1].kill()
            system.edges[1].start().wait_ready()
            self.check_all()
            system.broker.kill()
            system.broker.start().wait_ready()
            system.edges[0].signal(signal.SIGSTOP)
            counts = [publisher.acked.count for publisher in loads]
            wait_until(lambda: loads[1].acked.count > counts[1] + 20, 30, "the load goes on at edge 2")
            system.edges[0].signal(signal.SIGCONT)
            system.wait_ready()
            self.refuse_some()
            self.check_all()
            moving = self.audit("--wait=0s")  # also tests that an edge under load reports its metrics each second
            self.assertEqual((moving["balances"], moving["edges"]), (True, 2))
            before = {process.name: scrape(process.ops_port).counters() for process in system.processes}
            for publisher in loads:
                publisher.stop()
                finish(publisher, 30)
                self.assertIsNone(publisher.error)
        quiet = self.audit("--wait=30s")
        self.assertTrue(quiet["balances"] and quiet["quiet"], quiet)
        self.check_all()
        for process in system.processes:
            after = scrape(process.ops_port).counters()
            for key, value in before[process.name].items():
                self.assertGreaterEqual(after[key], value, key)
        self.check_across()

    def check_across(self):
        """Compares the sums of the edges with the broker, whose counters began at its restart."""
        broker = self.of_broker()
        edges = [self.of_edge(edge) for edge in self.belfry.edges]
        self.assertEqual({m["belfry_edge_log_head"] for m in edges}, {broker["belfry_broker_log_head"]})
        self.assertGreater(sum(m["belfry_edge_publishes_total", "duplicate"] for m in edges), 0)
        self.assertGreaterEqual(self.of_edge()["belfry_edge_publishes_total", "refused"], 4)
        self.assertGreaterEqual(broker["belfry_broker_publishes_total", "refused"], 2)
        self.assertGreater(self.of_edge()["belfry_edge_records_total", "fetch"], 0)
        self.assertGreater(broker["belfry_broker_reads_total"], 0)

    def test_wrong_metrics_of_an_edge_are_found(self):
        system = self.start(edges=1, canary="0")
        publish(self.port, "t", "x")
        liar = self.closing(WireEdge(system.bus, name="liar"))
        liar.join()
        with Lying(liar):
            wait_until(lambda: scrape(system.broker.ops_port)["belfry_broker_edges"] == 2, 10, "both edges")
            found = self.audit("--wait=0s", status=3)
        off = {(book["who"], book["book"]) for book in found["books"] if book["state"] == "off"}
        self.assertEqual((found["balances"], off), (False, {("liar", "publishes"), ("liar", "log")}))


class Lying:
    """Sends impossible metrics to the broker: five publishes without an outcome, and an unknown head."""

    def __init__(self, edge):
        self.edge = edge
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        for pings in itertools.count(1):
            figures = [0] * 30
            figures[3], figures[5], figures[29] = 5, 1, pings  # published, head, pings (common/wire/wire.h)
            self.edge.ping(*figures)
            if self.end.wait(0.2):
                return

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.end.set()
        finish(self.thread, 10)


class Forgetful(dict):
    """Makes a publisher repeat its ids: counts acknowledgements and forgets them at the next message."""

    count = 0

    def __setitem__(self, key, value):
        self.clear()
        super().__setitem__(key, value)
        self.count += 1

    def __contains__(self, key):
        found = super().__contains__(key)
        self.clear()
        return found


class TestAudit(MetricsTest):
    def test_text(self):
        self.start()
        publish(self.port, "t", "x")
        done = belfry_command("audit", "--broker", self.belfry.bus)
        self.assertEqual((done.status, done.err), (0, ""), done)
        self.assertRegex(done.out, r"(?m)^ok +broker +publishes +1 \w+ = 1 stored")
        self.assertRegex(done.out, r"(?m)^ok +edge-1 +log +head 1 = 0 [a-z ]+ \+ 1 received")
        self.assertIn("\n1 edge. ", done.out)
        self.assertIn(" balance.\n", done.out)

    def test_dead_broker(self):
        self.start()
        self.belfry.broker.kill()
        done = belfry_command("audit", "--broker", self.belfry.bus)
        self.assertEqual((done.status, done.out), (1, ""), done)
        self.assertEqual(len(done.err.splitlines()), 1, done)

    def test_no_edges(self):
        self.belfry = self.system(edges=0).start()
        self.assertEqual(self.audit()["edges"], 0)


class TestStreams(MetricsTest):
    def test_each_record_is_delivered_or_skipped(self):
        self.start(keys=True)
        writer, reader, insider = token(["*"]), token([], []), token([], ["a"])
        streams = [self.stream("a", headers=bearer(reader)) for _ in range(3)]
        streams += [self.stream("a", headers=bearer(insider)) for _ in range(2)]
        streams += [self.stream("*", headers=bearer(reader))]
        for i in range(10):
            body = urllib.parse.urlencode({"topic": "a", "data": str(i), **({"private": "on"} if i % 2 else {})})
            reply = request(self.port, "POST", "/publish", body, {**FORM, **bearer(writer)})
            self.assertEqual(reply.status, 200, reply)
        for stream, count in zip(streams, [5, 5, 5, 10, 10, 5]):
            stream.next_events(count)
        metrics = self.of_edge()
        self.assertEqual(metrics["belfry_edge_deliveries_total"], 40)
        self.assertEqual(metrics["belfry_edge_skipped_total", "private"], 20)
        self.assertEqual(metrics["belfry_edge_skipped_total", "expired"], 0)
        self.assertEqual(metrics["belfry_edge_streams", "live"], 6)
        self.assertEqual(metrics["belfry_edge_streams_behind", "0"], 6)
        self.assertEqual(metrics["belfry_edge_streams_opened_total"], 6)

    def test_expired(self):
        self.start()
        publish(self.port, "a", "short", ttl=1)
        publish(self.port, "a", "long")

        def looked():
            stream = self.stream("a", last_event_id=self.first_place())
            return [event.data for event in stream.next_events(1)] == ["long"]

        wait_until(looked, 20, "the record is over")
        self.assertGreaterEqual(self.of_edge()["belfry_edge_skipped_total", "expired"], 1)

    def first_place(self):
        return publish(self.port, "other", "x").json()["id"].split("-")[0] + "-0"

    def test_resumes_gaps_and_replays(self):
        self.start("--tail-bytes=1MiB")
        first = publish(self.port, "a", "1").json()["id"]
        epoch = first.split("-")[0]
        for i in range(30):
            publish(self.port, "a", "x" * 100000)
        last = publish(self.port, "a", "last").json()["id"]
        self.closing(Stream(self.port, "a", last_event_id=last))
        self.becomes(1, "belfry_edge_resumes_total", "memory")
        self.stream("a", headers={"Last-Event-ID": first}).next_events(31, 20)
        self.assertEqual(self.stream("a", last_event_id="zzzzzz-7").next_event().type, "belfry.gap")
        self.assertEqual(self.stream("a", last_event_id=f"{epoch}-999999").next_event().type, "belfry.gap")
        metrics = self.of_edge()
        self.assertEqual(metrics["belfry_edge_resumes_total", "memory"], 1)
        self.assertEqual(metrics["belfry_edge_resumes_total", "log"], 2)
        self.assertEqual(metrics["belfry_edge_resumes_total", "nowhere"], 1)
        self.assertEqual(metrics["belfry_edge_gaps_total", "epoch"], 1)
        self.assertEqual(metrics["belfry_edge_gaps_total", "unknown"], 1)
        self.assertGreater(metrics["belfry_edge_pages_total"], 1)
        self.assertGreaterEqual(metrics["belfry_edge_replays_total"], metrics["belfry_edge_pages_total"])
        self.assertGreater(metrics["belfry_edge_page_records_total"], 10)
        self.assertEqual(metrics["belfry_edge_deliveries_total"], 31)

    def test_a_reader_that_stalls_is_behind(self):
        self.start("--send-buffer=4KiB")
        stream = self.stream("a", receive_buffer=4096)
        for i in range(40):
            publish(self.port, "a", "x" * 20000)
        metrics = self.of_edge()
        self.assertEqual(metrics["belfry_edge_streams", "blocked"], 1)
        self.assertEqual(metrics["belfry_edge_streams_behind", "0"], 0)
        stream.next_events(40, 20)
        self.becomes(1, "belfry_edge_streams_behind", "0")
        self.assertEqual(self.of_edge()["belfry_edge_deliveries_total"], 40)

    def test_ephemeral(self):
        self.start()
        streams = [self.stream("a"), self.stream("*")]
        self.assertEqual(publish(self.port, "a", "now", ephemeral="on").status, 200)
        for stream in streams:
            self.assertEqual(stream.next_event().data, "now")
        metrics = self.of_edge()
        self.assertEqual(metrics["belfry_edge_ephemerals_taken_total"], 1)
        self.assertEqual(metrics["belfry_edge_ephemerals_received_total"], 1)
        self.assertEqual(metrics["belfry_edge_ephemeral_deliveries_total"], 2)
        self.assertEqual(metrics["belfry_edge_publishes_taken_total"], 0)
        self.assertEqual(self.of_broker()["belfry_broker_ephemerals_total"], 1)

    def test_drain(self):
        self.start("--drain-window=30s")
        publish(self.port, "a", "x")
        streams = [self.stream("a") for _ in range(3)]
        self.edge.signal(signal.SIGTERM)
        self.becomes(1, "belfry_edge_draining")
        self.assertEqual(self.of_edge()["belfry_edge_ready"], 0)
        wait_until(lambda: self.of_edge()["belfry_edge_streams_drained_total"] > 0, 30, "the first one has ended")
        self.assertEqual(len(streams), 3)


class TestLimits(MetricsTest):
    def hits(self, limit):
        return self.of_edge()["belfry_edge_limit_hits_total", limit]

    def raw(self, data):
        with Connection(self.port) as connection:
            connection.send(data)
            return connection.reply().status

    def test_sizes(self):
        self.start("--max-body=20KiB", "--max-record=10KiB")
        self.assertEqual(publish(self.port, "a", "x" * 30000).status, 413)
        self.assertEqual(self.hits("body"), 1)
        # The data alone is not too large, but the complete record is.
        self.assertEqual(publish(self.port, ["a" * 900 + str(i) for i in range(5)], "x" * 8000).status, 413)
        self.assertEqual(self.hits("record"), 1)
        self.assertEqual(self.raw(request_bytes("GET", "/" + "x" * 20000)), 414)
        self.assertEqual(self.hits("target"), 1)
        self.assertEqual(self.raw(request_bytes("GET", "/", headers={f"x-{i}": "y" for i in range(150)})), 431)
        self.assertEqual(self.hits("headers"), 1)
        responses = self.of_edge().families["belfry_edge_http_responses_total"].samples
        self.assertEqual({labels["code"]: value for _, labels, value in responses if labels["code"] != "200"},
                         {"413": 2, "414": 1, "431": 1})

    def test_times(self):
        self.start("--request-timeout=1s", "--idle-timeout=3s")  # so that a busy machine sends half of the request in time
        with Connection(self.port) as slow, Connection(self.port) as idle:
            slow.send(b"GET / HTTP/1.1\r\n")
            self.assertEqual(slow.reply().status, 408)
            self.becomes(1, "belfry_edge_limit_hits_total", "request_time")
            wait_until(lambda: self.hits("idle_time") >= 1, 10, "the idle one is closed")
            self.assertEqual(idle.rest(), b"")

    def test_clients(self):
        self.start("--max-streams-per-subject=1", "--max-streams-per-address=2", "--publish-rate=1",
                   "--publish-burst=2", "--ephemeral-rate=1", keys=True)
        ann, bob = (bearer(token(["*"], ["*"], sub=name)) for name in ("ann", "bob"))
        streams = [self.stream("a", headers=ann)]
        self.closing(Stream(self.port, "a", headers=ann)).read_to_end()
        self.assertEqual(self.hits("subject_streams"), 1)
        streams.append(self.stream("a", headers=bob))
        self.closing(Stream(self.port, "a", headers=bearer(token([], [])))).read_to_end()
        self.assertEqual(self.hits("address_streams"), 1)
        body = urllib.parse.urlencode({"topic": "a", "data": "x"})
        self.post_until_refused(body, ann)
        self.assertEqual(self.hits("address_publishes") + self.hits("subject_publishes"), 1)
        self.post_until_refused(body + "&ephemeral=on", ann)
        self.assertEqual(self.hits("address_ephemerals") + self.hits("subject_ephemerals"), 1)
        self.assertEqual(len(streams), 2)

    def post_until_refused(self, body, headers):
        """The number of publishes needed depends on the speed of the machine."""

        def refused():
            reply = request(self.port, "POST", "/publish", body, {**FORM, **headers})
            self.assertIn(reply.status, (200, 429), reply)
            return reply.status == 429

        wait_until(refused, 30, "a publish that is refused")

    def test_streams(self):
        self.start("--max-streams=1")
        stream = self.stream("a")
        self.closing(Stream(self.port, "a")).read_to_end()
        self.assertEqual(self.hits("streams"), 1)
        stream.close()
        self.becomes(0, "belfry_edge_streams", "live")

    def test_no_broker(self):
        """An edge that has not joined a log refuses streams and publishes."""
        system = self.system(edges=1)
        edge = system.edges[0].start()
        wait_until(lambda: edge.readiness(), 10, "it listens")
        self.closing(Stream(edge.port, "a")).read_to_end()
        self.assertEqual(publish(edge.port, "a", "x").status, 503)
        metrics = scrape(edge.ops_port)
        self.assertEqual(metrics["belfry_edge_turned_away_total", "no_log"], 1)
        self.assertEqual(metrics["belfry_edge_publishes_no_log_total"], 1)
        self.assertEqual(metrics["belfry_edge_publishes_taken_total"], 0)

    def test_tokens(self):
        self.start(keys=True)
        good = token(["*"], ["*"])
        for text in (good, good, token(["*"], exp=1), token(["*"], secret="x" * 64), "no.token.atall", good):
            request(self.port, "GET", "/topics", headers=bearer(text))
        metrics = self.of_edge()
        self.assertEqual(metrics["belfry_edge_tokens_total", "verified"], 1)
        self.assertEqual(metrics["belfry_edge_tokens_total", "cached"], 2)
        self.assertEqual(metrics["belfry_edge_tokens_refused_total", "expired"], 1)
        self.assertEqual(metrics["belfry_edge_tokens_refused_total", "signature"], 1)
        self.assertEqual(metrics.sum("belfry_edge_tokens_refused_total"), 3)


class TestCanary(MetricsTest):
    def test_measured(self):
        self.start(edges=2, canary="50ms")
        streams = [self.stream("*", hello=1), self.stream("belfry.canary", presence=1, name="Ann")]
        wait_until(lambda: all(self.of_edge(e)["belfry_edge_canary_seconds_count"] > 10 for e in self.belfry.edges), 20,
                   "canaries")
        wait_until(lambda: self.stats()["edges"][0]["canaries"] > 0, 10, "the broker gets them")
        edge = self.stats()["edges"][0]
        self.assertTrue(0 < edge["canary_p50_us"] <= edge["canary_p99_us"], edge)
        self.assertRegex(belfry_command("stats", "--broker", self.belfry.bus).out, r"CANARY\n")
        metrics = self.of_edge()
        self.assertGreater(metrics["belfry_edge_canary_seconds_sum"], 0)
        self.check_nobody_sees(metrics, streams)

    def stats(self):
        return belfry_command("stats", "--json", "--broker", self.belfry.bus).json()

    def check_nobody_sees(self, metrics, streams):
        publish(self.port, ["a", "belfry"], "the end")
        types = []
        while not types or types[-1] != "message":
            types.append(streams[0].next_event().type)
        self.assertEqual(types, ["belfry.hello", "belfry.sync", "message"])
        self.assertEqual([e for e in streams[1].parser.events if e.type != "belfry.presence"], [])
        topics = request(self.port, "GET", "/topics").json()["topics"]
        self.assertEqual([row["topic"] for row in topics], ["a", "belfry"])
        for name in ("belfry_edge_ephemerals_taken_total", "belfry_edge_ephemerals_received_total",
                     "belfry_edge_ephemeral_deliveries_total", "belfry_edge_publishes_taken_total"):
            if name != "belfry_edge_ephemeral_deliveries_total":  # a new member is reported
                self.assertEqual(metrics[name], 0, name)
        self.assertEqual(self.of_broker()["belfry_broker_ephemerals_total"], 0)
        self.assertEqual(self.stats()["stored"], 1)

    def test_its_topic_is_reserved(self):
        self.start()
        self.assertEqual(publish(self.port, "belfry.canary", "x").status, 400)
        self.assertEqual(publish(self.port, ["a", "belfry.canary"], "x", ephemeral="on").status, 400)
        self.assertEqual(publish(self.port, "belfry.canary.x", "x").status, 200)

    def test_off(self):
        self.start(canary="0")
        publish(self.port, "a", "x")
        wait_until(lambda: self.stats()["edges"][0]["pings"] > 2, 15, "seconds go by")
        self.assertEqual(self.of_edge()["belfry_edge_canaries_sent_total"], 0)
        self.assertEqual(self.of_broker()["belfry_broker_canaries_total"], 0)

    def test_lost(self):
        """While the broker is stopped, canaries are lost; they return once it continues."""
        self.start(canary="50ms")
        wait_until(lambda: self.of_edge()["belfry_edge_canary_seconds_count"] > 0, 15, "the first")
        self.belfry.broker.signal(signal.SIGSTOP)
        wait_until(lambda: self.of_edge()["belfry_edge_canaries_lost_total"] > 2, 15, "some are lost")
        self.belfry.broker.signal(signal.SIGCONT)
        count = self.of_edge()["belfry_edge_canary_seconds_count"]
        wait_until(lambda: self.of_edge()["belfry_edge_canary_seconds_count"] > count, 15, "another one")


class TestLogs(MetricsTest):
    """One event per line, in each format, without secrets."""

    LOGFMT = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"=\\]*)(?: |$)')

    def lines(self, process):
        return [line for line in process.log().splitlines() if not line.startswith("---- start")]

    def fields(self, line):
        at, fields = 0, {}
        while at < len(line):
            match = self.LOGFMT.match(line, at)
            self.assertTrue(match, line)
            fields[match.group(1)] = match.group(2)
            at = match.end()
        return fields

    def check_fields(self, fields):
        self.assertEqual(list(fields)[:3], ["time", "level", "event"], fields)
        self.assertRegex(fields["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertIn(fields["level"], ("debug", "info", "warn", "error"))
        self.assertRegex(fields["event"], r"^[a-z]+\.[a-z_]+$")

    def test_logfmt(self):
        self.start()
        for process in self.belfry.processes:
            lines = self.lines(process)
            self.assertGreater(len(lines), 0)
            for line in lines:
                self.check_fields(self.fields(line))

    def test_json(self):
        system = self.system(edges=1, edge_arguments=["--log-format=json", "--name", 'é"\\\x01'],
                             broker_arguments=["--log-format=json"])
        system.start()
        wait_until(lambda: "edge.joined" in system.broker.log(), 10, "the edge has joined")
        for process in system.processes:
            for line in self.lines(process):
                self.check_fields(json.loads(line))
        joined = next(json.loads(line) for line in self.lines(system.broker) if "edge.joined" in line)
        self.assertEqual(joined["edge"], 'é"\\\x01')

    def test_no_secrets(self):
        """Uses the lowest level, valid and invalid tokens in each possible place, and bad requests."""
        system = self.start("--log-level=debug", edges=2, keys=True, broker=["--log-level=debug"])
        good = token(["*"], ["*"], sub="the-subject")
        bad = token(["*"], ["*"], secret="y" * 64)
        odd = f"{good[:-4]}.{encode(b'odd')}"
        message = "the-message-body-itself"
        for text in (good, bad, odd):
            places = (
                ({}, bearer(text)),
                ({"authorization": text}, {}),
                ({}, {"Cookie": f"mercureAuthorization={text}", "Origin": "http://belfry.test"}),
            )
            for query, headers in places:
                for stream in [Stream(port, "a", headers=headers, **query) for port in system.ports]:
                    self.closing(stream)
                target = "/publish?" + urllib.parse.urlencode(query)
                for fields in ({}, {"id": "same"}, {"ephemeral": "on"}, {"if_last": ""}, {"ttl": "no number"}):
                    body = urllib.parse.urlencode({"topic": "a", "data": message, **fields})
                    request(self.port, "POST", target, body, {**FORM, **headers})
                request(self.port, "POST", target, message, {"Content-Type": "application/json", **headers})
        system.broker.kill()
        system.broker.start().wait_ready()
        system.wait_ready()
        system.edges[0].stop()
        for process in system.processes:
            log = process.log()
            self.assertIn("event=", log)
            for secret in (message, SECRET, *(part for text in (good, bad, odd) for part in text.split(".") if len(part) > 12)):
                # The header of a token is not secret, but does not belong in a log.
                self.assertNotIn(secret, log, process.name)
            for line in self.lines(process):
                self.check_fields(self.fields(line))


if __name__ == "__main__":
    belfry.main()
