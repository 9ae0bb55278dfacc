/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/json_read.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>

enum err json_read_object(struct slice json, struct json_t **out)
{
    json_t *root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, NULL);

    if (!json_is_object(root)) {
        json_decref(root);
        return ERR_MALFORMED;
    }
    *out = root;
    return OK;
}

struct slice json_read_text(const struct json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value))
        return (struct slice){NULL, 0};
    return slice_of(json_string_value(value), json_string_length(value));
}

bool json_read_number(const struct json_t *object, const char *key, uint64_t *out)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

bool json_read_text_of(struct slice json, const char *key, char *out, size_t size)
{
    json_t *root = NULL;
    struct slice text;

    assert(size > 0);
    if (json_read_object(json, &root) != OK)
        return false;
    text = json_read_text(root, key);
    if (text.data != NULL)
        (void)snprintf(out, size, "%s", text.data);
    json_decref(root);
    return text.data != NULL;
}

bool json_read_number_of(struct slice json, const char *key, uint64_t *out)
{
    json_t *root = NULL;
    bool found;

    if (json_read_object(json, &root) != OK)
        return false;
    found = json_read_number(root, key, out);
    json_decref(root);
    return found;
}
