# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""A minimal HTTP/1.1 client: tests need the details that http.client hides."""

import json
import socket
import urllib.parse

from waiting import SLOWNESS


class Reply:
    def __init__(self, status, reason, headers, body):
        self.status = status
        self.reason = reason
        self.headers = headers  # list of (name, value)
        self.body = body

    def header(self, name, default=None):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return default

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.reason} {self.headers} {self.body[:300]!r}>"


class Closed(Exception):
    """The server closed the connection before the reply was complete."""


class Connection:
    """A TCP connection. Requests are bytes, so a test can send malformed ones."""

    def __init__(self, port, host="127.0.0.1", timeout=10, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout * SLOWNESS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        try:
            self.socket.connect((host, port))
        except OSError:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed(self.buffer)
        self.buffer += data

    def until(self, mark):
        """Reads up to and including `mark`."""
        while mark not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(mark)
        return head + mark

    def exactly(self, size):
        while len(self.buffer) < size:
            self._more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def rest(self):
        """Reads until the server closes the connection."""
        try:
            while True:
                self._more()
        except (Closed, ConnectionResetError):
            data, self.buffer = self.buffer, b""
            return data

    def closed(self):
        """Waits until the server closes; returns true if no more bytes arrived."""
        return self.rest() == b""

    def head(self):
        """Returns (status, reason, headers) of the next reply."""
        lines = self.until(b"\r\n\r\n")[:-4].decode("latin-1").split("\r\n")
        version, status, reason = (lines[0].split(" ", 2) + [""])[:3]
        if not version.startswith("HTTP/1."):
            raise AssertionError(f"not a status line: {lines[0]!r}")
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or name != name.strip():
                raise AssertionError(f"not a header: {line!r}")
            headers.append((name, value.strip()))
        return int(status), reason, headers

    def reply(self, method="POST"):
        """Returns the next reply, skipping interim ones (1xx)."""
        while True:
            status, reason, headers = self.head()
            reply = Reply(status, reason, headers, b"")
            if status >= 200:
                break
        if method == "HEAD" or status in (204, 304):
            return reply
        length = reply.header("Content-Length")
        if length is None:
            if reply.header("Transfer-Encoding"):
                raise AssertionError(f"chunked reply: {reply}")
            reply.body = self.rest()
        else:
            reply.body = self.exactly(int(length))
        return reply


def request_bytes(method, target, body=b"", headers=None):
    if isinstance(body, str):
        body = body.encode()
    headers = {"Host": "belfry.test", **(headers or {})}
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def request(port, method, target, body=b"", headers=None, timeout=10):
    with Connection(port, timeout=timeout) as connection:
        connection.send(request_bytes(method, target, body, headers))
        return connection.reply(method)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def publish(port, topic, data, timeout=10, **fields):
    """Publishes with a form; returns the reply."""
    pairs = [("topic", one) for one in ([topic] if isinstance(topic, str) else topic)]
    pairs += [("data", data)] + list(fields.items())
    return request(port, "POST", "/publish", urllib.parse.urlencode(pairs), FORM, timeout)
