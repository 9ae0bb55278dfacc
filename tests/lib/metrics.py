# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Reads Prometheus's text format 0.0.4, strictly: what it does not know is an error.

    metrics = scrape(edge.ops_port)
    metrics["belfry_edge_publishes_total", "stored"]    # the sample whose only label has this value
    metrics["belfry_edge_log_head"]
"""

import math
import re

from http1 import request

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
ESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


class Family:
    def __init__(self, name, help):
        self.name = name
        self.help = help
        self.type = None
        self.samples = []  # (name, labels, value), in order


def unescape(text):
    return re.sub(r'\\[\\"n]', lambda m: ESCAPED[m.group()], text)


def parse_labels(text):
    labels = {}
    at = 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"no label: {text[at:]!r}"
        assert match.group(1) not in labels, f"twice: {text!r}"
        labels[match.group(1)] = unescape(match.group(2))
        at = match.end()
        assert at == len(text) or text[at] == ",", f"no comma: {text[at:]!r}"
        at += 1
    return labels


def parse_sample(line):
    match = re.fullmatch(r"([^{ ]+)(?:\{(.*)\})? (\S+)", line)
    assert match and NAME.fullmatch(match.group(1)), f"not a sample: {line!r}"
    return match.group(1), parse_labels(match.group(2) or ""), float(match.group(3))


class Metrics:
    def __init__(self, text):
        self.families = {}
        assert text.endswith("\n"), text[-100:]
        family = None
        for line in text[:-1].split("\n"):
            family = self._take(family, line)
        for family in self.families.values():
            check_family(family)

    def _take(self, family, line):
        if line.startswith("# HELP "):
            name, help = line[7:].split(" ", 1)
            assert NAME.fullmatch(name) and help, line
            assert name not in self.families, f"{name} comes twice"
            assert re.fullmatch(r"(?:[^\\]|\\[\\n])*", help), f"not escaped: {line!r}"
            family = self.families[name] = Family(name, help)
        elif line.startswith("# TYPE "):
            name, type = line[7:].split(" ")
            assert family and name == family.name and family.type is None and not family.samples, line
            assert type in ("counter", "gauge", "histogram"), line
            family.type = type
        else:
            name, labels, value = parse_sample(line)
            assert family and family.type, f"without HELP and TYPE: {line!r}"
            suffixes = ("_bucket", "_sum", "_count") if family.type == "histogram" else ("",)
            assert name in [family.name + suffix for suffix in suffixes], f"{name} in {family.name}"
            family.samples.append((name, labels, value))
        return family

    def __getitem__(self, key):
        """Returns a sample by its name, or by its name and the values of its labels."""
        name, *values = (key,) if isinstance(key, str) else key
        found = [v for n, labels, v in self._samples(name) if list(labels.values()) == values]
        assert len(found) == 1, f"{key}: {found}"
        return found[0]

    def _samples(self, name):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        family = self.families.get(name) or self.families.get(base)
        assert family, f"no {name}"
        return [sample for sample in family.samples if sample[0] == name]

    def sum(self, name):
        return sum(value for _, _, value in self._samples(name))

    def counters(self):
        """Returns all values that must never decrease."""
        return {
            (name, tuple(labels.items())): value
            for family in self.families.values()
            if family.type != "gauge"
            for name, labels, value in family.samples
        }


def check_family(family):
    assert family.type and family.samples, f"{family.name} is empty"
    assert (family.type == "counter") == family.name.endswith("_total"), f"{family.name} is a {family.type}"
    keys = [(name, tuple(sorted(labels.items()))) for name, labels, _ in family.samples]
    assert len(set(keys)) == len(keys), f"{family.name} has a sample twice"
    if family.type != "gauge":
        assert all(value >= 0 and not math.isnan(value) for _, _, value in family.samples), family.name
    if family.type == "histogram":
        check_histogram(family)


def check_histogram(family):
    """Checks that bounds and counts do not decrease and that the last bucket counts all values."""
    buckets = [(float(labels["le"]), value) for name, labels, value in family.samples if name.endswith("_bucket")]
    assert buckets == sorted(buckets) and len({bound for bound, _ in buckets}) == len(buckets), family.name
    assert all(a[1] <= b[1] for a, b in zip(buckets, buckets[1:])), family.name
    count = next(value for name, _, value in family.samples if name.endswith("_count"))
    total = next(value for name, _, value in family.samples if name.endswith("_sum"))
    assert buckets[-1] == (math.inf, count), family.name
    finite = [bound for bound, _ in buckets if bound != math.inf]
    least = sum(low * (b - a) for low, a, b in zip([0, *finite], [0, *[v for _, v in buckets]], [v for _, v in buckets]))
    assert least <= total + 1e-9 and (count > 0 or total == 0), family.name


def scrape(port):
    reply = request(port, "GET", "/metrics")
    assert reply.status == 200, reply
    assert reply.header("Content-Type") == CONTENT_TYPE, reply
    return Metrics(reply.body.decode())
