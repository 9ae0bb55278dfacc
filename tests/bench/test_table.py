#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Tests the table (ratios, spread, goals, missing peers) and the plot."""

import os
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import svg
from table import Row, Table, at_least, at_most, number


def row(values, reference=None, **more):
    return Row("group", "figure", "µs", values, reference, **more)


class TestTable(unittest.TestCase):
    def test_ratio_is_taken_run_by_run(self):
        # The machine was half as fast in the second run, which does not change the ratio.
        one = row([2.0, 4.0, 2.2], [1.0, 2.0, 1.0])
        self.assertEqual(one.ratio(), 2.0)
        self.assertEqual(one.spread(), "10 %")
        self.assertEqual(one.value(), 2.2)

    def test_spread_of_the_figure_without_a_reference(self):
        self.assertEqual(row([10.0, 11.0, 12.0]).spread(), "18 %")
        self.assertEqual(row([-1.0, 0.5, 1.0], difference=True).spread(), "2.00 µs")

    def test_goals(self):
        one = row([2.0], [1.0], peers={"nchan": [4.0]})
        for goal, reached in (
            (at_most(2), True),
            (at_most(1.9), False),
            (at_least(2), True),
            (at_most(1.5, "ratio"), False),
            (at_most(0.5, "nchan"), True),
            (at_least(0.6, "nchan"), False),
            (at_least(0.6, "other"), None),
        ):
            self.assertEqual(goal.reached(one), reached, goal.text())
        self.assertIsNone(one.reached())

    def test_text_and_markdown(self):
        said = []
        table = Table(said.append)
        table.group = "Fan-out"
        table.missing["nchan"] = "nginx"
        table.add("good", "µs", [1.0], [1.0], goal=at_most(1, "ratio"))
        table.add("bad", "k/s", [1234.5], goal=at_least(2000))
        text = table.text()
        self.assertIn("goals: 1 of 2 reached", text)
        self.assertIn("missed: bad [k/s]: 1,234, ≥ 2000", text)
        self.assertIn("not installed: nchan (nginx)", text)
        table.images.append(("Fan-out", "a plot", "/somewhere/plots/a.svg"))
        markdown = table.markdown(["machine: a"], "", "/somewhere")
        self.assertIn("![a plot](plots/a.svg)", markdown)
        rows = [line for line in markdown.splitlines() if line.startswith("|")]
        self.assertEqual(len({line.count("|") for line in rows}), 1, markdown)
        self.assertEqual(len(rows), 4)
        self.assertEqual(len(said), 2)

    def test_numbers(self):
        self.assertEqual([number(n) for n in (1234.5, 12.34, 1.234, 0, None)], ["1,234", "12.3", "1.23", "0.00", ""])


class TestPlot(unittest.TestCase):
    def test_points_lie_inside(self):
        ours = [(0, 1.0, 0.9, 1.2), (100, 2.0, 1.5, 2.5), (15000, 4.0, 3.9, 4.1)]
        lines = {"belfry": ours, "floor": [(100, 1, 1, 1)]}
        drawing = xml.etree.ElementTree.fromstring(svg.plot("a < b", "streams", "µs", lines))
        circles = [e for e in drawing.iter() if e.tag.endswith("circle")]
        self.assertEqual(len(circles), 4)
        for circle in circles:
            self.assertTrue(svg.LEFT <= float(circle.get("cx")) <= svg.WIDTH - svg.RIGHT)
            self.assertTrue(svg.TOP <= float(circle.get("cy")) <= svg.HEIGHT - svg.BOTTOM)
        across = [float(circle.get("cx")) for circle in circles[:3]]
        self.assertEqual(across, sorted(across))
        up = [float(circle.get("cy")) for circle in circles[:3]]
        self.assertEqual(up, sorted(up, reverse=True))


if __name__ == "__main__":
    unittest.main(verbosity=2)
