# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The servers to measure. Each has name, ports(), watched() (name -> pid of each process whose CPU time counts) and
stop(). The constructor starts the server, or raises NotInstalled."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry  # noqa: E402
from http1 import Closed, request  # noqa: E402
from ports import free_port  # noqa: E402
from waiting import wait_until  # noqa: E402

NCHAN_MODULES = ("/usr/lib/nginx/modules/ngx_nchan_module.so", "/usr/lib64/nginx/modules/ngx_nchan_module.so")


class NotInstalled(Exception):
    """A peer is not installed on this machine."""


def data_directory():
    return os.environ.get("TMPDIR", "/tmp")


class Server:
    """A directory, a port, and processes: the base class of all but Belfry."""

    name = ""
    publish_path = "/publish?topic=t{topic}"
    subscribe_path = "/subscribe?topic=t{topic}"

    def __init__(self, cpu):
        self.cpu = cpu
        self.directory = tempfile.mkdtemp(prefix=f"belfry-{self.name}-", dir=data_directory())
        self.port = free_port()
        self.processes = []

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self, name, argv, environment=None):
        process = belfry.Process(name, argv, self.path(f"{name}.log"), cpu=self.cpu, environment=environment)
        self.processes.append(process.start())
        return process

    def wait_up(self):
        def up():
            try:
                return request(self.port, "POST", "/publish?topic=t0", "x").status < 300
            except (OSError, Closed):
                return False

        wait_until(up, 15, lambda: f"{self.name} answers: {self.processes[-1].log()}")

    def ports(self):
        return [self.port]

    def watched(self):
        return {self.name: self.processes[0].pid}

    def stop(self):
        for process in reversed(self.processes):
            process.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class Floor(Server):
    """bench_floor: a server that does the minimum."""

    name = "floor"

    def __init__(self, cpu, durable=False, keep=False):
        super().__init__(cpu)
        argv = [belfry.binary("bench_floor")]
        argv += ["--log", self.path("log.bin")] if durable else []
        argv += ["--keep"] if keep else []
        self.start("floor", [*argv, str(self.port)])
        self.wait_up()


class Nchan(Server):
    """nginx with nchan: memory only, one worker."""

    name = "nchan"
    replay_path = "/replay?topic=t{topic}"  # from the oldest message

    def __init__(self, cpu, keep=0):
        module = next((path for path in NCHAN_MODULES if os.path.exists(path)), None)
        if not module or not shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin"):
            raise NotInstalled("nginx and libnginx-mod-nchan")
        super().__init__(cpu)
        with open(self.path("nginx.conf"), "w") as file:
            file.write(self._configuration(module, max(keep, 10)))
        self.start("nginx", ["/usr/sbin/nginx", "-e", self.path("error.log"), "-c", self.path("nginx.conf")])
        self.wait_up()
        self.worker = self._children(self.processes[0].pid)[0]

    def _configuration(self, module, keep):
        temporary = "".join(
            f"{kind}_temp_path {self.path(kind)};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        stream = "nchan_subscriber eventsource; nchan_channel_id $arg_topic; nchan_subscriber_first_message"
        return (
            f"load_module {module};\ndaemon off;\nworker_processes 1;\nerror_log {self.path('error.log')} crit;\n"
            f"pid {self.path('nginx.pid')};\n{'user root;' if os.getuid() == 0 else ''}\n"
            "events { worker_connections 19000; }\n"
            f"http {{\naccess_log off;\nkeepalive_requests 1000000000;\nnchan_shared_memory_size 1G;\n{temporary}"
            f"server {{\nlisten 127.0.0.1:{self.port} backlog=4096;\n"
            "location = /publish { nchan_publisher http; nchan_channel_id $arg_topic; nchan_message_timeout 1h; "
            f"nchan_message_buffer_length {keep}; }}\n"
            f"location = /subscribe {{ {stream} newest; }}\nlocation = /replay {{ {stream} oldest; }}\n}}\n}}\n"
        )

    @staticmethod
    def _children(pid):
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]

    def watched(self):
        return {"nchan": self.worker}

    def stop(self):
        # The worker ends with its master only if the master is stopped, not if it is killed.
        self.processes[0].stop()
        super().stop()


class Flask(Server):
    """The stack of many tutorials: Flask with gevent under gunicorn, and Redis."""

    name = "flask"

    def __init__(self, cpu):
        try:
            subprocess.run(
                ["/usr/bin/python3", "-c", "import flask, redis, gevent, gunicorn"], check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError):
            raise NotInstalled("python3-flask python3-redis python3-gevent gunicorn") from None
        if not shutil.which("redis-server"):
            raise NotInstalled("redis-server")
        super().__init__(cpu)
        redis_port = free_port()
        redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""]
        self.start("redis", [*redis, "--dir", self.directory])
        gunicorn = ["/usr/bin/python3", "-m", "gunicorn", "-k", "gevent", "--worker-connections", "20000", "-w", "1"]
        gunicorn += ["-b", f"127.0.0.1:{self.port}", "--backlog", "4096", "--chdir", os.path.dirname(__file__)]
        environment = {"REDIS_PORT": str(redis_port), "PYTHONDONTWRITEBYTECODE": "1"}
        self.start("gunicorn", [*gunicorn, "flask_app:app"], environment)
        self.wait_up()
        self.worker = Nchan._children(self.processes[1].pid)[0]

    def watched(self):
        return {"flask": self.worker, "redis": self.processes[0].pid}

    def stop(self):
        super().stop()
        # Killing the master does not end the worker. Stopped gracefully, both would wait for the end of all streams.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.worker, signal.SIGKILL)


class Belfry:
    """A broker and edges with the default durability. With `broker_cpu` the broker has its own CPU."""

    name = "belfry"
    publish_path = Server.publish_path
    subscribe_path = Server.subscribe_path

    def __init__(self, cpu, edges=1, broker_cpu=None, edge_options=(), broker_options=()):
        self.system = belfry.System(edges, broker_options, edge_options, cpu=cpu)
        if broker_cpu is not None:
            self.system.broker.cpu = broker_cpu
        try:
            self.system.start()
        except BaseException:
            sys.stderr.write(self.system.logs())
            self.system.remove()
            raise

    def ports(self):
        return self.system.ports

    def watched(self):
        watched = {edge.name: edge.pid for edge in self.system.edges}
        return {**watched, "broker": self.system.broker.pid}

    def stats(self):
        argv = [belfry.binary("belfry"), "stats", "--json", "--broker", self.system.bus]
        return json.loads(subprocess.run(argv, check=True, capture_output=True, timeout=30).stdout)

    def wait_followed(self):
        """Waits until every edge has reported to the broker that it is at the head of the log."""

        def followed():
            stats = self.stats()
            return all(edge["head"] == stats["head"] for edge in stats["edges"])

        wait_until(followed, 30, "all edges follow")

    def event_id(self, offset):
        return f"{self.stats()['epoch']}-{offset}"

    def stop(self):
        self.system.remove()
