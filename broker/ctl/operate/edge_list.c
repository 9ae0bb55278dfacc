/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/operate/edge_list.h"

#include "broker/ctl/lib/json_read.h"
#include "common/base/mem.h"

#include <jansson.h>
#include <stdio.h>

static void copy(char *out, size_t size, struct slice text)
{
    (void)snprintf(out, size, "%s", text.data == NULL ? "" : text.data);
}

enum err edge_list_read(struct slice stats, struct edge_list_entry **out, size_t *out_count)
{
    json_t *root = NULL;
    const json_t *edges;
    struct edge_list_entry *list;
    enum err err = json_read_object(stats, &root);

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

        copy(list[i].name, sizeof list[i].name, json_read_text(edge, "name"));
        copy(list[i].incarnation, sizeof list[i].incarnation, json_read_text(edge, "incarnation"));
    }
    *out = list;
    *out_count = json_array_size(edges);
    json_decref(root);
    return OK;
}
