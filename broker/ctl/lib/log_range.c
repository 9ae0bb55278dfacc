/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/log_range.h"

#include "broker/ctl/lib/json_table.h"

#include <jansson.h>

static enum err read_epoch(const json_t *root, struct epoch *out)
{
    const json_t *epoch = json_object_get(root, "epoch");

    if (!json_is_string(epoch))
        return ERR_MALFORMED;
    return epoch_parse(slice_of(json_string_value(epoch), json_string_length(epoch)), out);
}

static enum err read_number(const json_t *root, const char *key, uint64_t *out)
{
    const json_t *number = json_object_get(root, key);

    if (!json_is_integer(number) || json_integer_value(number) < 0)
        return ERR_MALFORMED;
    *out = (uint64_t)json_integer_value(number);
    return OK;
}

enum err log_range_read(struct slice json, struct log_range *out)
{
    json_t *root = NULL;
    struct log_range state = {.head = 0};
    enum err err = json_table_parse(json, &root);

    if (err != OK)
        return err;
    if (read_epoch(root, &state.epoch) != OK || read_number(root, "head", &state.head) != OK ||
        read_number(root, "oldest", &state.oldest) != OK)
        err = ERR_MALFORMED;
    else
        *out = state;
    json_decref(root);
    return err;
}
