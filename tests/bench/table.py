# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""The table of figures with their references, ratios, spread and goals, as text, Markdown and JSON."""

import json
import os
import statistics


def spread(values):
    """Returns the difference between the largest and the smallest value, in percent of the median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / abs(middle) * 100 if middle else 0.0


def number(value):
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


class Goal:
    """The goal of a row. `of` is what it limits: "value" (Belfry's figure), "ratio" (to the reference), or the name of
    a peer (ratio to that peer)."""

    def __init__(self, sign, limit, of="value"):
        self.sign = sign
        self.limit = limit
        self.of = of

    def figure(self, row):
        if self.of == "value":
            return row.value()
        if self.of == "ratio":
            return row.ratio()
        peer = row.peers.get(self.of)
        return row.value() / statistics.median(peer) if peer else None

    def reached(self, row):
        figure = self.figure(row)
        if figure is None:
            return None
        return figure <= self.limit if self.sign == "≤" else figure >= self.limit

    def text(self):
        unit = {"value": "", "ratio": " ×"}.get(self.of, f" × {self.of}")
        return f"{self.sign} {self.limit:g}{unit}"


def at_most(limit, of="value"):
    return Goal("≤", limit, of)


def at_least(limit, of="value"):
    return Goal("≥", limit, of)


class Row:
    """One figure: the values of all runs, and those of the reference and of peers in the same runs."""

    def __init__(
        self, group, name, unit, values, reference=None, reference_name="floor", goal=None, peers=None, difference=False
    ):
        self.group = group
        self.name = name
        self.unit = unit
        self.values = values
        self.reference = reference or []
        self.reference_name = reference_name if reference else ""
        self.goal = goal
        self.difference = difference  # a difference of two figures: its spread in percent is meaningless
        self.peers = {name: values for name, values in (peers or {}).items() if values}

    def value(self):
        return statistics.median(self.values)

    def ratios(self):
        return [v / r for v, r in zip(self.values, self.reference) if r]

    def ratio(self):
        return statistics.median(self.ratios()) if self.ratios() else None

    def spread(self):
        if self.difference:
            return f"{number(max(self.values) - min(self.values))} {self.unit}"
        return f"{spread(self.ratios() or self.values):.0f} %"

    def reached(self):
        return self.goal.reached(self) if self.goal else None

    def cells(self, peers):
        reached = {True: "yes", False: "NO", None: ""}[self.reached()]
        reference = f"{number(statistics.median(self.reference))} ({self.reference_name})" if self.reference else ""
        return [
            f"{self.name} [{self.unit}]",
            number(self.value()),
            reference,
            number(self.ratio()),
            self.spread(),
            *[number(statistics.median(self.peers[p])) if p in self.peers else "" for p in peers],
            self.goal.text() if self.goal else "",
            reached,
        ]


class Table:
    def __init__(self, say):
        self.rows = []
        self.missing = {}  # peer -> its packages
        self.images = []  # (group, title, path)
        self.group = ""
        self.say = say

    def add(self, name, unit, values, reference=None, **more):
        row = Row(self.group, name, unit, values, reference, **more)
        self.rows.append(row)
        cells = row.cells(sorted(row.peers))
        self.say("  " + "  ".join(cell for cell in cells if cell))
        return row

    def _peers(self, rows):
        """Returns the peers of these rows, which are columns."""
        return sorted({peer for row in rows for peer in row.peers})

    def _heads(self, peers):
        return ["figure", "belfry", "reference", "ratio", "spread", *peers, "goal", "reached"]

    def _missing(self):
        return [f"not installed: {peer} ({packages})" for peer, packages in sorted(self.missing.items())]

    def _groups(self):
        groups = {}
        for row in self.rows:
            groups.setdefault(row.group, []).append(row)
        return groups

    def missed(self):
        return [row for row in self.rows if row.reached() is False]

    def text(self):
        """Returns the table with aligned columns, for a terminal."""
        peers = self._peers(self.rows)
        lines = [self._heads(peers)] + [row.cells(peers) for row in self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        out = []
        for line in lines:
            cells = [cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths))]
            out.append("  ".join(cells).rstrip())
        goals = [row for row in self.rows if row.reached() is not None]
        out.append(f"\ngoals: {len(goals) - len(self.missed())} of {len(goals)} reached")
        out += [f"missed: {r.name} [{r.unit}]: {number(r.goal.figure(r))}, {r.goal.text()}" for r in self.missed()]
        return "\n".join(out + self._missing())

    def markdown(self, head, notes, directory="."):
        """Returns the text of a Markdown file in `directory`. `head` is a list of lines about the machine, `notes` is
        Markdown for the end."""
        out = ["# Measurements", "", *[f"- {line}" for line in head + self._missing()], ""]
        goals = [row for row in self.rows if row.reached() is not None]
        out += [f"Goals reached: {len(goals) - len(self.missed())} of {len(goals)}.", ""]
        for group, rows in self._groups().items():
            peers = self._peers(rows)
            heads = self._heads(peers)
            out += [f"## {group}", "", "| " + " | ".join(heads) + " |"]
            out += ["|" + " --- |" * len(heads)]
            out += ["| " + " | ".join(row.cells(peers)) + " |" for row in rows] + [""]
            images = [(title, os.path.relpath(path, directory)) for of, title, path in self.images if of == group]
            out += [f"![{title}]({path})" for title, path in images] + [""] * bool(images)
        if self.missed():
            missed = [f"- {r.name} [{r.unit}]: {number(r.goal.figure(r))}, goal {r.goal.text()}" for r in self.missed()]
            out += ["## Goals not reached", "", *missed, ""]
        return "\n".join(out) + (f"\n{notes}" if notes else "")

    def write_json(self, path):
        rows = [
            {
                "group": row.group,
                "name": row.name,
                "unit": row.unit,
                "values": row.values,
                "reference": row.reference,
                "reference_name": row.reference_name,
                "peers": row.peers,
                "goal": row.goal.text() if row.goal else None,
                "reached": row.reached(),
            }
            for row in self.rows
        ]
        with open(path, "w") as file:
            json.dump(rows, file, indent=1)
