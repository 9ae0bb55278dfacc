# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Publishers that repeat a message with the same id until it is acknowledged, at whichever edge answers."""

import threading

from http1 import Closed, Connection, FORM, request_bytes
from waiting import Deadline
import urllib.parse


class Publisher(threading.Thread):
    """Publishes `messages`, an iterable of (id, topic, data), one after the other, and tries the next port if one fails.
    Each message has its own deadline. acked: {publisher's id: event id of the reply}."""

    def __init__(self, ports, messages, start=0, deadline=60, reply_timeout=8, pace=0.0):
        super().__init__(name=f"publisher-{start}", daemon=True)
        self.ports = ports
        self.messages = messages
        self.turn = start
        self.deadline = deadline
        self.reply_timeout = reply_timeout
        self.pace = pace  # seconds between messages, to limit the load
        self.acked = {}
        self.repeats = 0
        self.refusals = {}  # {status: number of replies}
        self.error = None
        self._connection = None
        self._ending = threading.Event()

    def stop(self):
        """Ends after the current message."""
        self._ending.set()

    def run(self):
        try:
            for message in self.messages:
                if self._ending.is_set():
                    break
                self._publish(*message)
                self._ending.wait(self.pace)
        except Exception as error:  # checked by the test
            self.error = error
        finally:
            self._drop()

    def _drop(self):
        if self._connection:
            self._connection.close()
            self._connection = None

    def _publish(self, id, topic, data):
        body = urllib.parse.urlencode([("topic", topic), ("data", data), ("id", id)])
        request = request_bytes("POST", "/publish", body, FORM)
        deadline = Deadline(self.deadline)
        while id not in self.acked:
            deadline.check(f"publish {id} acknowledged, refusals so far: {self.refusals}")
            if not self._attempt(id, request):
                self.repeats += 1
                self.turn += 1
                self._drop()
                self._ending.wait(0.02)  # pauses before the retry, as clients should

    def _attempt(self, id, request):
        try:
            if not self._connection:
                port = self.ports[self.turn % len(self.ports)]
                self._connection = Connection(port, timeout=self.reply_timeout)
            self._connection.send(request)
            reply = self._connection.reply()
        except (OSError, Closed):
            return False
        if reply.status == 200:
            self.acked[id] = reply.json()["id"]
            return True
        self.refusals[reply.status] = self.refusals.get(reply.status, 0) + 1
        if reply.status in (503, 507):
            return False
        raise AssertionError(f"publish {id}: {reply}")
