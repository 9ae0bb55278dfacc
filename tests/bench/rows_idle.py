# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The cost of idleness: idle streams with their heartbeats, and an idle broker."""

from servers import Belfry
from table import at_most

STREAMS = 15_000
SECONDS = 16  # longer than the heartbeat interval: each stream gets a heartbeat


def idle(bench):
    """An edge with 15,000 idle streams, and an idle broker."""
    with bench.up(belfry=lambda: Belfry(bench.cpu)) as servers:
        options = {"streams": STREAMS, "topics": 100, "messages": 1, "idle": SECONDS}
        runs = bench.in_turn(servers, min(bench.repeat, 3), **options)["belfry"]

    def percent(figures, name):
        phase = figures["phases"]["idle"]
        return phase["cpu_s"][name] / phase["seconds"] * 100

    title = f"idle for {SECONDS} s"
    edge = [percent(f, "edge-1") for f in runs]
    bench.table.add(f"{title}: edge with {STREAMS:,} streams and heartbeats", "% of a core", edge, goal=at_most(1))
    broker = [percent(f, "broker") for f in runs]
    bench.table.add(f"{title}: broker", "% of a core", broker, goal=at_most(0.5))


ROWS = {"idle": idle}
