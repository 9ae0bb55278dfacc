/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Collects, sorts and shows a list of topics. */

#include "broker/ctl/watch/topics.h"

#include "broker/ctl/lib/json_read.h"
#include "broker/ctl/lib/json_table.h"
#include "common/base/mem.h"
#include "common/wire/event_id.h"

#include <jansson.h>
#include <stdlib.h>

struct topics_list {
    json_t *array;
};

struct topics_list *topics_list_create(void)
{
    struct topics_list *list = mem_alloc(sizeof *list);

    list->array = json_array();
    return list;
}

void topics_list_destroy(struct topics_list *list)
{
    if (list == NULL)
        return;
    json_decref(list->array);
    mem_free(list);
}

enum err topics_list_add(struct topics_list *list, struct slice json, bool *out_more,
                         struct buf *out_last)
{
    json_t *root = NULL;
    const json_t *page;
    struct slice last;
    enum err err = json_read_object(json, &root);

    if (err != OK)
        return err;
    page = json_object_get(root, "topics");
    if (!json_is_array(page) ||
        json_array_extend(list->array, json_object_get(root, "topics")) != 0)
        err = ERR_MALFORMED;
    *out_more = json_is_true(json_object_get(root, "more"));
    last = json_read_text(json_array_get(page, json_array_size(page) - 1), "topic");
    if (last.data == NULL)
        *out_more = false;
    buf_reset(out_last);
    buf_slice(out_last, last);
    json_decref(root);
    return err;
}

static uint64_t records_of(const json_t *topic)
{
    uint64_t count = 0;

    (void)json_read_number(topic, "records", &count);
    return count;
}

static uint64_t last_of(const json_t *topic)
{
    struct epoch epoch;
    uint64_t offset = 0;

    (void)!event_id_parse(json_read_text(topic, "last"), &epoch, &offset);
    return offset;
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? 1 : -(a > b);
}

static int by_records(const void *a, const void *b)
{
    return compare(records_of(*(json_t *const *)a), records_of(*(json_t *const *)b));
}

static int by_last(const void *a, const void *b)
{
    return compare(last_of(*(json_t *const *)a), last_of(*(json_t *const *)b));
}

/* Returns a sorted copy. The list is by name already, as the broker sends it. */
static json_t *sorted(const struct topics_list *list, enum topics_sort sort, size_t limit)
{
    size_t count = json_array_size(list->array);
    json_t **topics = mem_alloc((count + 1) * sizeof *topics);
    json_t *out = json_array();

    for (size_t i = 0; i < count; i++)
        topics[i] = json_array_get(list->array, i);
    if (sort != TOPICS_BY_NAME)
        qsort(topics, count, sizeof(json_t *), sort == TOPICS_BY_RECORDS ? by_records : by_last);
    for (size_t i = 0; i < count && (limit == 0 || i < limit); i++)
        (void)json_array_append(out, topics[i]);
    mem_free(topics);
    return out;
}

enum err topics_list_write(struct topics_list *list, enum topics_sort sort, size_t limit, bool json,
                           struct buf *out)
{
    static const struct json_column columns[] = {
        {"TOPIC", "topic", JSON_COLUMN_TEXT},
        {"RECORDS", "records", JSON_COLUMN_NUMBER},
        {"LAST", "last", JSON_COLUMN_TEXT},
    };
    json_t *topics = sorted(list, sort, limit);

    if (json)
        json_table_dump(topics, out);
    else if (json_array_size(topics) == 0)
        buf_str(out, "no topics: the log is empty\n");
    else
        json_table_write(topics, columns, sizeof columns / sizeof columns[0], out);
    json_decref(topics);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}
