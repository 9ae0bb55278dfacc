#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Does the load generator notice? A small server that loses, doubles, reorders or refuses messages."""

import json
import os
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry

STREAMS = 3
MESSAGES = 20
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1000\n\n"


class Server(threading.Thread):
    """Delivers as `fault` says: fault(number of the message, its frame) gives the frames of the first stream."""

    def __init__(self, fault=lambda number, frame: [frame], status=b"200 OK"):
        super().__init__(daemon=True)
        self.fault = fault
        self.status = status
        self.streams = []
        self.number = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        data = b""
        while True:
            more = connection.recv(65536)
            if not more:
                return
            data += more
            while b"\r\n\r\n" in data:
                head, rest = data.split(b"\r\n\r\n", 1)
                if head.startswith(b"GET"):
                    connection.sendall(HEAD)
                    self.streams.append(connection)
                    return
                size = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
                if len(rest) < size:
                    break
                data = rest[size:]
                self.publish(rest[:size])
                connection.sendall(b"HTTP/1.1 " + self.status + b"\r\nContent-Length: 2\r\n\r\nok")

    def publish(self, body):
        with self.lock:
            self.number += 1
            frame = b"id: x-%d\ndata: %s\n\n" % (self.number, body)
            for i, stream in enumerate(self.streams):
                for one in self.fault(self.number, frame) if i == 0 else [frame]:
                    stream.sendall(one)


class TestLoad(unittest.TestCase):
    def load(self, server):
        server.start()
        self.addCleanup(server.listener.close)
        argv = [belfry.binary("bench_load"), "--connect", f"127.0.0.1:{server.port}", "--deadline", "4"]
        argv += ["--streams", str(STREAMS), "--messages", str(MESSAGES), "--inflight", "4", "--warmup", "0"]
        done = subprocess.run(argv, stdout=subprocess.PIPE, timeout=30)
        return done.returncode, json.loads(done.stdout)

    def check_noticed(self, server, *words):
        status, figures = self.load(server)
        self.assertEqual(status, 1)
        self.assertFalse(figures["ok"])
        self.assertTrue(any(word in figures["wrong"] for word in words), figures)

    def test_all_is_well(self):
        status, figures = self.load(Server())
        self.assertEqual((status, figures["ok"]), (0, True), figures)
        self.assertEqual(figures["deliveries"], STREAMS * MESSAGES)
        self.assertGreater(figures["delivery_us"]["p50"], 0)

    def test_lost(self):
        self.check_noticed(Server(lambda n, frame: [] if n == 7 else [frame]), "nothing came")

    def test_twice(self):
        self.check_noticed(Server(lambda n, frame: [frame, frame] if n == 7 else [frame]), "twice")

    def test_lost_and_another_twice(self):
        times = {7: 0, 12: 2}
        self.check_noticed(Server(lambda n, frame: [frame] * times.get(n, 1)), "another order")

    def test_reordered(self):
        held = []

        def swap(n, frame):
            if n == 8:
                held.append(frame)
                return []
            return [frame, held.pop()] if n == 9 else [frame]

        self.check_noticed(Server(swap), "another order")

    def test_refused(self):
        self.check_noticed(Server(status=b"503 Service Unavailable"), "refused")

    def test_in_pieces(self):
        """Frames cut anywhere are counted once."""
        server = Server(lambda n, frame: [frame[i : i + 7] for i in range(0, len(frame), 7)])
        status, figures = self.load(server)
        self.assertEqual((status, figures["ok"]), (0, True), figures)


if __name__ == "__main__":
    belfry.main()
