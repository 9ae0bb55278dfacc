# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers

"""Draws line plots with a logarithmic x axis as SVG."""

import math
from html import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 90, 40, 50
COLOURS = {"belfry": "#b3541e", "floor": "#5b7083"}


def _steps(top):
    """Returns round numbers from 0 to a little above `top`, for the marks of the y axis."""
    step = 10 ** math.floor(math.log10(top / 4)) if top > 0 else 1
    step *= next(m for m in (1, 2, 5, 10) if step * m * 4 >= top * 0.8)
    return [step * i for i in range(int(math.ceil(top / step)) + 1)]


def _short(number):
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{unit}"
    return f"{number:g}"


def plot(title, axis, figure, lines):
    """`lines`: name -> [(x, y, lowest, highest)]. The x axis is logarithmic, with 0 to the left of the
    smallest other x; the y axis starts at 0."""
    xs = sorted({x for points in lines.values() for x, *_ in points})
    marks = _steps(max(point[3] for points in lines.values() for point in points) * 1.05)
    # log(0) is undefined: an x of 0 is drawn one decade to the left of the smallest other x.
    logs = {x: math.log10(x) if x > 0 else math.log10(min([y for y in xs if y > 0] or [10])) - 1 for x in xs}
    low, high = min(logs.values()), max(logs.values())

    def across(x):
        return LEFT + (logs[x] - low) / ((high - low) or 1) * (WIDTH - LEFT - RIGHT)

    def up(y):
        return HEIGHT - BOTTOM - y / marks[-1] * (HEIGHT - TOP - BOTTOM)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="14">{escape(title)}</text>',
        f'<text x="{(WIDTH - RIGHT + LEFT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{escape(axis)}</text>',
        f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(figure)}</text>',
    ]
    for mark in marks:
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up(mark):.1f}" y2="{up(mark):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{up(mark) + 4:.1f}" text-anchor="end">{mark:g}</text>')
    for x in xs:
        out.append(f'<text x="{across(x):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_short(x)}</text>')
    for name, points in lines.items():
        colour = COLOURS.get(name, "black")
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y, _, _ in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y, lowest, highest in points:
            out.append(f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{colour}"/>')
            ends = f'y1="{up(lowest):.1f}" y2="{up(highest):.1f}"'
            out.append(f'<line x1="{across(x):.1f}" x2="{across(x):.1f}" {ends} stroke="{colour}"/>')
    # If lines end close together, their names are moved down so that they do not overlap.
    lowest = TOP - 16
    for name, points in sorted(lines.items(), key=lambda line: -line[1][-1][1]):
        lowest = max(up(points[-1][1]) + 4, lowest + 14)
        place = f'x="{across(points[-1][0]) + 10:.1f}" y="{lowest:.1f}"'
        out.append(f'<text {place} fill="{COLOURS.get(name, "black")}">{escape(name)}</text>')
    return "\n".join(out) + "\n</svg>\n"
