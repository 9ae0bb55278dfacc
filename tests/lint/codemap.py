# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
"""The code map of ARCHITECTURE.md: a table per folder, made from the comments at the top of the files.

A row is a module: x.h with x.c and x_<library>.c. Its text is the first sentence of the comment that follows the include
guard. A .c without such a header has a row of its own, with the first sentence of the comment above its includes.
`lint.py --fix` writes the map between the two marker lines.
"""

import re

PAGE = "ARCHITECTURE.md"
BEGIN = "<!-- code map: written by tests/lint/lint.py --fix -->"
END = "<!-- end of the code map -->"
TEXT_MAX = 100

_HEADER = re.compile(r"#define BELFRY_\w+_H\n\n/\*(.*?)\*/", re.S)
_SOURCE = re.compile(r"/\* SPDX[^\n]*\n/\* Copyright[^\n]*\n\n/\*(.*?)\*/", re.S)


def first_sentence(source):
    """The first sentence of the comment at the top of a file, without a full stop; "" if there is no such comment."""
    found = (_HEADER.search if source.is_header else _SOURCE.match)(source.text)
    if not found:
        return ""
    paragraph = re.split(r"\n[ \t]*\*[ \t]*\n", found.group(1))[0]
    text = " ".join(re.sub(r"\n[ \t]*\*", "\n", paragraph).split())
    sentence = re.split(r"(?<!\.\.)(?<!\betc)\.(?= |$)", text)[0]
    if len(sentence) > TEXT_MAX:  # up to the last mark that fits
        sentence = re.split(r"[;:,(](?=[^;:,(]*$)", sentence[:TEXT_MAX])[0]
    return sentence.rstrip(" .:;,")


def rows(sources):
    """{folder: [(file names, text)]}, sorted."""
    headers = {(s.folder, s.stem) for s in sources if s.is_header}
    modules = {}
    for s in sources:
        name = s.base if (s.folder, s.stem) not in headers and (s.folder, s.base) in headers else s.stem
        modules.setdefault(s.folder, {}).setdefault(name, []).append(s)
    return {
        folder: [
            (sorted((s.name for s in files), key=lambda name: (not name.endswith(".h"), name)),
             first_sentence(min(files, key=lambda s: (not s.is_header, s.name))))
            for _, files in sorted(found.items())
        ]
        for folder, found in sorted(modules.items())
    }


def code_map(sources):
    """The lines between the markers."""
    lines = []
    for folder, modules in rows(sources).items():
        lines += [f"`{folder}/`", "", "| files | contents |", "| --- | --- |"]
        for names, text in modules:
            lines.append(f"| {' '.join(f'`{n}`' for n in names)} | {text.replace('|', chr(92) + '|')} |")
        lines.append("")
    return "\n".join(lines)


def replaced(page, sources):
    """The page with the map as it should be; None without the markers."""
    before, begin, rest = page.partition(BEGIN + "\n")
    _, end, after = rest.rpartition(END)
    return f"{before}{begin}\n{code_map(sources)}{end}{after}" if begin and end else None
