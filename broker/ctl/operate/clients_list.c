/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/operate/clients_list.h"

#include "broker/ctl/lib/json_read.h"
#include "broker/ctl/lib/json_table.h"
#include "common/base/mem.h"

#include <jansson.h>

struct clients_list {
    json_t *array;
};

struct clients_list *clients_list_create(void)
{
    struct clients_list *list = mem_alloc(sizeof *list);

    list->array = json_array();
    return list;
}

void clients_list_destroy(struct clients_list *list)
{
    if (list == NULL)
        return;
    json_decref(list->array);
    mem_free(list);
}

size_t clients_list_count(const struct clients_list *list)
{
    return json_array_size(list->array);
}

enum err clients_list_add(struct clients_list *list, const char *edge, struct slice json,
                          uint64_t *out_next)
{
    json_t *root = NULL;
    json_t *page;
    json_int_t next;
    enum err err = json_read_object(json, &root);

    if (err != OK)
        return err;
    page = json_object_get(root, "clients");
    next = json_integer_value(json_object_get(root, "next"));
    *out_next = next > 0 ? (uint64_t)next : 0;
    for (size_t i = 0; err == OK && i < json_array_size(page); i++) {
        json_t *client = json_array_get(page, i);

        if (!json_is_object(client) ||
            json_object_set_new(client, "edge", json_string(edge)) != 0 ||
            json_array_append(list->array, client) != 0)
            err = ERR_MALFORMED;
    }
    if (!json_is_array(page))
        err = ERR_MALFORMED;
    json_decref(root);
    return err;
}

/* Makes a row of the table, which shows the age of a stream and its topics as one text. */
static json_t *row_of(const json_t *client, uint64_t now_s)
{
    json_int_t since = json_integer_value(json_object_get(client, "since"));
    const json_t *topics = json_object_get(client, "topics");
    json_t *row = json_copy((json_t *)(void *)(uintptr_t)client);
    struct buf text;

    buf_init(&text, 65536);
    for (size_t i = 0; i < json_array_size(topics); i++) {
        const char *topic = json_string_value(json_array_get(topics, i));

        if (i > 0)
            buf_char(&text, ' ');
        buf_str(&text, topic == NULL ? "-" : topic);
    }
    if (since > 0)
        (void)json_object_set_new(
            row, "age",
            json_integer((json_int_t)(now_s > (uint64_t)since ? now_s - (uint64_t)since : 0) *
                         1000));
    if (json_is_true(json_object_get(client, "blocked")))
        (void)json_object_set_new(row, "state", json_string("blocked"));
    (void)json_object_set_new(row, "topics",
                              json_stringn(text.size == 0 ? "" : text.data, text.size));
    buf_clear(&text);
    return row;
}

enum err clients_list_write(const struct clients_list *list, bool json, uint64_t now_s,
                            struct buf *out)
{
    static const struct json_column columns[] = {
        {"CLIENT", "id", JSON_COLUMN_TEXT},        {"EDGE", "edge", JSON_COLUMN_TEXT},
        {"ADDRESS", "address", JSON_COLUMN_TEXT},  {"OPEN", "age", JSON_COLUMN_DURATION},
        {"STATE", "state", JSON_COLUMN_TEXT},      {"LAG", "lag", JSON_COLUMN_NUMBER},
        {"WAITING", "waiting", JSON_COLUMN_BYTES}, {"MEMBER", "member", JSON_COLUMN_TEXT},
        {"TOPICS", "topics", JSON_COLUMN_TEXT},
    };
    json_t *rows;

    if (json) {
        json_table_dump(list->array, out);
    } else if (json_array_size(list->array) == 0) {
        buf_str(out, "no clients\n");
    } else {
        rows = json_array();
        for (size_t i = 0; i < json_array_size(list->array); i++)
            (void)json_array_append_new(rows, row_of(json_array_get(list->array, i), now_s));
        json_table_write(rows, columns, sizeof columns / sizeof columns[0], out);
        json_decref(rows);
    }
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}
