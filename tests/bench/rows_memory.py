# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Memory in user space (PSS) of idle streams, topics and records, and the cost of accepting a stream."""

from loading import cpu_us, edges_us, load
from servers import Belfry, Floor, Nchan
from table import at_most

STREAMS = 15000
TOPICS = 100_000
TAIL_RECORDS = 150_000
STORED = 1_000_000


def memory(bench):
    """Memory of an idle stream, and the CPU time to accept it."""
    options = {"streams": STREAMS, "topics": 100, "warmup": 100, "messages": 1}
    runs = bench.fresh(
        options=options,
        floor=lambda: Floor(bench.cpu),
        nchan=lambda: Nchan(bench.cpu),
        belfry=lambda: Belfry(bench.cpu),
    )

    def each(figures, name):
        memory = figures["memory"][name]
        return (memory["idle"] - memory["before"]) / STREAMS

    nchan = runs.get("nchan", [])
    bench.table.add(
        f"memory per idle stream, {STREAMS:,} streams",
        "byte",
        [each(f, "edge-1") for f in runs["belfry"]],
        [each(f, "floor") for f in runs["floor"]],
        goal=at_most(1024),
        peers={"nchan": [each(f, "nchan") for f in nchan]},
    )
    bench.table.add(
        f"accepting a stream, {STREAMS:,} streams: server CPU",
        "µs",
        [cpu_us(f, STREAMS, phase="open") for f in runs["belfry"]],
        [cpu_us(f, STREAMS, phase="open") for f in runs["floor"]],
        goal=at_most(30),
        peers={"nchan": [cpu_us(f, STREAMS, phase="open") for f in nchan]},
    )


def grown(bench, name, messages, **options):
    """Returns by how many bytes a process grows with this number of records."""
    with bench.up(belfry=lambda: Belfry(bench.cpu)) as servers:
        server = servers["belfry"]
        batch = {"streams": 0, "warmup": 0, "batch": 1000, "inflight": 2, "publish": "/publish"}
        figures = load(server, bench.cpu, messages=messages, **batch, **options)
        memory = figures["memory"]
        if name == "broker":
            stats = server.stats()
            return (memory["broker"]["end"] - memory["broker"]["before"]), memory["broker"]["end"], stats
        return memory["edge-1"]["end"] - memory["edge-1"]["before"]


def records(bench):
    """Records in an edge's tail, topics in its table, records in the broker's log."""
    tail, topic, broker, whole = [], [], [], []
    for _ in range(bench.repeat):
        one = grown(bench, "edge-1", TAIL_RECORDS)
        tail.append(one / TAIL_RECORDS)
        few = grown(bench, "edge-1", TOPICS)
        topic.append((grown(bench, "edge-1", TOPICS, topics=TOPICS) - few) / TOPICS)
    for _ in range(min(bench.repeat, 3)):
        more, end, stats = grown(bench, "broker", STORED, topics=1000)
        broker.append(more / stats["records"])
        whole.append(end / 2**20)
    event = len("id: k3f9x2-100000\ndata: \n\n") + 200
    bench.table.add(
        f"edge: memory per record in the tail (200-byte messages, {TAIL_RECORDS:,})",
        "byte",
        tail,
        [event] * len(tail),
        reference_name="the event's bytes",
    )
    bench.table.add(f"edge: memory per topic with a record, {TOPICS:,} topics, compared with one topic", "byte", topic)
    bench.table.add(f"broker: memory per stored record, {STORED:,} in 1,000 topics", "byte", broker)
    bench.table.add(f"broker: total memory, {STORED:,} records stored", "MiB", whole)


ROWS = {"memory": memory, "records": records}
