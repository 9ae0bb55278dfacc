# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Fan-out: the cost of a delivery, compared with the floor and nchan."""

from loading import cpu_us, edges_us
from servers import Belfry, Floor, Nchan
from table import at_least, at_most


def per_second(figures):
    return figures["deliveries"] / figures["seconds"] / 1e3


def cost_rows(bench, title, runs, edge_goal=None, all_goal=None):
    """Adds the CPU time per delivery of the edge, and of edge and broker together, compared with the floor."""
    floor = [cpu_us(f, "deliveries") for f in runs["floor"]]
    ours = runs["belfry"]
    peers = {"nchan": [cpu_us(f, "deliveries") for f in runs.get("nchan", [])]}
    goal = at_most(edge_goal, "ratio") if edge_goal else None
    edges = [edges_us(f, "deliveries") for f in ours]
    bench.table.add(f"{title}: edge CPU per delivery", "µs", edges, floor, goal=goal, peers=peers)
    goal = at_most(all_goal, "ratio") if all_goal else None
    both = [cpu_us(f, "deliveries") for f in ours]
    bench.table.add(f"{title}: edge and broker", "µs", both, floor, goal=goal, peers=peers)


def trio(bench, **others):
    return bench.up(
        floor=lambda: Floor(bench.cpu), nchan=lambda: Nchan(bench.cpu), belfry=lambda: Belfry(bench.cpu), **others
    )


def fanout(bench):
    """Cost of a delivery, one message at a time and 20 per second.

    The floor stores nothing. The durable floor syncs each message to a file before it sends it, like Belfry. After the
    sync the streams' memory is no longer in the CPU caches."""
    goals = {100: (1.15, 1.3), 1000: (1.15, 1.25), 5000: (1.1, 1.15), 10000: (1.1, 1.15), 15000: (1.1, 1.15)}
    with trio(bench, durable=lambda: Floor(bench.cpu, durable=True)) as servers:
        for streams, (edge, both) in goals.items():
            title = f"lock step, {streams:,} streams"
            runs = bench.in_turn(servers, streams=streams, seconds=bench.seconds, warmup=10 if streams <= 1000 else 2)
            cost_rows(bench, title, runs, edge, both)
            ours, durable = ([cpu_us(f, "deliveries") for f in runs[name]] for name in ("belfry", "durable"))
            bench.table.add(f"{title}: edge and broker", "µs", ours, durable, reference_name="durable floor")
    with trio(bench) as servers:
        runs = bench.in_turn(servers, streams=1000, rate=20, inflight=64, seconds=max(bench.seconds, 2))
    cost_rows(bench, "20 messages/s, 1,000 streams", runs, 1.15, 1.25)


def topics(bench):
    """Many small topics."""
    with trio(bench) as servers:
        for each in (2, 10):
            runs = bench.in_turn(servers, streams=1000 * each, topics=1000, seconds=bench.seconds)
            cost_rows(bench, f"lock step, 1,000 topics × {each} streams", runs, 1.4)


def edges(bench):
    """The same streams spread over 1, 2 and 4 edges."""
    makers = {f"belfry{n}": lambda n=n: Belfry(bench.cpu, edges=n) for n in (1, 2, 4)}
    with bench.up(floor=lambda: Floor(bench.cpu), **makers) as servers:
        runs = bench.in_turn(servers, streams=1000, seconds=bench.seconds)
    for count in (1, 2, 4):
        one = {"floor": runs["floor"], "belfry": runs[f"belfry{count}"]}
        cost_rows(bench, f"lock step, 1,000 streams over {count} edge{'s' if count > 1 else ''}", one)


def overload(bench):
    """256 messages in flight: one write contains many records."""
    options = {"streams": 1000, "inflight": 256, "publishers": 16, "seconds": bench.seconds, "warmup": 20}
    with trio(bench) as servers:
        runs = bench.in_turn(servers, **options)
    title = "overload, 1,000 streams, 256 in flight"
    nchan = runs.get("nchan", [])
    cost_rows(bench, title, runs, 0.6)
    bench.table.add(
        f"{title}: deliveries",
        "k/s",
        [per_second(f) for f in runs["belfry"]],
        [per_second(f) for f in runs["floor"]],
        goal=at_least(1.5, "nchan") if nchan else None,
        peers={"nchan": [per_second(f) for f in nchan]},
    )


ROWS = {"fanout": fanout, "topics": topics, "edges": edges, "overload": overload}
