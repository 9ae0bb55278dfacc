/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Any bytes as the body of a publish. The first byte selects the format; the query ends at the
 * first newline. The broker must accept each record that the parser accepts, and both JSON
 * readers must agree. */

#include "common/base/json_text.h"
#include "common/wire/record.h"
#include "edge/publish/publish_body.h"
#include "tests/lib/same_publish.h"

#include <stdint.h>
#include <stdlib.h>

#define DATA_MAX 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct publish_body *p, enum err err)
{
    const char *field;

    if (err != OK) {
        if (p->reason[0] == '\0' || strlen(p->reason) >= sizeof p->reason)
            abort();
    } else if (record_check(&p->record, &field) != OK || p->record.data.size > DATA_MAX) {
        abort();
    }
    publish_body_clear(p);
}

static void publish_as_form(struct slice body, const struct form *query)
{
    struct publish_body p;
    struct form form;

    if (form_parse(body, &form) != OK)
        return;
    publish_body_init(&p, query, SLICE("chat"));
    check(&p, publish_body_form(&p, &form, DATA_MAX));
    form_clear(&form);
}

static void publish_as_json(struct slice text, const struct form *query)
{
    const struct publish_body *expected;
    struct publish_body fresh;
    struct publish_body plain;
    struct publish_body json;
    bool taken;
    enum err err;

    publish_body_init(&fresh, query, SLICE("chat"));
    publish_body_init(&plain, query, SLICE("chat"));
    publish_body_init(&json, query, SLICE("chat"));
    taken = publish_body_json_fast(&plain, text, DATA_MAX);
    err = publish_body_json(&json, text, DATA_MAX);
    expected = taken ? &json : &fresh;
    if ((taken && err != OK) || !same_publish(&plain, expected))
        abort();
    publish_body_clear(&plain);
    check(&json, err);
}

static void publish_lines(struct slice body, const struct form *query)
{
    struct slice line;

    while (publish_body_next_line(&body, &line))
        publish_as_json(line, query);
}

static void publish_body(char kind, struct slice body, const struct form *query)
{
    struct publish_body p;
    struct buf text;

    publish_body_init(&p, query, SLICE("chat"));
    switch (kind & 3) {
    case 0:
        publish_as_form(body, query);
        break;
    case 1:
        publish_as_json(body, query);
        break;
    case 2:
        publish_lines(body, query);
        break;
    default:
        check(&p, publish_body_raw(&p, body, DATA_MAX));
        break;
    }
    buf_init(&text, body.size);
    (void)json_text_member(body, "data", &text); /* JSON or not */
    buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of(data, size);
    struct form query;
    const char *end;
    size_t query_size;

    if (size < 1)
        return 0;
    end = memchr(rest.data + 1, '\n', size - 1);
    query_size = end == NULL ? size - 1 : (size_t)(end - rest.data) - 1;
    if (form_parse(slice_of(rest.data + 1, query_size), &query) != OK)
        return 0;
    rest = end == NULL ? slice_of(rest.data + size, 0) : slice_of(end + 1, size - 2 - query_size);
    publish_body((char)data[0], rest, &query);
    form_clear(&query);
    return 0;
}
