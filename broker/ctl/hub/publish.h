/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_HUB_PUBLISH_H
#define BELFRY_BROKER_CTL_HUB_PUBLISH_H

/* `belfry publish TOPIC... [MESSAGE]`: publishes over an edge's HTTP. */

#include "common/base/buf.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* argv[0] is the command's name. Returns the exit status (broker/ctl/lib/cli.h). */
int publish_main(int argc, char **argv);

#define PUBLISH_BATCH_RECORDS 1000              /* maximum of an edge per request */
#define PUBLISH_BATCH_BYTES ((size_t)900 << 10) /* size at which a batch is sent */

/* The fields of a record, except its data. */
struct publish_fields {
    const char *const *topics;
    size_t topic_count;
    const char *type;
    const char *id;
    uint64_t retry_ms;
    uint64_t ttl_ms;
    /* id that the first topic's last record must have; "any" = no condition; "none" = the first
     * topic must have no records */
    const char *if_last;
    bool is_private;
    bool ephemeral;
};

/* Append the record as a form, or as a line of NDJSON, whose data must be UTF-8. */
void publish_form(const struct publish_fields *fields, struct slice data, struct buf *out);
void publish_line(const struct publish_fields *fields, struct slice data, struct buf *out);

/* Cuts the next line off `text`. If `last` is set, text without a line end is also a line. Returns
 * false if there is no line. */
bool publish_next_line(struct slice *text, bool last, struct slice *out);

#endif
