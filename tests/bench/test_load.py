#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Checks that the load generator detects a server that loses, duplicates, reorders or refuses messages."""

import contextlib
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
    """A server with a fault: the first stream gets the frames that fault(number of the message, its frame) returns."""

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

    def close(self):
        for one in (self.listener, *self.streams):
            one.close()

    def serve(self, connection):
        with contextlib.suppress(OSError):  # the generator has ended
            self.requests(connection)

    def requests(self, connection):
        data = b""
        while True:
            more = connection.recv(65536)
            if not more:
                connection.close()
                return
            data += more
            while b"\r\n\r\n" in data:
                head, rest = data.split(b"\r\n\r\n", 1)
                if head.startswith(b"GET"):
                    with self.lock:
                        self.subscribe(connection, head)
                    return
                size = int(head.split(b"Content-Length:")[1].split(b"\r\n")[0])
                if len(rest) < size:
                    break
                data = rest[size:]
                self.take(connection, head, rest[:size])

    def subscribe(self, connection, head):
        connection.sendall(HEAD)
        self.streams.append(connection)

    def take(self, connection, head, body):
        self.publish(body)
        connection.sendall(b"HTTP/1.1 " + self.status + b"\r\nContent-Length: 2\r\n\r\nok")

    def publish(self, body):
        with self.lock:
            self.number += 1
            frame = b"id: x-%d\ndata: %s\n\n" % (self.number, body)
            for i, stream in enumerate(self.streams):
                for one in self.fault(self.number, frame) if i == 0 else [frame]:
                    stream.sendall(one)


class Log(Server):
    """A server that keeps all messages. A stream with a Last-Event-ID gets the frames that
    replay(frames after that id) returns."""

    def __init__(self, replay=lambda frames: frames, line=b'{"id":"x-1"}'):
        super().__init__()
        self.replay = replay
        self.line = line
        self.frames = []

    def subscribe(self, connection, head):
        connection.sendall(HEAD)
        if b"Last-Event-ID: x-" in head:
            after = int(head.split(b"Last-Event-ID: x-")[1].split(b"\r\n")[0])
            connection.sendall(b"".join(self.replay(self.frames[after:])))
        self.streams.append(connection)

    def take(self, connection, head, body):
        datas = [json.loads(line)["data"].encode() for line in body.splitlines()] if b"ndjson" in head else [body]
        with self.lock:
            for data in datas:
                self.frames.append(b"id: x-%d\ndata: %s\n\n" % (len(self.frames) + 1, data))
                for stream in self.streams:
                    with contextlib.suppress(OSError):
                        stream.sendall(self.frames[-1])
        reply = b"".join(self.line + b"\n" for _ in datas)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(reply), reply))


