# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The environment of a measurement: network namespace, CPUs, limits, and a description of the machine."""

import ctypes
import fcntl
import os
import platform
import resource
import socket
import struct
import subprocess
import time

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
IFF_RUNNING = 0x40


def own_network():
    """Enters a new network namespace with only a loopback device, without connection tracking, which costs 15 %.
    Returns False if that is not permitted."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return False
    with socket.socket() as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP | IFF_RUNNING))
    return True


def raise_descriptors():
    """Raises the limit of open files to the maximum. A stream takes one in the server and one in the generator."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def go_first(nice):
    """Gives our session priority over all others. Between sessions Linux uses the nice value of the autogroup, not
    those of the processes. Returns a function that undoes it, or None if it is not permitted."""
    path = "/proc/self/autogroup"
    try:
        with open(path) as file:
            old = file.read().split()[-1]
        with open(path, "w") as file:
            file.write(str(nice))
    except OSError:
        return None

    def undo():
        with open(path, "w") as file:
            file.write(old)

    return undo


def other_cpu(cpu):
    """Returns another CPU if there is one, otherwise the same."""
    others = [c for c in sorted(os.sched_getaffinity(0)) if c != cpu]
    return others[-1] if others else cpu


def commit():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    done = subprocess.run(["git", "-C", root, "log", "-1", "--format=%h"], capture_output=True, text=True)
    dirty = subprocess.run(["git", "-C", root, "status", "--porcelain", "-uno"], capture_output=True, text=True)
    return (done.stdout.strip() or "unknown") + (" and changes" if dirty.stdout.strip() else "")


def describe(settings, isolated):
    """Returns lines about the machine and the method of measurement."""
    with open("/proc/cpuinfo") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    load = os.getloadavg()[0]
    return [
        f"date: {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, commit {commit()}",
        f"machine: {model}, {os.cpu_count()} CPUs, Linux {platform.release()}; pinned to CPU {settings.cpu}",
        f"load average at the start: {load:.1f} (an idle machine gives the best figures)",
        f"network namespace of its own: {'yes' if isolated else 'no'}; "
        f"runs of each: {settings.repeat}, in turn, of {settings.seconds:g} s",
    ]
