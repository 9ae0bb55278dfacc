# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Latency: publish to delivery at 20 messages a second, whole and in parts.

The parts are taken from outside. A publish that is refused goes no further than the edge's HTTP; an ephemeral one goes
up to the broker and down again without a commit; the broker itself counts how long commits take."""

from servers import Belfry, Floor
from table import at_most

STREAMS = 1000


def ms(runs, which, quantile):
    return [f[f"{which}_us"][quantile] / 1e3 for f in runs]


def less(larger, smaller):
    return [a - b for a, b in zip(larger, smaller)]


def latency(bench):
    """Publish to delivery, 20 messages/s × 1,000 streams, and its parts."""
    options = {"streams": STREAMS, "rate": 20, "inflight": 64, "seconds": max(bench.seconds, 3)}
    with bench.up(floor=lambda: Floor(bench.cpu, durable=True), belfry=lambda: Belfry(bench.cpu)) as servers:
        runs = bench.in_turn(servers, **options)
        commit = servers["belfry"].stats()["commit_us"]["p50"] / 1e3
        only = {"belfry": servers["belfry"]}
        ephemeral = bench.in_turn(only, publish="/publish?topic=t{topic}&ephemeral=1", **options)["belfry"]
        refused = bench.in_turn(only, publish="/publish?topic=", any_status=True, **options)["belfry"]
    ours, floor = runs["belfry"], runs["floor"]
    named = {"reference_name": "durable floor"}
    title = "publish to delivery, 20/s × 1,000"
    for key, label in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9")):
        bench.table.add(f"{title}: {label}", "ms", ms(ours, "delivery", key), ms(floor, "delivery", key), **named)
    over = less(ms(ours, "delivery", "p50"), ms(floor, "delivery", "p50"))
    bench.table.add(f"{title}: p50 over the durable floor's", "ms", over, goal=at_most(0.5), difference=True)
    http = ms(refused, "reply", "p50")
    up_down = less(ms(ephemeral, "first", "p50"), http)
    first = ms(ours, "first", "p50")
    bench.table.add("part: HTTP in and out (a publish that is refused)", "ms", http)
    bench.table.add("part: up to the broker and down, without a commit (ephemeral)", "ms", up_down, difference=True)
    commits = less(first, ms(ephemeral, "first", "p50"))
    bench.table.add("part: commit, with its way to the writer's thread", "ms", commits, difference=True)
    bench.table.add("part: commit, as the broker counts it", "ms", [commit] * len(ours))
    bench.table.add("to the first stream: p50", "ms", first, ms(floor, "first", "p50"), **named)
    bench.table.add("to the last stream: p50", "ms", ms(ours, "last", "p50"), ms(floor, "last", "p50"), **named)
    fan = less(ms(ours, "last", "p50"), first)
    floors = less(ms(floor, "last", "p50"), ms(floor, "first", "p50"))
    bench.table.add("part: first to last stream", "ms", fan, floors, **named)


ROWS = {"latency": latency}
