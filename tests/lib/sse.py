# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""SSE clients: the parser of the HTML standard, a single stream, and many subscribers in one thread that reconnect as
browsers do."""

import errno
import selectors
import socket
import threading
import time
import urllib.parse

from http1 import Connection, request_bytes
from waiting import Deadline, SLOWNESS, finish, wait_until


class Event:
    __slots__ = ("id", "type", "data")

    def __init__(self, id, type, data):
        self.id = id
        self.type = type
        self.data = data

    def __repr__(self):
        return f"Event({self.id!r}, {self.type!r}, {self.data[:120]!r})"


class Parser:
    """Parses bytes in pieces of any size. Keeps last_event_id and retry (ms) like a browser."""

    def __init__(self, keep_lines=False):
        self.last_event_id = ""
        self.retry = None
        self.comments = 0
        self.events = []
        self.lines = [] if keep_lines else None  # all received lines, for tests that check them
        self._rest = b""
        self._after_cr = False
        self._id = ""
        self._clear()

    def _clear(self):
        self._data = []
        self._type = ""

    def feed(self, data):
        """Returns the events that are now complete."""
        first = len(self.events)
        if not self._after_cr and b"\r" not in data:
            # The fast path: Belfry sends LF only.
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._take(line.decode("utf-8"))
            return self.events[first:]
        self._rest += data
        while True:
            line = self._line()
            if line is None:
                return self.events[first:]
            self._take(line)

    def _line(self):
        if self._after_cr and self._rest[:1] == b"\n":
            self._rest = self._rest[1:]
        if self._rest:
            self._after_cr = False
        ends = [at for at in (self._rest.find(b"\n"), self._rest.find(b"\r")) if at >= 0]
        if not ends:
            return None
        at = min(ends)
        line = self._rest[:at]
        self._after_cr = self._rest[at : at + 1] == b"\r"
        self._rest = self._rest[at + 1 :]
        return line.decode("utf-8")

    def _take(self, line):
        if self.lines is not None:
            self.lines.append(line)
        if line == "":
            self.last_event_id = self._id
            if self._data:
                self.events.append(
                    Event(self.last_event_id, self._type or "message", "\n".join(self._data))
                )
            self._clear()
            return
        if line.startswith(":"):
            self.comments += 1
            return
        field, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._type = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isdigit():
            self.retry = int(value)

    def reconnected(self):
        """Handles the end of the stream: drops an incomplete event, including its id."""
        self._rest = b""
        self._after_cr = False
        self._id = self.last_event_id
        self._clear()

    def incomplete(self):
        """Returns true if the stream ended within an event."""
        return bool(self._rest or self._data or self._type)


def subscribe_target(topics, path="/subscribe", **query):
    pairs = [("topic", topic) for topic in topics] + list(query.items())
    return path + ("?" + urllib.parse.urlencode(pairs) if pairs else "")


class Stream:
    """A stream that does not reconnect. The test reads it explicitly."""

    def __init__(self, port, *topics, headers=None, target=None, timeout=10, receive_buffer=None, **query):
        self.connection = Connection(port, timeout=timeout, receive_buffer=receive_buffer)
        target = target or subscribe_target(topics, **query)
        headers = {"Accept": "text/event-stream", **(headers or {})}
        self.connection.send(request_bytes("GET", target, b"", headers))
        self.status, self.reason, self.headers = self.connection.head()
        self.parser = Parser(keep_lines=True)
        self.raw = b""
        self.ended = False
        self._seen = 0
        self._feed(self._take_buffer())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.connection.close()

    def header(self, name):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None

    def _take_buffer(self):
        data, self.connection.buffer = self.connection.buffer, b""
        return data

    def _feed(self, data):
        self.raw += data if len(self.raw) < 65536 else b""  # the start suffices
        self.parser.feed(data)

    def read_more(self, seconds):
        """Reads once, within the given seconds; returns false if nothing arrived."""
        self.connection.socket.settimeout(max(seconds, 0.001))
        try:
            data = self.connection.socket.recv(1 << 18)
        except (socket.timeout, BlockingIOError):
            return False
        except ConnectionResetError:
            data = b""
        if not data:
            self.ended = True
            return False
        self._feed(data)
        return True

    def read_until(self, condition, seconds, what):
        deadline = Deadline(seconds)
        while not condition(self):
            if self.ended:
                raise AssertionError(f"the stream ended before: {what}; it had {self.parser.events[-5:]}")
            deadline.check(lambda: f"{what}; the stream had {len(self.parser.events)} events")
            self.read_more(deadline.left())

    def next_events(self, count, seconds=10):
        """Returns the next `count` events."""
        self.read_until(lambda s: len(s.parser.events) >= self._seen + count, seconds, f"{count} events")
        events = self.parser.events[self._seen : self._seen + count]
        self._seen += count
        return events

    def next_event(self, seconds=10):
        return self.next_events(1, seconds)[0]

    def read_to_end(self, seconds=10):
        deadline = Deadline(seconds)
        while not self.ended:
            deadline.check("the end of the stream")
            self.read_more(deadline.left())


class Subscriber:
    """A subscriber that behaves like a browser: when the stream ends, it connects to the next of its ports after
    `retry`, with Last-Event-ID."""

    def __init__(self, ports, topics, start=0, retry_ms=None, **query):
        self.ports = ports
        self.topics = topics
        self.query = query
        self.turn = start
        self.retry_ms = retry_ms  # None: as sent by the server
        self.parser = Parser()
        self.socket = None
        self.head = None  # bytes of an incomplete response head
        self.connects = 0
        self.refused = 0
        self.fatal = None  # a status after which EventSource does not reconnect
        self.due = 0.0
        self.opened = False

    @property
    def events(self):
        return self.parser.events

    def request(self):
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}
        if self.parser.last_event_id:
            headers["Last-Event-ID"] = self.parser.last_event_id
        return request_bytes("GET", subscribe_target(self.topics, **self.query), b"", headers)

    def delay(self):
        milliseconds = self.retry_ms if self.retry_ms is not None else (self.parser.retry or 2000)
        return milliseconds / 1000


class Subscribers:
    """Many subscribers in one thread."""

    def __init__(self):
        self.all = []
        self.lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="subscribers", daemon=True)
        self._error = None

    def add(self, subscriber):
        self.all.append(subscriber)
        return subscriber

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._stop.set()
        if self._thread.ident:
            finish(self._thread, 10)
        for one in self.all:
            self._close(one)
        self._selector.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def check(self):
        """Raises the error of the thread, if any."""
        if self._error:
            raise AssertionError(f"the thread of the subscribers failed: {self._error!r}") from self._error
        for one in self.all:
            if one.fatal:
                raise AssertionError(f"a stream was answered {one.fatal}: browsers do not reconnect after it")

    def open_count(self):
        return sum(1 for one in self.all if one.opened)

    def wait(self, condition, seconds, what):
        def looked():
            self.check()
            return condition()

        return wait_until(looked, seconds, what)

    # ---- in the thread ----

    def _run(self):
        try:
            while not self._stop.is_set():
                self._turn()
        except Exception as error:  # shown by check()
            self._error = error

    def _turn(self):
        now = time.monotonic()
        for one in self.all:
            if one.socket is None and not one.fatal and now >= one.due:
                self._open(one)
        for key, _ in self._selector.select(0.02):
            self._readable(key.data)

    def _open(self, one):
        port = one.ports[one.turn % len(one.ports)]
        one.connects += 1
        one.socket = socket.socket()
        try:
            one.socket.settimeout(2 * SLOWNESS)
            one.socket.connect(("127.0.0.1", port))
            one.socket.sendall(one.request())
        except OSError as error:
            if error.errno not in (errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE, None):
                raise
            one.refused += 1
            self._lost(one)
            return
        one.socket.setblocking(False)
        one.head = b""
        self._selector.register(one.socket, selectors.EVENT_READ, one)

    def _close(self, one):
        one.opened = False
        if one.socket is None:
            return
        try:
            self._selector.unregister(one.socket)
        except (KeyError, ValueError):
            pass
        one.socket.close()
        one.socket = None

    def _lost(self, one):
        self._close(one)
        one.parser.reconnected()
        one.turn += 1
        one.due = time.monotonic() + one.delay()

    def _readable(self, one):
        try:
            data = one.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost(one)
            return
        if one.head is not None:
            one.head += data
            head, end, data = one.head.partition(b"\r\n\r\n")
            if not end:
                return
            status = head.split(b" ", 2)[1:2]
            if status != [b"200"]:
                one.fatal = head.split(b"\r\n")[0].decode("latin-1")
                self._close(one)
                return
            one.head = None
            one.opened = True
        one.parser.feed(data)
