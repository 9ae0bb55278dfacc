/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_HUB_PUBLISH_H
#define BELFRY_BROKER_CTL_HUB_PUBLISH_H

/* `belfry publish TOPIC... [MESSAGE]`: over an edge's HTTP. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int publish_main(int argc, char **argv);

#define PUBLISH_BATCH_RECORDS 1000 /* that an edge takes in one body */
#define PUBLISH_BATCH_BYTES ((size_t)900 << 10)

/* The fields of a record but its data. */
struct publish_fields {
    const char *const *topics;
    size_t topic_count;
    const char *type;
    const char *id;
    uint64_t retry_ms;
    uint64_t ttl_ms;
    const char *if_last; /* "any": not asked for; "none": the topic must be empty */
    bool is_private;
    bool ephemeral;
};

/* Appends the record as a form, or as a line of NDJSON (data must be UTF-8 then). */
void publish_form(const struct publish_fields *fields, struct slice data, struct buf *out);
void publish_line(const struct publish_fields *fields, struct slice data, struct buf *out);

/* Cuts a line off `text`. `last`: what is left without a line end is one too. False: there is
 * none. */
bool publish_next_line(struct slice *text, bool last, struct slice *out);

#endif
