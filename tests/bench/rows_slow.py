# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Stalled readers: their cost for other readers, and in memory."""

from loading import edges_us, load
from servers import Belfry
from table import at_most

STREAMS = 10_000
STALLED = 1_000


def slow(bench):
    """1,000 stalled readers among 10,000."""
    # Large messages fill a socket quickly: 60 of them are more than its buffers hold.
    options = {"streams": STREAMS, "size": 4000, "rate": 4, "inflight": 64, "seconds": max(bench.seconds, 3)}
    options |= {"topics": 1, "warmup": 4, "deadline": 60}
    sockets = ("--send-buffer", "32KiB")
    without, with_stalled = [], []
    for _ in range(bench.repeat):
        with bench.up(belfry=lambda: Belfry(bench.cpu, edge_options=sockets)) as servers:
            server = servers["belfry"]
            without.append(load(server, bench.cpu, **options, stalled=0))
            with_stalled.append(load(server, bench.cpu, **options, stalled=STALLED, stalled_burst=60))
    title = f"{STALLED:,} stalled among {STREAMS:,}"
    bench.table.add(
        f"{title}: p99 of the others",
        "ms",
        [f["delivery_us"]["p99"] / 1e3 for f in with_stalled],
        [f["delivery_us"]["p99"] / 1e3 for f in without],
        reference_name="none stalled",
        goal=at_most(1.2, "ratio"),
    )
    bench.table.add(
        f"{title}: edge CPU per delivery",
        "µs",
        [edges_us(f, "deliveries") for f in with_stalled],
        [edges_us(f, "deliveries") for f in without],
        reference_name="none stalled",
    )

    def growth(figures):
        memory = figures["memory"]["edge-1"]
        # Records published in between are in the tail, with or without stalled readers.
        published = (figures["messages"] + 60 * bool(figures["phases"].get("catch_up"))) * 4100
        return (memory["end"] - memory["idle"] - published) / STALLED

    grown = [growth(f) for f in with_stalled]
    goal = at_most(100)
    bench.table.add(f"{title}: memory per stalled reader, beyond the tail", "byte", grown, goal=goal, difference=True)
    caught = [f["phases"]["catch_up"]["seconds"] for f in with_stalled]
    bench.table.add(f"{title}: time to catch up after they read again", "s", caught)


ROWS = {"slow": slow}