class TestLoad(unittest.TestCase):
    def load(self, server, *options, deadline=60):
        """`deadline` is the number of seconds without progress after which the generator gives up."""
        if not server.is_alive():
            server.start()
            self.addCleanup(server.close)
        argv = [belfry.binary("bench_load"), "--connect", f"127.0.0.1:{server.port}", "--deadline", str(deadline)]
        argv += ["--streams", str(STREAMS), "--messages", str(MESSAGES), "--inflight", "4", "--warmup", "0", *options]
        done = subprocess.run(argv, stdout=subprocess.PIPE, timeout=300)
        return done.returncode, json.loads(done.stdout)

    def check_noticed(self, server, *words, options=()):
        # A message that never arrives is given up quickly; for anything else a busy machine gets time.
        status, figures = self.load(server, *options, deadline=4 if "no progress" in words else 60)
        self.assertEqual(status, 1)
        self.assertFalse(figures["ok"])
        self.assertTrue(any(word in figures["wrong"] for word in words), figures)

    def test_no_fault(self):
        status, figures = self.load(Server())
        self.assertEqual((status, figures["ok"]), (0, True), figures)
        self.assertEqual(figures["deliveries"], STREAMS * MESSAGES)
        self.assertGreater(figures["delivery_us"]["p50"], 0)

    def test_lost(self):
        self.check_noticed(Server(lambda n, frame: [] if n == 7 else [frame]), "no progress")

    def test_twice(self):
        self.check_noticed(Server(lambda n, frame: [frame, frame] if n == 7 else [frame]), "twice")

    def test_one_lost_and_another_twice(self):
        times = {7: 0, 12: 2}
        self.check_noticed(Server(lambda n, frame: [frame] * times.get(n, 1)), "different order", "twice and missed")

    def test_reordered(self):
        held = []

        def swap(n, frame):
            if n == 8:
                held.append(frame)
                return []
            return [frame, held.pop()] if n == 9 else [frame]

        self.check_noticed(Server(swap), "different order")

    def test_refused(self):
        self.check_noticed(Server(status=b"503 Service Unavailable"), "refused")

    def test_all_reconnect(self):
        status, figures = self.load(Log(), "--storm", "0", "--missed", "7")
        self.assertEqual((status, figures["ok"]), (0, True), figures)
        self.assertEqual(figures["phases"]["storm"]["deliveries"], STREAMS * 7)

    def test_reconnect_with_a_missing_message(self):
        server = Log(lambda frames: frames[:2] + frames[3:])
        self.check_noticed(server, "no progress", options=("--storm", "0", "--missed", "7"))

    def test_reconnect_with_the_wrong_messages(self):
        server = Log(lambda frames: frames[:2] + frames[:1] + frames[3:])
        self.check_noticed(server, "twice and missed", options=("--storm", "0", "--missed", "7"))

    def test_replay(self):
        server = Log()
        self.load(server, "--streams", "0")
        options = ("--resume", "x-0", "--expect", str(MESSAGES), "--messages", "3")
        status, figures = self.load(server, *options)
        self.assertEqual((status, figures["ok"]), (0, True), figures)
        self.assertEqual(figures["phases"]["open"]["deliveries"], STREAMS * MESSAGES)

    def test_replay_with_a_missing_message(self):
        server = Log(lambda frames: frames[1:])
        self.load(server, "--streams", "0")
        self.check_noticed(server, "no progress", options=("--resume", "x-0", "--expect", str(MESSAGES)))

    def test_reader_of_old_messages(self):
        server = Log()
        self.load(server, "--streams", "0")
        options = ("--behind", str(MESSAGES), "--behind-path", "/old", "--behind-id", "x-0")
        status, figures = self.load(server, *options)
        self.assertEqual((status, figures["ok"]), (0, True), figures)
        self.assertEqual(figures["behind"]["records"], figures["behind"]["passes"] * MESSAGES)
        self.assertGreater(figures["behind"]["passes"], 0)
        server.replay = lambda frames: frames[:3] + frames[4:]
        self.check_noticed(server, "reader of old messages", options=options)

    def test_stalled(self):
        status, figures = self.load(Log(), "--stalled", "1", "--stalled-burst", "5")
        self.assertEqual((status, figures["ok"]), (0, True), figures)
        self.assertEqual(figures["deliveries"], (STREAMS - 1) * MESSAGES)
        self.assertEqual(figures["phases"]["catch_up"]["deliveries"], MESSAGES + 5)

    def test_batches(self):
        batches = ("--batch", "5", "--inflight", "2")
        status, figures = self.load(Log(), *batches)
        self.assertEqual((status, figures["ok"]), (0, True), figures)
        self.assertEqual(figures["deliveries"], STREAMS * MESSAGES)
        self.check_noticed(Log(line=b'{"type":"/problems/invalid"}'), "refused", options=batches)

    def test_frames_in_pieces(self):
        """A frame that arrives in pieces counts once."""
        server = Server(lambda n, frame: [frame[i : i + 7] for i in range(0, len(frame), 7)])
        status, figures = self.load(server)
        self.assertEqual((status, figures["ok"]), (0, True), figures)


if __name__ == "__main__":
    belfry.main()
