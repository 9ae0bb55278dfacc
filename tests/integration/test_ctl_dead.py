#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The belfry command without a usable hub: no server, a server that sends garbage, an older and a newer hub. Each time it
ends soon, prints one line, and its exit status reports the failure."""

import os
import socket
import sys
import tempfile
import threading
import unittest

import msgpack
import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry
from cli import belfry_command
from ports import free_port
from waiting import finish

BROKER_COMMANDS = [("stats",), ("edges",), ("topics",), ("top",), ("tail",), ("stats", "--json"), ("top", "--json")]
EDGE_COMMANDS = [
    ("publish", "t", "x"),
    ("subscribe", "t"),
    ("history", "t"),
    ("publish", "t", "--lines"),
]
# Within 2 s without a server; the rest is for busy machines.
SOON = 10


class DeadTest(unittest.TestCase):
    def failed(self, *arguments, text=None, **variables):
        done = belfry_command(*arguments, text=b"x\n", timeout=SOON, **variables)
        self.assertEqual((done.status, done.out), (1, ""), done)
        self.assertEqual(done.err.count("\n"), 1, done)
        self.assertTrue(done.err.startswith(f"belfry {arguments[0]}: "), done)
        if text:
            self.assertIn(text, done.err)
        return done


class TestNobody(DeadTest):
    def test_no_socket(self):
        for command in BROKER_COMMANDS:
            self.failed(*command, broker="ipc:///nowhere/run", text="no broker there")

    def test_socket_without_a_listener(self):
        with tempfile.TemporaryDirectory(prefix="belfry-", dir="/tmp") as folder:
            left = socket.socket(socket.AF_UNIX)
            left.bind(os.path.join(folder, "control.sock"))
            left.close()
            for command in BROKER_COMMANDS:
                self.failed(*command, broker=f"ipc://{folder}", text="no broker answers")

    def test_no_tcp(self):
        with socket.socket() as taken:  # reserved, and without a listener
            taken.bind(("127.0.0.1", 0))
            base = f"tcp://127.0.0.1:{taken.getsockname()[1] - 2}"
            for command in BROKER_COMMANDS:
                self.failed(*command, broker=base, text="no broker answers")

    def test_invalid_address(self):
        for command in BROKER_COMMANDS:
            self.failed(*command, broker="nonsense", text="an address like")

    def test_no_edge(self):
        url = f"http://127.0.0.1:{free_port()}"
        for command in EDGE_COMMANDS:
            self.failed(*command, url=url, text="refused")
        self.failed("doctor", url, text="refused")
        self.failed("doctor", url.replace("http", "https"), text="refused")

    def test_edge_that_has_ended(self):
        """A listening socket that never accepts: clients connect and get no answer."""
        with socket.socket() as mute:
            mute.bind(("127.0.0.1", 0))
            mute.listen()
            url = f"https://127.0.0.1:{mute.getsockname()[1]}"
            for command in EDGE_COMMANDS:
                self.failed(*command, url=url, text="in time")

    def test_unknown_host(self):
        self.failed("history", url="http://host.invalid:1")

    def test_no_file(self):
        self.failed("check", "/nowhere/x.db", text="No such file")
        self.failed("backup", "/tmp/x.db", "--data", "/nowhere", text="No such file")
        self.failed("restore", "/nowhere/x.db", "--data", "/proc/nowhere", text="/proc/nowhere")
        self.failed("token", "--publish", "a", "--key", "/nowhere/key")

    def test_wrong_urls(self):
        for url in ("ftp://x", "http://", "http://x/?a=b"):
            done = belfry_command("history", url=url)
            self.assertEqual((done.status, done.err.count("\n")), (2, 1), done)


class Server:
    """Accepts, reads a little, and sends the same bytes repeatedly."""

    def __init__(self, answer):
        self.answer = answer
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                try:
                    peer.recv(65536)
                    peer.sendall(self.answer)
                except OSError:
                    pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        finish(self.thread, 10)


class TestGarbageFromAnEdge(DeadTest):
    def test_answers(self):
        for answer in (
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"\0" * 100,
            b"",
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100000 + b"\r\n\r\n",
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>",
            b'HTTP/1.1 500 Oops\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{"',
        ):
            server = Server(answer)
            try:
                for command in EDGE_COMMANDS:
                    self.failed(*command, url=server.url)
            finally:
                server.close()

    def test_invalid_page(self):
        server = Server(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")
        self.addCleanup(server.close)
        self.failed("history", url=server.url, text="not a page")
        self.failed("subscribe", url=server.url, text="event stream")

    def test_a_doctor_of_a_web_server(self):
        server = Server(b"HTTP/1.1 404 Not Found\r\nServer: other\r\nContent-Length: 6\r\n\r\n<html>")
        self.addCleanup(server.close)
        done = belfry_command("doctor", server.url, "--quick")
        self.assertEqual(done.status, 3, done)
        self.assertIn("404", done.out)
        self.assertIn("via other", done.out)


def frame(*elements):
    return msgpack.packb(list(elements), use_bin_type=True)


class Router:
    """A control socket that answers each request with the result of `answer`: bytes, or nothing."""

    def __init__(self, answer):
        self.folder = tempfile.TemporaryDirectory(prefix="belfry-", dir="/tmp")
        self.base = f"ipc://{self.folder.name}"
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind(f"{self.base}/control.sock")
        self.answer = answer
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stop.is_set():
            if self.socket.poll(50):
                peer, question = self.socket.recv_multipart()
                for answer in self.answer(msgpack.unpackb(question, raw=False)):
                    self.socket.send_multipart([peer, answer])

    def close(self):
        self.stop.set()
        finish(self.thread, 10)
        self.context.destroy(linger=0)
        self.folder.cleanup()


class TestStrangeBrokers(DeadTest):
    def router(self, answer):
        router = Router(answer)
        self.addCleanup(router.close)
        return router.base

    def test_garbage(self):
        base = self.router(lambda q: [b"garbage", b"\xff" * 50, frame(1), b"", frame(1, ord("A"), q[2], "x")])
        for command in BROKER_COMMANDS:
            self.failed(*command, broker=base, text="not a broker")

    def test_an_endless_array(self):
        base = self.router(lambda q: [b"\xdd\xff\xff\xff\xff"])
        self.failed("stats", broker=base, text="broker")

    def test_another_version(self):
        for version in (0, 2, 99):
            base = self.router(lambda q, v=version: [frame(v, ord("A"), q[2], 0, "{}")])
            for command in BROKER_COMMANDS:
                self.failed(*command, broker=base, text="another version of the protocol")

    def test_answers_that_are_not_json(self):
        for text in ("[]", "no", '{"a":', ""):
            base = self.router(lambda q, t=text: [frame(1, ord("A"), q[2], 0, t)])
            for command in BROKER_COMMANDS:
                if command != ("stats", "--json"):
                    self.failed(*command, broker=base)

    def test_older_broker_without_topics(self):
        def answer(question):
            if question[3] == "stats":
                return [frame(1, ord("A"), question[2], 0, '{"epoch":"abc","head":5,"oldest":1}')]
            return [frame(1, ord("A"), question[2], 18, "no such command")]

        base = self.router(answer)
        self.failed("topics", broker=base, text='does not know "topics"')
        stats = belfry_command("stats", broker=base)
        self.assertEqual(stats.status, 0, stats)
        self.assertIn("term -", stats.out)
        top = belfry_command("top", "--count", "1", broker=base)
        self.assertEqual(top.status, 0, top)
        self.assertEqual(belfry_command("edges", "--json", broker=base).json(), [])

    def test_newer_broker_with_more_members(self):
        def answer(question):
            text = '{"epoch":"abc","head":5,"oldest":1,"new":{"a":[1]},"topics":[{"topic":"t","records":1,"x":2}]}'
            return [frame(1, ord("A"), question[2], 0, text, "more", 7)]

        base = self.router(answer)
        done = belfry_command("topics", broker=base)
        self.assertEqual((done.status, done.lines()[1].split()), (0, ["t", "1", "-"]), done)

    def test_names_that_move_a_terminal(self):
        text = '{"epoch":"abc","edges":[{"name":"\\u001b[2J\\u009b","streams":1}]}'
        base = self.router(lambda q: [frame(1, ord("A"), q[2], 0, text)])
        for command in (("edges",), ("stats",), ("top", "--count", "1")):
            done = belfry_command(*command, broker=base)
            self.assertEqual(done.status, 0, done)
            self.assertNotIn("\033", done.out)
            self.assertNotIn("\u009b", done.out)

    def test_an_error_of_the_broker(self):
        base = self.router(lambda q: [frame(1, ord("A"), q[2], 17, "too many reads")])
        self.failed("topics", broker=base, text="too many reads")

    def test_broker_ends_while_tailing(self):
        """Only --follow waits for a broker that answered before and no longer does."""

        def answer(question):
            if question[1] == ord("a"):
                return [frame(1, ord("A"), question[2], 0, '{"epoch":"abc","head":5,"oldest":1}')]
            return []

        self.failed("tail", "--no-follow", "--after", "0", broker=self.router(answer), text="no broker answers")


if __name__ == "__main__":
    belfry.main()
