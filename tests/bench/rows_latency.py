# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Latency: publish to delivery at 20 messages per second, in total and in parts.

Some parts are measured from outside: HTTP (a refused publish goes no further than the edge), and the times at which the
first and the last stream get the message. The processes measure the rest themselves: the edge the time from accepting a
publish to its outcome, the broker the time of a commit.

Here the generator has its own CPU, and all servers share the other one. With everything on one CPU this would measure
the scheduler's time slice: the generator would see the first message only after the edge has written for some
milliseconds."""

from loading import load
from metrics import scrape
from place import other_cpu
from servers import Belfry, Floor
from table import at_most

STREAMS = 1000
EPHEMERAL = "/publish?topic=t{topic}&ephemeral=1"
REFUSED = "/publish?topic="


def ms(runs, which, quantile):
    return [f[f"{which}_us"][quantile] / 1e3 for f in runs]


def less(larger, smaller):
    return [a - b for a, b in zip(larger, smaller)]


class Inside:
    """What edge and broker measured since this object was made: mean times in milliseconds."""

    def __init__(self, server):
        self.system = server.system
        self.before = self._sums()

    def _sums(self):
        edge = scrape(self.system.edges[0].ops_port)
        broker = scrape(self.system.broker.ops_port)
        return [
            (metrics[f"{name}_sum"], metrics[f"{name}_count"])
            for metrics, name in ((edge, "belfry_edge_publish_seconds"), (broker, "belfry_broker_commit_seconds"))
        ]

    def means(self):
        """Returns (publish at the edge, commit)."""
        return [(s - s0) * 1e3 / max(n - n0, 1) for (s0, n0), (s, n) in zip(self.before, self._sums())]


def latency(bench):
    """Publish to delivery, 20 messages/s × 1,000 streams, and its parts."""
    options = {"streams": STREAMS, "rate": 20, "inflight": 64, "seconds": max(bench.seconds, 3)}
    makers = {
        "floor": lambda: Floor(bench.cpu),
        "durable": lambda: Floor(bench.cpu, durable=True),
        "belfry": lambda: Belfry(bench.cpu),
    }
    runs = {name: [] for name in makers}
    inside, ephemeral, refused = [], [], []
    generator = other_cpu(bench.cpu)
    with bench.up(**makers) as servers:
        for _ in range(bench.repeat):
            for name, server in servers.items():
                counted = Inside(server) if name == "belfry" else None
                runs[name].append(load(server, generator, **options))
                if counted:
                    inside.append(counted.means())
            ephemeral.append(load(servers["belfry"], generator, publish=EPHEMERAL, **options))
            refused.append(load(servers["belfry"], generator, publish=REFUSED, any_status=True, **options))
    ours, floor = runs["belfry"], runs["floor"]
    at_edge, commit = zip(*inside)
    add = bench.table.add
    title = "publish to delivery, 20/s × 1,000"
    for key, label in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9")):
        add(f"{title}: {label}", "ms", ms(ours, "delivery", key), ms(floor, "delivery", key))
    durable = ms(runs["durable"], "delivery", "p50")
    add(f"{title}: p50", "ms", ms(ours, "delivery", "p50"), durable, reference_name="durable floor")
    over = less(ms(ours, "delivery", "p50"), durable)
    add(f"{title}: p50 over the durable floor's", "ms", over, goal=at_most(0.5), difference=True)
    over = less(ms(ephemeral, "delivery", "p50"), ms(floor, "delivery", "p50"))
    add(f"{title}, no commit (ephemeral): p50 over the floor's", "ms", over, difference=True)
    add("part: HTTP request and response (a refused publish), p50", "ms", ms(refused, "reply", "p50"))
    add("part: at the edge, from accepting a publish to its outcome, mean", "ms", at_edge)
    add("of it: the commit, mean", "ms", commit)
    add("of it: to the broker, to its writer, and back, mean", "ms", less(at_edge, commit), difference=True)
    first = ms(ours, "first", "p50")
    add("to the first stream: p50", "ms", first, ms(floor, "first", "p50"))
    add("to the last stream: p50", "ms", ms(ours, "last", "p50"), ms(floor, "last", "p50"))
    fan = less(ms(ours, "last", "p50"), first)
    floors = less(ms(floor, "last", "p50"), ms(floor, "first", "p50"))
    add("part: first to last stream", "ms", fan, floors)


ROWS = {"latency": latency}
