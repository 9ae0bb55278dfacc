# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""An independent implementation of the protocol in common/wire/wire.h, as an edge for tests, with pyzmq and msgpack
(Debian: python3-zmq, python3-msgpack).

    edge = WireEdge("ipc:///tmp/x/run").join()
    seq = edge.publish(["room"], b"hello")
    record = edge.wait_record(seq)"""

import collections
import random

import msgpack
import zmq

from waiting import Deadline

VERSION = 1
OK, MALFORMED, VERSION_UNKNOWN, EPOCH, UNKNOWN, EXPIRED, DUPLICATE = 0, 5, 6, 7, 8, 9, 10
UNAVAILABLE, NOT_FOUND = 17, 18

Batch = collections.namedtuple("Batch", "epoch term records")
Beacon = collections.namedtuple("Beacon", "epoch term head oldest edges")  # {incarnation: (accepted, resolved)}
Outcome = collections.namedtuple("Outcome", "epoch term incarnation outcomes")  # {seq: (code, offset)}
Welcome = collections.namedtuple(
    "Welcome", "request code text epoch term head oldest topic_records topic_ms"
)
Records = collections.namedtuple("Records", "request code epoch next oldest head records")
Reply = collections.namedtuple("Reply", "request code text")
EphemeralBatch = collections.namedtuple("EphemeralBatch", "epoch term bodies")
Record = collections.namedtuple("Record", "offset time body")
Body = collections.namedtuple("Body", "flags origin seq retry topics id type data")


def addresses(base):
    """Returns the addresses of publish, broadcast and control, as common/wire/bus_address.h."""
    if base.startswith("ipc://"):
        return [f"{base.rstrip('/')}/{name}.sock" for name in ("publish", "broadcast", "control")]
    host, port = base.rsplit(":", 1)
    return [f"{host}:{int(port) + i}" for i in range(3)]


def pack(*elements):
    return msgpack.packb(list(elements), use_bin_type=True)


def frame(kind, *elements):
    return pack(VERSION, ord(kind), *elements)


def body(origin, seq, topics, data, id=None, type=None, flags=0, retry=0):
    return pack(flags, origin, seq, retry, list(topics), id, type, data)


def unpack_body(raw):
    return Body(*msgpack.unpackb(raw, raw=False)[:8])


def _records(flat):
    return [Record(*flat[i : i + 3]) for i in range(0, len(flat), 3)]


def _groups(flat):
    return {flat[i]: (flat[i + 1], flat[i + 2]) for i in range(0, len(flat), 3)}


def decode(raw):
    version, kind, *rest = msgpack.unpackb(raw, raw=False)
    assert version == VERSION, version
    kind = chr(kind)
    if kind == "B":
        return Batch(rest[0], rest[1], _records(rest[2]))
    if kind == "H":
        return Beacon(*rest[:4], _groups(rest[4]))
    if kind == "O":
        return Outcome(*rest[:3], _groups(rest[3]))
    if kind == "w":
        return Welcome(*rest[:9])
    if kind == "r":
        return Records(*rest[:6], _records(rest[6]))
    if kind == "A":
        return Reply(*rest[:3])
    if kind == "E":
        return EphemeralBatch(*rest[:3])
    raise AssertionError(f"a frame of type {kind!r} from a broker")


class WireEdge:
    """The three sockets of an edge. `seen` contains the records of the broadcast socket by offset."""

    def __init__(self, base, name="wire", incarnation=None, seconds=20):
        self.name = name
        self.incarnation = incarnation or random.getrandbits(63) | 1
        self.seconds = seconds
        self.context = zmq.Context()
        self.pub, self.sub, self.dealer = [
            self._socket(kind, address)
            for kind, address in zip((zmq.PUB, zmq.SUB, zmq.DEALER), addresses(base))
        ]
        self.epoch = None
        self.seq = 0
        self.settled = 0
        self.pending = {}  # seq: body
        self.seen = {}  # offset: Record
        self.origin = {}  # our seq: offset
        self.outcomes = {}  # our seq: (code, offset)
        self.beacon = None
        self.request = 0
        self.complete = 0  # offset up to which `seen` has no hole

    def _socket(self, kind, address):
        socket = self.context.socket(kind)
        socket.linger = 0
        socket.maxmsgsize = 16 << 20
        if kind == zmq.SUB:
            socket.subscribe(b"")
        socket.connect(address)
        return socket

    def close(self):
        self.context.destroy(linger=0)

    # ---- broadcast

    def _note(self, records):
        for record in records:
            self.seen[record.offset] = record
            content = unpack_body(record.body)
            if content.origin == self.incarnation:
                self.origin[content.seq] = record.offset
        while self.complete + 1 in self.seen:
            self.complete += 1

    def _repair(self):
        """Reads the records up to the head of the beacon that were lost, or not broadcast before the broker ended."""
        while self.complete < self.beacon.head:
            page = self.read(self.complete)
            assert page.code == OK and page.next > self.complete, page
            self._note(page.records)

    def _take(self, message):
        if isinstance(message, Batch):
            self._note(message.records)
        elif isinstance(message, Outcome) and message.incarnation == self.incarnation:
            self.outcomes.update(message.outcomes)
        elif isinstance(message, Beacon):
            self.beacon = message
            if message.epoch == self.epoch:
                self._repair()
                self._send_again()

    def next_broadcast(self, deadline=None):
        """Returns the next frame, after processing it."""
        deadline = deadline or Deadline(self.seconds)
        while not self.sub.poll(min(deadline.left(), 1) * 1000):
            deadline.check("a broadcast")
        message = decode(self.sub.recv())
        self._take(message)
        return message

    def wait_broadcast(self, condition, what="a broadcast that matches"):
        """Waits for a message with condition(message) and returns it."""
        deadline = Deadline(self.seconds)
        while True:
            message = self.next_broadcast(deadline)
            if condition(message):
                return message
            deadline.check(what)

    def wait_beacon(self, condition=lambda beacon: True):
        return self.wait_broadcast(lambda m: isinstance(m, Beacon) and condition(m), "a beacon that matches")

    # ---- publish

    def _send_again(self):
        """Sends all publishes again that are not accepted according to the beacon."""
        accepted, resolved = self.beacon.edges.get(self.incarnation, (0, 0))
        for seq in self.pending:
            # Its OUTCOME was lost, for example before the SUB was connected again, and is now unknown.
            if seq <= resolved and seq not in self.origin and seq not in self.outcomes:
                self.outcomes[seq] = (UNAVAILABLE, 0)
        waiting = [seq for seq in sorted(self.pending) if seq > accepted and seq not in self.outcomes]
        if waiting:
            bodies = [self.pending[seq] for seq in waiting]
            self.send_publish(waiting[0], bodies)

    def send_publish(self, first_seq, bodies, epoch=None):
        self.pub.send(frame("P", epoch or self.epoch, self.incarnation, self.settled, first_seq, bodies))

    def publish(self, topics, data, **fields):
        """Sends a publish and returns its number. Sends it again after each beacon that does not include it."""
        self.seq += 1
        self.pending[self.seq] = body(self.incarnation, self.seq, topics, data, **fields)
        self.send_publish(self.seq, [self.pending[self.seq]])
        return self.seq

    def wait_outcome(self, seq):
        """Returns (OK, offset) of the record, or the outcome from the broker."""
        deadline = Deadline(self.seconds)
        while seq not in self.origin and seq not in self.outcomes:
            self.next_broadcast(deadline)
            deadline.check(f"the outcome of {seq}")
        self.pending.pop(seq, None)
        return self.outcomes.get(seq) or (OK, self.origin[seq])

    def publish_surely(self, topics, data, **fields):
        """Publishes until the outcome is known, as a publisher with an id does; returns it."""
        while True:
            outcome = self.wait_outcome(self.publish(topics, data, **fields))
            if outcome[0] != UNAVAILABLE:
                return outcome

    def wait_record(self, seq):
        code, offset = self.wait_outcome(seq)
        assert code == OK, (code, offset)
        return self.seen[offset]

    # ---- control

    def ask(self, kind, *elements):
        """Sends a request on control and returns the answer. Repeats it each second, since a broker may end."""
        self.request += 1
        request = frame(kind, self.request, *elements)
        self.dealer.send(request)
        return self.wait_answer(lambda answer: answer.request == self.request, request)

    def wait_answer(self, condition, again=None):
        deadline = Deadline(self.seconds)
        while True:
            while not self.dealer.poll(min(deadline.left(), 1) * 1000):
                deadline.check("an answer")
                if again:
                    self.dealer.send(again)
            answer = decode(self.dealer.recv())
            if condition(answer):
                return answer
            deadline.check("an answer that matches")

    def hello(self):
        return self.ask("h", self.incarnation, self.name, "wire.py", "nowhere:0")

    def ping(self, *figures):
        self.dealer.send(frame("i", self.incarnation, list(figures)))

    def read(self, after, until=2**63, max_bytes=1 << 20, selectors=(), epoch=None):
        return self.ask("f", epoch or self.epoch, after, until, max_bytes, list(selectors))

    def read_all(self, after=0, selectors=()):
        """Returns all records after `after`, read in pages."""
        records = []
        while True:
            page = self.read(after, selectors=selectors)
            assert page.code == OK, page
            records += page.records
            if page.next >= page.head:
                return records
            assert page.next > after, page
            after = page.next

    def latest(self, count, until=2**63, selectors=(), epoch=None):
        return self.ask("l", epoch or self.epoch, count, until, list(selectors))

    def admin(self, command, *arguments):
        return self.ask("a", command, list(arguments))

    # ---- joining

    def join(self):
        """Waits until broadcasts arrive, HELLO is answered and the beacon names this edge."""
        self.wait_beacon()
        welcome = self.hello()
        assert welcome.code == OK, welcome
        self.epoch = welcome.epoch
        self.complete = welcome.head
        deadline = Deadline(self.seconds)
        while self.incarnation not in self.beacon.edges:
            self.send_publish(self.seq + 1, [])
            self.wait_beacon()
            deadline.check("our name in a beacon")
        return self
