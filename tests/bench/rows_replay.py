# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Replay of history: clients that resume, a reader far behind, and the storm of reconnects after an edge was killed."""

from loading import cpu_us, load
from servers import Belfry, Floor, Nchan
from table import at_least, at_most

CLIENTS = 500
HISTORY = 1000  # records for each client
BEHIND = 1_000_000
STORM = 10_000
MISSED = 100
LARGE_TAIL = ("--tail-bytes", "512MiB")
SMALL_TAIL = ("--tail-bytes", "1MiB")


def fill(bench, server, topic, messages):
    """Publishes messages to a topic, numbered from 0."""
    batch = {"batch": 1000, "publish": "/publish", "topic_name": topic} if server.name == "belfry" else {}
    path = {} if batch else {"publish": f"/publish?topic={topic}"}
    load(server, bench.cpu, streams=0, warmup=0, messages=messages, inflight=4, **batch, **path)


def replay(bench):
    """500 clients that get 1,000 old events each, at the same time."""
    makers = {
        "floor": lambda: Floor(bench.cpu, keep=True),
        "nchan": lambda: Nchan(bench.cpu, keep=HISTORY),
        "tail": lambda: Belfry(bench.cpu),
        "sqlite": lambda: Belfry(bench.cpu, edge_options=SMALL_TAIL),
    }
    options = {"streams": CLIENTS, "expect": HISTORY, "warmup": 0, "messages": 1}
    runs = {name: [] for name in makers}
    with bench.up(**makers) as servers:
        for name, server in servers.items():
            # The probe at the start has already stored a message, but not in "t1".
            fill(bench, server, "t1", HISTORY)
            if name == "sqlite":
                fill(bench, server, "t2", 20_000)  # pushes the history out of the small tail
        for _ in range(bench.repeat):
            for name, server in servers.items():
                one = dict(options, subscribe="/subscribe?topic=t1", publish="/publish?topic=t9")
                if name == "nchan":
                    one["subscribe"] = "/replay?topic=t1"
                else:
                    one["resume"] = "floor0-0" if name == "floor" else server.event_id(0)
                runs[name].append(load(server, bench.cpu, any_status=True, **one))

    def rate(figures):
        return figures["phases"]["open"]["deliveries"] / figures["phases"]["open"]["seconds"] / 1e6

    def cost(figures):
        return cpu_us(figures, CLIENTS * HISTORY, phase="open")

    title = f"replay of {HISTORY:,} events to {CLIENTS} clients"
    for name, label, goal in (("tail", "from the tail", 1.5), ("sqlite", "from SQLite", 0.2)):
        figures = ((rate, "events", "M/s", at_least(goal)), (cost, "server CPU per event", "µs", None))
        for figure, what, unit, of in figures:
            bench.table.add(
                f"{title}, {label}: {what}",
                unit,
                [figure(f) for f in runs[name]],
                [figure(f) for f in runs["floor"]],
                goal=of,
                peers={"nchan": [figure(f) for f in runs.get("nchan", [])]},
            )


def far_behind(bench, title, goal, records, edge_options):
    """1,000 live streams, alternately with a reader far behind, which reads again and again, and without it."""
    live = {"streams": 1000, "rate": 20, "inflight": 64, "seconds": max(bench.seconds, 3)}
    live |= {"subscribe": "/subscribe?topic=t9{topic}", "publish": "/publish?topic=t9{topic}"}
    makers = {"belfry": lambda: Belfry(bench.cpu, edge_options=edge_options)}
    beside, alone = [], []
    with bench.up(**makers) as servers:
        server = servers["belfry"]
        fill(bench, server, "t1", records)
        server.wait_followed()
        reader = {"behind": records, "behind_path": "/subscribe?topic=t1", "behind_id": server.event_id(0)}
        for _ in range(bench.repeat):
            alone.append(load(server, bench.cpu, **live))
            beside.append(load(server, bench.cpu, **live, **reader))
    rates = [f["behind"]["records"] / f["behind"]["seconds"] / 1e6 for f in beside]
    bench.table.add(f"{title}: records delivered to it", "M/s", rates, goal=at_least(goal))
    spent = [cpu_us(b, 1) - cpu_us(a, 1) * b["seconds"] / a["seconds"] for a, b in zip(alone, beside)]
    each = [us / f["behind"]["records"] for us, f in zip(spent, beside)]
    bench.table.add(f"{title}: edge and broker CPU per record", "µs", each)
    bench.table.add(
        f"{title}: p99 of 1,000 live streams",
        "ms",
        [f["delivery_us"]["p99"] / 1e3 for f in beside],
        [f["delivery_us"]["p99"] / 1e3 for f in alone],
        reference_name="without it",
        goal=at_most(2, "ratio"),
    )


def behind(bench):
    """A reader 1,000,000 records behind, while other streams are live."""
    far_behind(bench, f"a reader {BEHIND:,} behind, from the tail", 1.5, BEHIND, LARGE_TAIL)
    far_behind(bench, f"a reader {BEHIND:,} behind, from SQLite", 0.2, BEHIND, SMALL_TAIL)


def storm(bench):
    """An edge is killed: all its streams reconnect to the other one, and each has missed 100 records."""
    options = {"streams": STORM, "messages": 20, "missed": MISSED}
    ours, floor = [], []
    for _ in range(bench.repeat):
        with bench.up(floor=lambda: Floor(bench.cpu, keep=True), belfry=lambda: Belfry(bench.cpu, edges=2)) as servers:
            floor.append(load(servers["floor"], bench.cpu, storm=0, **options))
            system = servers["belfry"].system
            ours.append(load(servers["belfry"], bench.cpu, storm=system.edges[0].pid, **options))
    title = f"storm: {STORM:,} streams, {MISSED} records each"

    def seconds(runs):
        return [f["phases"]["storm"]["seconds"] for f in runs]

    bench.table.add(f"{title}: time until all are live", "s", seconds(ours), seconds(floor), goal=at_most(3))
    edge = [cpu_us(f, STORM, "edge-2", phase="storm") for f in ours]
    bench.table.add(f"{title}: edge CPU per stream", "µs", edge, [cpu_us(f, STORM, phase="storm") for f in floor])
    busy = [f["phases"]["storm"]["cpu_s"]["broker"] / f["phases"]["storm"]["seconds"] * 100 for f in ours]
    bench.table.add(f"{title}: broker", "% of a core", busy, goal=at_most(5))


ROWS = {"replay": replay, "behind": behind, "storm": storm}
