/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/tail.h"

#include "common/base/number.h"

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
