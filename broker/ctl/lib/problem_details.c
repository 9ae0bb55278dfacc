/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/problem_details.h"

#include "broker/ctl/lib/json_table.h"
#include "broker/ctl/lib/text.h"

#include <jansson.h>

static bool put_member(const json_t *root, const char *name, bool clean, struct buf *out)
{
    const json_t *value = json_object_get(root, name);
    struct slice text;

    if (!json_is_string(value))
        return false;
    text = slice_of(json_string_value(value), json_string_length(value));
    if (clean)
        text_clean(out, text);
    else
        buf_slice(out, text);
    return true;
}

bool problem_details_text(struct slice json, struct buf *out)
{
    json_t *root = NULL;
    bool found;

    if (json_table_parse(json, &root) != OK)
        return false;
    found = put_member(root, "detail", true, out) || put_member(root, "title", true, out);
    json_decref(root);
    return found;
}

bool problem_member(struct slice json, const char *name, struct buf *out)
{
    json_t *root = NULL;
    bool found;

    if (json_table_parse(json, &root) != OK)
        return false;
    found = put_member(root, name, false, out);
    json_decref(root);
    return found;
}

int64_t problem_number(struct slice json, const char *name)
{
    const json_t *value;
    json_t *root = NULL;
    int64_t number = -1;

    if (json_table_parse(json, &root) != OK)
        return -1;
    value = json_object_get(root, name);
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        number = json_integer_value(value);
    json_decref(root);
    return number;
}
