# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Durable publishes, compared with the durable floor, and with SQLite alone with the same rows and batches.

Everything runs on one CPU when CPU time is measured, and for the rate with one publish in flight, where nothing could
run in parallel. For the other rates the broker has its own CPU, like SQLite alone. Edges and generator share the other
CPU. The durable floor and the generator share one too: their rate is the maximum for single publishes over HTTP."""

import json
import shutil
import subprocess
import tempfile
import time

import belfry
from loading import cpu_us, edges_us, load
from place import other_cpu
from servers import Belfry, Floor, Nchan, data_directory
from table import at_least, at_most

BODY = 216  # a record of 200 bytes of data, as stored


def sqlite_alone(bench, batch, cpu=None):
    """Returns rows per second and CPU µs per row, with `batch` rows per transaction."""
    directory = tempfile.mkdtemp(prefix="belfry-sqlite-", dir=data_directory())
    try:
        cpu = other_cpu(bench.cpu) if cpu is None else cpu
        argv = ["taskset", "-c", str(cpu), belfry.binary("bench_sqlite"), directory]
        argv += [str(max(round(batch), 1)), str(BODY), str(bench.seconds)]
        done = json.loads(subprocess.run(argv, check=True, capture_output=True, timeout=300).stdout)
    finally:
        shutil.rmtree(directory)
    return done["rows"] / done["seconds"], done["cpu_s"] * 1e6 / done["rows"]


def zmq_alone(bench):
    """Returns the CPU µs of one message to another process and back: of the sending side, and of the other."""
    directory = tempfile.mkdtemp(prefix="belfry-zmq-", dir="/tmp")  # short: an ipc path has at most 107 bytes
    try:
        argv = ["taskset", "-c", str(bench.cpu), belfry.binary("bench_zmq"), directory, str(BODY), str(bench.seconds)]
        done = json.loads(subprocess.run(argv, check=True, capture_output=True, timeout=300).stdout)
    finally:
        shutil.rmtree(directory)
    return [done[key] * 1e6 / done["rounds"] for key in ("near_s", "far_s")]


def process_cpu(pid):
    """Returns the CPU seconds of all threads, from the clock that clock_getcpuclockid() would return."""
    return time.clock_gettime(~pid << 3 | 2)


def records_per_commit(before, after):
    commits = after["commits"] - before["commits"]
    return (after["stored"] - before["stored"]) / max(commits, 1)


def publish_cpu(bench):
    """Cost of a publish, 16 in flight, everything on one CPU."""
    options = {"streams": 0, "inflight": 16, "publishers": 16, "seconds": bench.seconds}
    with bench.up(
        floor=lambda: Floor(bench.cpu, durable=True),
        nchan=lambda: Nchan(bench.cpu),
        belfry=lambda: Belfry(bench.cpu),
    ) as servers:
        before = servers["belfry"].stats()
        runs = bench.in_turn(servers, **options)
        batch = records_per_commit(before, servers["belfry"].stats())
        alone = [sqlite_alone(bench, batch, bench.cpu)[1] for _ in range(bench.repeat)]
    floor = [cpu_us(f, "messages") for f in runs["floor"]]
    peers = {"nchan": [cpu_us(f, "messages") for f in runs.get("nchan", [])]}
    title = "publish, 16 in flight"
    edge = [edges_us(f, "messages") for f in runs["belfry"]]
    broker = [cpu_us(f, "messages", "broker") for f in runs["belfry"]]
    named = {"reference_name": "durable floor", "goal": at_most(15), "peers": peers}
    bench.table.add(f"{title}: edge CPU", "µs", edge, floor, **named)
    sqlite = f"SQLite alone, {batch:.0f} per commit"
    bench.table.add(f"{title}: broker CPU", "µs", broker, alone, reference_name=sqlite, goal=at_most(10))


def publish_lone(bench):
    """Cost of a single publish, compared with the cost of ZeroMQ, SQLite and the floor alone."""
    with bench.up(
        floor=lambda: Floor(bench.cpu),
        durable=lambda: Floor(bench.cpu, durable=True),
        belfry=lambda: Belfry(bench.cpu),
    ) as servers:
        runs = bench.in_turn(servers, streams=0, seconds=bench.seconds)
        packages = [(*zmq_alone(bench), sqlite_alone(bench, 1, bench.cpu)[1]) for _ in range(bench.repeat)]
    ours = runs["belfry"]
    reply = [[f["reply_us"]["p50"] / 1e3 for f in runs[name]] for name in ("belfry", "durable")]
    bench.table.add("a lone publish: reply, p50", "ms", *reply, reference_name="durable floor")
    edge = [edges_us(f, "messages") for f in ours]
    least = [cpu_us(f, "messages") + near for f, (near, _, _) in zip(runs["floor"], packages)]
    bench.table.add("a lone publish: edge CPU", "µs", edge, least, reference_name="floor and ZeroMQ alone")
    broker = [cpu_us(f, "messages", "broker") for f in ours]
    least = [far + sqlite for _, far, sqlite in packages]
    bench.table.add("a lone publish: broker CPU", "µs", broker, least, reference_name="ZeroMQ and SQLite alone")


def rate(bench, title, edges, goal=None, broker_cpu=None, **options):
    """Publishes per second, compared with SQLite alone with the same number of rows per transaction."""
    broker_cpu = other_cpu(bench.cpu) if broker_cpu is None else broker_cpu
    ours, floors, alone, cpu, broker, edge, batch, busy = [], [], [], [], [], [], [], []
    make = {"belfry": lambda: Belfry(bench.cpu, edges=edges, broker_cpu=broker_cpu)}
    if "batch" not in options:
        make["floor"] = lambda: Floor(bench.cpu, durable=True)
    with bench.up(**make) as servers:
        server = servers["belfry"]
        for _ in range(bench.repeat):
            if "floor" in servers:
                figures = load(servers["floor"], bench.cpu, streams=0, seconds=bench.seconds, **options)
                floors.append(figures["messages"] / figures["seconds"] / 1e3)
            before = server.stats()
            figures = load(server, bench.cpu, streams=0, seconds=bench.seconds, **options)
            batch.append(records_per_commit(before, server.stats()))
            ours.append(figures["messages"] / figures["seconds"] / 1e3)
            edge.append(edges_us(figures, "messages"))
            broker.append(cpu_us(figures, "messages", "broker"))
            busy.append(figures["phases"]["measure"]["cpu_s"]["broker"] / figures["seconds"] * 100)
            rows, row_cpu = sqlite_alone(bench, batch[-1], broker_cpu)
            alone.append(rows / 1e3)
            cpu.append(row_cpu)
    named = {"reference_name": "SQLite alone"}
    bench.table.add(f"{title}: per second", "k/s", ours, alone, goal=goal and at_least(goal, "ratio"), **named)
    if floors:
        bench.table.add(f"{title}: per second", "k/s", ours, floors, reference_name="durable floor")
    bench.table.add(f"{title}: broker CPU", "µs", broker, cpu, **named)
    bench.table.add(f"{title}: edge CPU", "µs", edge)
    bench.table.add(f"{title}: broker busy", "%", busy)
    bench.table.add(f"{title}: records per commit", "", batch)


def publish(bench):
    """Durable publishes per second over HTTP, one per request."""
    rate(bench, "publish, 1 in flight, 1 edge", 1, 0.7, broker_cpu=bench.cpu, inflight=1)
    rate(bench, "publish, 64 in flight, 1 edge", 1, 0.7, inflight=64, publishers=64)
    rate(bench, "publish, 512 in flight, 1 edge", 1, 0.7, inflight=512, publishers=512)
    rate(bench, "publish, 512 in flight, 4 edges", 4, 0.7, inflight=512, publishers=512)


def batches(bench):
    """Durable publishes per second, in batches of NDJSON."""
    path = {"publish": "/publish", "topics": 100}
    rate(bench, "NDJSON of 100, 8 in flight, 1 edge", 1, 0.7, batch=100, inflight=8, publishers=8, **path)
    rate(bench, "NDJSON of 100, 64 in flight, 1 edge", 1, 0.7, batch=100, inflight=64, publishers=64, **path)
    rate(bench, "NDJSON of 1,000, 4 in flight, 1 edge", 1, 0.7, batch=1000, inflight=4, publishers=4, **path)
    rate(bench, "NDJSON of 1,000, 16 in flight, 1 edge", 1, 0.7, batch=1000, inflight=16, publishers=16, **path)
    rate(bench, "NDJSON of 1,000, 16 in flight, 4 edges", 4, 0.7, batch=1000, inflight=16, publishers=16, **path)


def broker_limit(bench):
    """The limit of the broker, fed by four edges without HTTP (feed.c)."""
    other = other_cpu(bench.cpu)
    with bench.up(belfry=lambda: Belfry(other, edges=1)) as servers:
        server = servers["belfry"]
        for records, window in ((1, 64), (1, 2000), (100, 8000), (1000, 20000)):
            ours, alone, cpu, row_cpu = [], [], [], []
            argv = ["taskset", "-c", str(bench.cpu), belfry.binary("bench_feed"), server.system.bus, "4"]
            for _ in range(bench.repeat):
                before, spent = server.stats(), process_cpu(server.system.broker.pid)
                done = subprocess.run(
                    [*argv, str(records), str(window), str(bench.seconds)], check=True, capture_output=True, timeout=300
                )
                fed = json.loads(done.stdout)
                cpu.append((process_cpu(server.system.broker.pid) - spent) * 1e6 / fed["records"])
                ours.append(fed["records"] / fed["seconds"] / 1e3)
                rows, one = sqlite_alone(bench, records_per_commit(before, server.stats()))
                alone.append(rows / 1e3)
                row_cpu.append(one)
            named = {"reference_name": "SQLite alone"}
            title = f"broker fed by 4 edges, {records:,} per frame, {window:,} in flight"
            bench.table.add(f"{title}: per second", "k/s", ours, alone, goal=at_least(0.7, "ratio"), **named)
            bench.table.add(f"{title}: CPU", "µs", cpu, row_cpu, **named)


ROWS = {"publish-cpu": publish_cpu, "publish-lone": publish_lone, "publish": publish, "batches": batches, "broker-limit": broker_limit}
