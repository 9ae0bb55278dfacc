#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright 2026 the Belfry developers
"""Makes a damaged copy of one source file: mutate.py NAME SOURCE-ROOT OUTPUT.

The simulation must notice each damaged copy; a simulation that finds nothing proves nothing. Each mutant replaces a
piece of the source that must occur exactly once, so that it cannot silently stop doing damage."""

import sys

MUTANTS = {
    # Publishes may be lost and are not sent again.
    "resend": ("edge/state/outbox.c", "        o->sent_seq = accepted;\n", "        (void)accepted;\n"),
    # Any record after the head is taken as the next one, even after a hole.
    "hole": (
        "edge/core/receive.c",
        "if (entries[i].offset == head + 1)",
        "if (entries[i].offset > head)",
    ),
    # Holes are detected but never filled.
    "fetch": ("edge/state/inbox.c", "    if (until <= head)\n", "    if (until >= head)\n"),
    # An edge's numbers are not stored with its records.
    "note": (
        "broker/core/handle_publish_frame.c",
        "    batch_set_edge(batch, frame->incarnation, edge->accepted, b->unix_ms);\n",
        "    (void)batch, (void)b;\n",
    ),
    # A cursor moves past records that were not written.
    "cursor": (
        "edge/state/stream.c",
        "    s->cursor = g->records[whole].offset - 1;\n",
        "    s->cursor = g->head;\n",
    ),
}


def main():
    name, root, output = sys.argv[1:]
    path, old, new = MUTANTS[name]
    with open(f"{root}/{path}", encoding="utf-8") as source:
        text = source.read()
    if text.count(old) != 1:
        sys.exit(f"mutate.py: {name}: the piece to damage occurs {text.count(old)} times in {path}")
    with open(output, "w", encoding="utf-8") as out:
        out.write(text.replace(old, new))


main()
