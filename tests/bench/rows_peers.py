# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Flask and Redis, the stack of many tutorials, compared with Belfry."""

from loading import cpu_us
from servers import Belfry, Flask, Floor


def peers(bench):
    """Cost of a delivery and of a publish, and memory of an idle stream."""
    makers = {
        "floor": lambda: Floor(bench.cpu),
        "flask": lambda: Flask(bench.cpu),
        "belfry": lambda: Belfry(bench.cpu),
    }
    # Each run starts new processes, since a process grows with its first streams.
    fan = bench.fresh(options={"streams": 1000, "seconds": bench.seconds}, **makers)
    with bench.up(**makers) as servers:
        publish = bench.in_turn(servers, streams=0, inflight=16, publishers=16, seconds=bench.seconds)

    def rows(title, runs, figure, unit="µs"):
        flask = {"flask": [figure(f) for f in runs.get("flask", [])]}
        ours, floor = [[figure(f) for f in runs[name]] for name in ("belfry", "floor")]
        bench.table.add(title, unit, ours, floor, peers=flask)

    rows("lock step, 1,000 streams: all CPU per delivery", fan, lambda f: cpu_us(f, "deliveries"))
    rows("publish, 16 in flight: all CPU", publish, lambda f: cpu_us(f, "messages"))
    rows(
        "memory per idle stream, 1,000 streams",
        fan,
        lambda f: sum(m["idle"] - m["before"] for n, m in f["memory"].items() if n != "broker") / 1000,
        "byte",
    )


ROWS = {"peers": peers}
