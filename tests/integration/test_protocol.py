#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Compares deploy/docs/protocol.md with common/wire: each type of frame has a table with the elements that the encoder
packs, there are no other tables, and the metrics of PING are those of the header in the same order."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import belfry

HEADING = re.compile(r"^### `([A-Z_]+)` `(.)`: (.+), (publish|broadcast|control)$", re.M)


def source(path):
    with open(os.path.join(belfry.ROOT, path), encoding="utf-8") as file:
        return file.read()


def rows(text):
    """Returns the rows of the first table of a text, without its head."""
    found = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found[2:]]


def page():
    return source("deploy/docs/protocol.md")


def section(heading):
    return page().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def frames():
    """Returns the frames of the page: [(name, letter, elements)]."""
    parts = HEADING.split(section("Frames"))
    return [(name, letter, rows(text)) for name, letter, text in zip(parts[1::5], parts[2::5], parts[5::5])]


class TestProtocol(unittest.TestCase):
    def test_types(self):
        declared = re.findall(r"^    WIRE_([A-Z_]+) = '(.)',$", source("common/wire/wire.h"), re.M)
        self.assertGreater(len(declared), 10)
        described = [(name, letter) for name, letter, _ in frames()]
        self.assertEqual(len(described), section("Frames").count("\n### "))
        self.assertEqual(sorted(described), sorted(declared))

    def test_elements(self):
        """The encoder contains the number of elements of a frame; the page omits version and type."""
        encoder = source("common/wire/wire_encode.c")
        packed = {name: int(count) - 2 for name, count in re.findall(r"put_head\(p, WIRE_([A-Z_]+), (\d+)\)", encoder)}
        self.assertEqual({name: len(elements) for name, _, elements in frames()}, packed)

    def test_body(self):
        sizes = re.search(r"more \? (\d+) : \d+", source("common/wire/wire_encode.c"))
        self.assertEqual(len(rows(section("Body"))), int(sizes.group(1)))

    def test_cells(self):
        """Each element has a name, a type that the page explains, and a meaning."""
        known = {row[0] for row in rows(section("Types"))}
        for name, _, elements in frames() + [("Body", "", rows(section("Body")))]:
            for element, kind, meaning in elements:
                self.assertTrue(element and meaning, name)
                words = re.sub(r"^list of \(?([\w, ]+)\)?$", r"\1", kind).split(", ")
                self.assertLessEqual(set(words), known, (name, element))

    def test_metrics(self):
        figures = source("common/wire/wire.h").split("#define WIRE_METRICS(X)", 1)[1].split("struct", 1)[0]
        declared = re.findall(r'X\((\w+), "([^"]*)"\)', figures)
        self.assertGreater(len(declared), 30)
        self.assertEqual([tuple(row) for row in rows(section("Metrics of PING"))], declared)


if __name__ == "__main__":
    belfry.main()
