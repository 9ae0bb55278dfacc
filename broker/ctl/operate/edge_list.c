/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/operate/operate.h"

#include "broker/ctl/lib/json_table.h"
#include "common/base/mem.h"

#include <jansson.h>
#include <stdio.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

enum err edge_list_read(struct slice stats, struct edge_list_entry **out, size_t *out_count)
{
    json_t *root = NULL;
    const json_t *edges;
    struct edge_list_entry *list;
    enum err err = json_table_parse(stats, &root);

    if (err != OK)
        return err;
    edges = json_object_get(root, "edges");
    if (!json_is_array(edges)) {
        json_decref(root);
        return ERR_MALFORMED;
    }
    list = mem_alloc((json_array_size(edges) + 1) * sizeof *list);
    for (size_t i = 0; i < json_array_size(edges); i++) {
        const json_t *edge = json_array_get(edges, i);

        (void)snprintf(list[i].name, sizeof list[i].name, "%s", text_of(edge, "name"));
        (void)snprintf(list[i].incarnation, sizeof list[i].incarnation, "%s",
                       text_of(edge, "incarnation"));
    }
    *out = list;
    *out_count = json_array_size(edges);
    json_decref(root);
    return OK;
}

bool edge_list_number(struct slice json, const char *key, uint64_t *out)
{
    json_t *root = NULL;
    const json_t *value;
    bool is_number;

    if (json_table_parse(json, &root) != OK)
        return false;
    value = json_object_get(root, key);
    is_number = json_is_integer(value) && json_integer_value(value) >= 0;
    if (is_number)
        *out = (uint64_t)json_integer_value(value);
    json_decref(root);
    return is_number;
}

bool edge_list_text(struct slice json, const char *key, char *out, size_t size)
{
    json_t *root = NULL;
    const char *text;

    if (json_table_parse(json, &root) != OK)
        return false;
    text = json_string_value(json_object_get(root, key));
    if (text != NULL)
        (void)snprintf(out, size, "%s", text);
    json_decref(root);
    return text != NULL;
}
