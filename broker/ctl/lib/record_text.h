/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_LIB_RECORD_TEXT_H
#define BELFRY_BROKER_CTL_LIB_RECORD_TEXT_H

/* Formats a stored record, or an event of a stream, as one line of text or of JSON:
 *
 *   2026-11-20T07:33:00.123Z k3f9x2-1843 news,sport goal: {"home":1}
 *   {"id":"k3f9x2-1843","offset":1843,"time":1763624000123,"topics":["news","sport"],
 *    "data":"…","type":"goal"}       (wrapped here)
 *
 * The JSON is the same as in an edge's /history. Pure. */

#include "common/base/buf.h"
#include "common/base/slice.h"
#include "common/wire/event_id.h"
#include "common/wire/record.h"

#include <stdbool.h>

/* A record from any source. Absent slices are not shown. */
struct record_line {
    uint64_t time_ms; /* 0 = unknown */
    struct slice id;
    const struct slice *topics;
    size_t topic_count;
    struct slice type;
    struct slice data;
    struct slice publisher_id;
    bool is_private;
};

/* Appends one line that is safe for a terminal. Line feeds and tabs in the data are shown as \n and
 * \t. */
void record_line_text(const struct record_line *line, struct buf *out);

/* Append a stored record as a line of JSON, or of text. */
void record_json(struct epoch epoch, const struct entry *entry, const struct record *record,
                 struct buf *out);
void record_text(struct epoch epoch, const struct entry *entry, const struct record *record,
                 struct buf *out);

/* Appends data so that it is safe for a terminal. Line feeds and tabs stay, or are shown as \n and
 * \t if `one_line` is set. */
void record_data(struct slice data, bool one_line, struct buf *out);

#endif
