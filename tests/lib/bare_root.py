# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""A bare Debian: what mmdebstrap's minbase variant installs, in mount, pid and network namespaces of its own. Its
network goes out through slirp4netns; nothing of this machine's loopback can be reached from inside.

    with BareRoot("bookworm") as root:
        root.run("apt-get update", check=True)
        root.enter_network()   # from now on new sockets of this process are inside

Needs root. Downloads are kept in BELFRY_CACHE (default ~/.cache/belfry), which may be removed at any time."""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time

CACHE = os.path.join(os.environ.get("BELFRY_CACHE") or os.path.expanduser("~/.cache/belfry"), "fresh")
BASE_DAYS = 14  # an older base needs too many updates
CLONE_NEWNET = 0x40000000
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

# Runs as process 1 of the new namespaces, which end with it when its standard input, a pipe, is closed.
INIT = """
set -e
cd "$0"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p dev/shm dev/pts var/cache/apt/archives
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount --bind "$1" var/cache/apt/archives
echo ready
exec cat >/dev/null
"""


def base_archive(release):
    """Returns the path of a tar archive with the minbase root of the release."""
    path = os.path.join(CACHE, f"{release}.tar")
    if os.path.exists(path) and time.time() - os.path.getmtime(path) < BASE_DAYS * 86400:
        return path
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        made = os.path.join(scratch, "root.tar")
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", release, made], check=True)
        os.rename(made, path)
    return path


def first_child(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        children = file.read().split()
    return int(children[0]) if children else None


class BareRoot:
    def __init__(self, release):
        self.release = release
        self._processes = []

    def __enter__(self):
        packages = os.path.join(CACHE, self.release)
        os.makedirs(packages, exist_ok=True)
        # Two roots of one release must not download packages to the same folder at the same time.
        self._lock = open(os.path.join(CACHE, f"{self.release}.lock"), "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = tempfile.mkdtemp(prefix=f"belfry-{self.release}-", dir="/var/tmp")
        try:
            subprocess.run(["tar", "-xf", base_archive(self.release), "-C", self.path], check=True)
            # This root is temporary, so there is no need to sync each file.
            self._write("etc/dpkg/dpkg.cfg.d/unsafe-io", "force-unsafe-io\n")
            self._write("etc/resolv.conf", "nameserver 10.0.2.3\n")  # the one of slirp4netns, which asks that of this machine
            self._start(packages)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self, packages):
        unshare = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child",
             "sh", "-c", INIT, self.path, packages],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self._processes.append(unshare)
        if unshare.stdout.readline() != "ready\n":
            raise RuntimeError("cannot make the namespaces (are you root?)")
        self.init = first_child(unshare.pid)
        ready, ready_write = os.pipe()
        self._processes.append(subprocess.Popen(
            ["slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback", f"--ready-fd={ready_write}",
             str(self.init), "tap0"],
            pass_fds=[ready_write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ))
        os.close(ready_write)
        if os.read(ready, 1) != b"1":
            raise RuntimeError("slirp4netns cannot connect the network namespace (is there a /dev/net/tun?)")
        os.close(ready)

    def _write(self, path, text):
        with open(os.path.join(self.path, path), "w") as file:
            file.write(text)

    def __exit__(self, *_):
        for process in reversed(self._processes):
            process.kill()  # process 1 of the namespaces ends with unshare, and all others with it
            process.wait()
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()

    def trust_this_machine(self):
        """Makes programs inside trust the certificates of this machine; a proxy to npm's registry may need one."""
        if os.path.exists(CERTIFICATES):
            shutil.copy(CERTIFICATES, os.path.join(self.path, "etc/ssl-of-host.crt"))
            return {name: "/etc/ssl-of-host.crt" for name in ("NODE_EXTRA_CA_CERTS", "npm_config_cafile")}
        return {}

    def command(self, script, user="root", environment=None):
        """Returns the command that runs a bash script inside, with an almost empty environment."""
        home = "/root" if user == "root" else f"/home/{user}"
        variables = {"HOME": home, "PATH": PATH, "TERM": "dumb", "LANG": "C.UTF-8", **(environment or {})}
        inside = ["env", "-i", *(f"{name}={value}" for name, value in variables.items())]
        if user != "root":
            inside += ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return ["nsenter", f"--target={self.init}", "--mount", "--pid", "--net", "--ipc", "--uts",
                "chroot", self.path, *inside, "bash", "-c", script]

    def run(self, script, user="root", environment=None, check=False):
        """Runs a script to its end; .stdout has all output."""
        done = subprocess.run(self.command(script, user, environment), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if check and done.returncode != 0:
            raise AssertionError(f"{script}: status {done.returncode}\n{done.stdout}")
        return done

    def start(self, script, log, user="root", environment=None):
        """Starts a script in its own process group; its output goes to the open file `log`."""
        process = subprocess.Popen(self.command(script, user, environment), stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self._processes.append(process)
        return process

    def processes(self):
        """Returns {pid outside: command line} of the processes inside, except process 1."""
        inside = os.readlink(f"/proc/{self.init}/ns/pid")
        found = {}
        for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
            try:
                if pid != self.init and os.readlink(f"/proc/{pid}/ns/pid") == inside:
                    with open(f"/proc/{pid}/cmdline") as file:
                        found[pid] = file.read().replace("\0", " ").strip()
            except OSError:
                pass  # it has just ended
        return {pid: line for pid, line in found.items() if line}  # a zombie has no command line

    def interrupt(self, command):
        """Sends SIGINT, like Ctrl-C, to the process inside whose command line begins with `command`."""
        pids = [pid for pid, line in self.processes().items() if line.startswith(command)]
        assert len(pids) == 1, f"{command} runs {len(pids)} times: {self.processes()}"
        os.kill(pids[0], signal.SIGINT)

    def enter_network(self):
        """Moves this process into the network namespace of the root."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/proc/{self.init}/ns/net") as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
