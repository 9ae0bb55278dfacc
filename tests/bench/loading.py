# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Runs the load generator against servers in turn, and reads its results."""

import contextlib
import json
import subprocess

import belfry
from servers import NotInstalled


class LoadFailed(Exception):
    """A message was lost, duplicated, refused or late."""


def load(server, cpu, ports=None, watched=None, **options):
    """Runs the generator against the server and returns its results. Underscores in option names become dashes."""
    addresses = ",".join(f"127.0.0.1:{port}" for port in ports or server.ports())
    argv = [belfry.binary("bench_load"), "--connect", addresses]
    options = {"subscribe": server.subscribe_path, "publish": server.publish_path, **options}
    for name, pid in (watched or server.watched()).items():
        argv += ["--watch", f"{name}={pid}"]
    for name, value in options.items():
        argv += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    if cpu is not None:
        argv = ["taskset", "-c", str(cpu), *argv]
    done = subprocess.run(argv, stdout=subprocess.PIPE, timeout=900)
    figures = json.loads(done.stdout or b"{}")
    if done.returncode != 0 or not figures.get("ok"):
        raise LoadFailed(f"{server.name}: {figures.get('wrong', 'the generator failed')}: {' '.join(argv)}")
    return figures


def cpu_us(figures, per, *names, phase="measure"):
    """Returns the CPU microseconds of the named processes (default: all) divided by `per`, which is a number or the
    name of a count in the results."""
    spent = figures["phases"][phase]["cpu_s"]
    count = figures[per] if isinstance(per, str) else per
    return sum(s for name, s in spent.items() if not names or name in names) * 1e6 / max(count, 1)


def edges_us(figures, per, phase="measure"):
    """Returns the same for all edges together."""
    return cpu_us(figures, per, *(n for n in figures["phases"][phase]["cpu_s"] if n.startswith("edge")), phase=phase)


class Bench:
    """The argument of each function that measures rows: settings, table, and methods that run servers in turn."""

    def __init__(self, settings, table, say):
        self.settings = settings
        self.table = table
        self.say = say
        self.cpu = settings.cpu
        self.repeat = settings.repeat
        self.seconds = settings.seconds

    @contextlib.contextmanager
    def up(self, **makers):
        """Starts servers, keyword = column, and stops them at the end. Omits a server that is not installed."""
        servers = {}
        try:
            for name, make in makers.items():
                try:
                    servers[name] = make()
                except NotInstalled as missing:
                    self.table.missing[name] = str(missing)
            yield servers
        finally:
            for server in servers.values():
                server.stop()

    def in_turn(self, servers, repeat=None, **options):
        """Runs the same load on each server, `repeat` times in turn. Returns column -> list of results. A peer that
        fails has no results; a failure of the floor or of Belfry is raised."""
        figures = {name: [] for name in servers}
        failed = set()
        for _ in range(repeat or self.repeat):
            for name, server in servers.items():
                if name in failed:
                    continue
                try:
                    figures[name].append(load(server, self.cpu, **options))
                except LoadFailed as failure:
                    if server.name in ("belfry", "floor"):
                        raise
                    failed.add(name)
                    self.say(f"  {failure}")
        for name in failed:
            figures[name] = []
        return figures

    def fresh(self, repeat=None, options=None, **makers):
        """Like in_turn(), but starts each server again for each run, which memory measurements need."""
        figures = {name: [] for name in makers}
        for _ in range(repeat or self.repeat):
            for name, make in makers.items():
                with self.up(**{name: make}) as servers:
                    for got, runs in self.in_turn(servers, 1, **(options or {})).items():
                        figures[got] += runs
        return {name: runs for name, runs in figures.items() if runs}
