/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Reads the offset at which `belfry tail` starts. */

#include "broker/ctl/watch/tail.h"

#include "broker/ctl/lib/json_read.h"
#include "common/base/number.h"

#include <jansson.h>

enum err tail_read_log(struct slice json, struct tail_log *out)
{
    struct tail_log log = {.head = 0};
    json_t *root = NULL;
    enum err err = json_read_object(json, &root);

    if (err != OK)
        return err;
    if (epoch_parse(json_read_text(root, "epoch"), &log.epoch) != OK ||
        !json_read_number(root, "head", &log.head) ||
        !json_read_number(root, "oldest", &log.oldest))
        err = ERR_MALFORMED;
    else
        *out = log;
    json_decref(root);
    return err;
}

enum err tail_position(const char *text, struct epoch epoch, uint64_t *out)
{
    struct epoch other;
    uint64_t offset;

    if (number_parse(slice_str(text), INT64_MAX, &offset) != OK) {
        if (event_id_parse(slice_str(text), &other, &offset) != OK)
            return ERR_INVALID;
        if (!epoch_equal(epoch, other))
            return ERR_EPOCH;
    }
    *out = offset;
    return OK;
}
