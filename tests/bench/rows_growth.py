# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Growth: the cost of a delivery or a publish against the number of streams, topics, stored records and edges. --plot
draws it."""

import os
import statistics

import svg
from loading import cpu_us, edges_us, load
from rows_replay import fill
from servers import Belfry, Floor

REPEAT = 3


class Curve:
    """The points of one plot, which are also rows of the table."""

    def __init__(self, bench, title, axis, figure):
        self.bench = bench
        self.title = title
        self.axis = axis
        self.figure = figure
        self.lines = {}

    def add(self, at, values, reference=None):
        name = f"{self.title}: {at:,} {self.axis}"
        self.bench.table.add(name, "µs", values, reference)
        for line, points in (("belfry", values), ("floor", reference)):
            if points:
                self.lines.setdefault(line, []).append((at, statistics.median(points), min(points), max(points)))

    def draw(self, name):
        if not self.bench.settings.plot:
            return
        os.makedirs(self.bench.settings.plot, exist_ok=True)
        path = os.path.join(self.bench.settings.plot, f"{name}.svg")
        with open(path, "w") as file:
            file.write(svg.plot(self.title, self.axis, self.figure, self.lines))
        self.bench.table.images.append((self.bench.table.group, self.title, path))


def growth_streams(bench):
    """100 to 15,000 streams on one topic."""
    curve = Curve(bench, "edge CPU per delivery, lock step", "streams", "µs per delivery")
    with bench.up(floor=lambda: Floor(bench.cpu), belfry=lambda: Belfry(bench.cpu)) as servers:
        for streams in (100, 300, 1000, 3000, 6000, 10000, 15000):
            runs = bench.in_turn(servers, REPEAT, streams=streams, seconds=bench.seconds)
            floor = [cpu_us(f, "deliveries") for f in runs["floor"]]
            curve.add(streams, [edges_us(f, "deliveries") for f in runs["belfry"]], floor)
    curve.draw("growth-streams")


def growth_topics(bench):
    """10 to 100,000 topics with a record each in the tail. The load is always 1,000 streams on 10 of them."""
    title = "edge CPU per delivery, lock step, 10 topics × 100 streams"
    curve = Curve(bench, title, "topics known", "µs per delivery")
    with bench.up(floor=lambda: Floor(bench.cpu), belfry=lambda: Belfry(bench.cpu)) as servers:
        for topics in (10, 100, 1000, 10_000, 100_000):
            fill_topics(bench, servers["belfry"], topics)
            runs = bench.in_turn(servers, REPEAT, seconds=bench.seconds, streams=1000, topics=10)
            floor = [cpu_us(f, "deliveries") for f in runs["floor"]]
            curve.add(topics, [edges_us(f, "deliveries") for f in runs["belfry"]], floor)
    curve.draw("growth-topics")


def fill_topics(bench, server, topics):
    batch = {"batch": min(topics, 1000), "inflight": 4, "publish": "/publish"}
    load(server, bench.cpu, streams=0, warmup=0, topics=topics, messages=topics, **batch)


def growth_records(bench):
    """0 to 10 million records in the log."""
    curve = Curve(bench, "broker CPU per publish, 64 in flight", "stored records", "µs per publish")
    steps = (0, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
    stored = 0
    with bench.up(belfry=lambda: Belfry(bench.cpu, broker_options=("--retention-bytes", "100GiB"))) as servers:
        for records in steps:
            if records > stored:
                fill(bench, servers["belfry"], "t{topic}", records - stored)
                stored = records
            options = {"streams": 0, "inflight": 64, "publishers": 64, "topics": 1000}
            runs = bench.in_turn(servers, REPEAT, seconds=bench.seconds, **options)["belfry"]
            curve.add(records, [cpu_us(f, "messages", "broker") for f in runs])
    curve.draw("growth-records")


def growth_edges(bench):
    """1 to 16 edges with 1,600 streams in total."""
    curve = Curve(bench, "CPU of all edges per delivery, lock step, 1,600 streams", "edges", "µs per delivery")
    whole = Curve(bench, "broker CPU per publish, lock step, 1,600 streams", "edges", "µs per publish")
    for edges in (1, 2, 4, 8, 16):
        makers = {"belfry": lambda edges=edges: Belfry(bench.cpu, edges=edges), "floor": lambda: Floor(bench.cpu)}
        with bench.up(**makers) as servers:
            runs = bench.in_turn(servers, REPEAT, streams=1600, seconds=bench.seconds)
        floor = [cpu_us(f, "deliveries") for f in runs["floor"]]
        curve.add(edges, [edges_us(f, "deliveries") for f in runs["belfry"]], floor)
        whole.add(edges, [cpu_us(f, "messages", "broker") for f in runs["belfry"]])
    curve.draw("growth-edges")
    whole.draw("growth-edges-broker")


def growth(bench):
    """Cost against the number of streams, topics, records and edges."""
    growth_streams(bench)
    growth_topics(bench)
    growth_edges(bench)
    growth_records(bench)


ROWS = {"growth": growth}
