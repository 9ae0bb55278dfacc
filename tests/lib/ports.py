# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Reserves ports for servers that a test kills and restarts.

A port that the kernel assigns when binding port 0 may be used for an outgoing connection while the server is down. So
ports come from below the ephemeral range. A lock file reserves each port as long as this process lives, so that tests can
run in parallel."""

import fcntl
import os
import random
import socket

BLOCK = 200  # number of ports reserved for one `belfry up`
DIRECTORY = f"/tmp/belfry-test-ports-{os.getuid()}"


def _range():
    first, last = os.environ.get("BELFRY_TEST_PORTS", "25000-25999").split("-")
    return int(first), int(last)


def bindable(port):
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
            trial.listen(1)
        except OSError:
            return False
    return True


def free_port():
    first, last = _range()
    os.makedirs(DIRECTORY, exist_ok=True)
    candidates = list(range(first, last + 1))
    random.shuffle(candidates)
    for port in candidates:
        # Never closed: the lock lasts as long as the process.
        lock = os.open(os.path.join(DIRECTORY, str(port)), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        if bindable(port):
            return port
        os.close(lock)
    raise RuntimeError(f"no free port in {first}-{last}")


def free_block():
    """Returns (P, lock). The ports P .. P+BLOCK are reserved as long as the lock is open."""
    first, last = os.environ.get("BELFRY_TEST_UP_PORTS", "26000-27999").split("-")
    os.makedirs(DIRECTORY, exist_ok=True)
    for base in range(int(first), int(last) - BLOCK + 2, BLOCK):
        lock = open(os.path.join(DIRECTORY, f"up-{base}"), "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        if all(bindable(base + i) for i in (0, 1, 2, 100, 101, 102)):
            return base, lock
        lock.close()
    raise RuntimeError(f"no free block of ports in {first}-{last}")
