/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/history.h"

#include "tests/unit/edge/core/edge_fixture.h"

struct world {
    struct fixture *f;
    struct pending_query query;
    struct buf bodies;
    struct entry entries[3];
    struct edge_page_action page;
    struct buf out;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->f = fixture_open();
    fixture_join(w->f, 3);
    w->query = (struct pending_query){.edge = w->f->e, .open = true, .backward = true, .limit = 3};
    w->page.epoch = w->f->epoch;
    w->page.entries = w->entries;
    w->page.next = 7;
    w->page.oldest = 3;
    w->page.head = 9;
    buf_init(&w->bodies, 10000);
    buf_init(&w->out, 10000);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    buf_clear(&w->bodies);
    buf_clear(&w->out);
    fixture_close(w->f);
    free(w);
    return 0;
}

/* Makes a page of one record. */
static void put(struct world *w, const struct record *record)
{
    buf_reset(&w->bodies);
    wire_encode_body(&w->bodies, record);
    w->entries[0] = (struct entry){.offset = 5, .time_ms = 1234, .body = buf_all(&w->bodies)};
    w->page.entry_count = 1;
}

static void expect(struct world *w, const char *text)
{
    buf_reset(&w->out);
    assert_int_equal(history_write(&w->query, &w->page, &w->out), OK);
    buf_char(&w->out, '\0');
    assert_string_equal(w->out.data, text);
}

#define REST "\"after\":\"k3f9x2-7\",\"oldest\":\"k3f9x2-3\",\"head\":\"k3f9x2-9\"}\n"

static void test_empty(void **state)
{
    expect(*state, "{\"records\":[],\"before\":null," REST);
}

static void test_all_members(void **state)
{
    const struct slice topics[] = {SLICE("a"), SLICE("\"b\"")};
    struct world *w = *state;

    put(w, &(struct record){.flags = RECORD_PRIVATE,
                            .topics = topics,
                            .topic_count = 2,
                            .id = SLICE("i\\"),
                            .type = SLICE("t"),
                            .data = SLICE("x\n")});
    expect(w, "{\"records\":[{\"id\":\"k3f9x2-5\",\"offset\":5,\"time\":1234,"
              "\"topics\":[\"a\",\"\\\"b\\\"\"],\"data\":\"x\\n\",\"type\":\"t\","
              "\"publisher_id\":\"i\\\\\",\"private\":true}],\"before\":null," REST);
}

/* A record that the client may not see is left out, but counts for the cursors. */
static void test_private(void **state)
{
    const struct slice topics[] = {SLICE("a")};
    struct world *w = *state;

    put(w, &(struct record){.flags = RECORD_PRIVATE, .topics = topics, .topic_count = 1});
    w->query.open = false;
    w->query.limit = 1;
    expect(w, "{\"records\":[],\"before\":\"k3f9x2-5\"," REST);
}

static void test_expired(void **state)
{
    const struct slice topics[] = {SLICE("a")};
    struct world *w = *state;

    put(w, &(struct record){.topics = topics, .topic_count = 1, .ttl_ms = 1000});
    edge_set_unix(w->f->e, 1000000);
    expect(w, "{\"records\":[],\"before\":null," REST);
}

static void test_cursor_before(void **state)
{
    const struct slice topics[] = {SLICE("a")};
    struct world *w = *state;
    const char *one = "{\"records\":[{\"id\":\"k3f9x2-5\",\"offset\":5,\"time\":1234,"
                      "\"topics\":[\"a\"],\"data\":\"\"}],\"before\":\"k3f9x2-5\"," REST;

    put(w, &(struct record){.topics = topics, .topic_count = 1});
    w->query.limit = 1; /* a full page: there may be more */
    expect(w, one);
    w->query.limit = 50;
    w->query.backward = false; /* forward: earlier records were not read */
    expect(w, one);
}

static void test_damaged(void **state)
{
    struct world *w = *state;

    w->entries[0] = (struct entry){.offset = 5, .body = SLICE("?")};
    w->page.entry_count = 1;
    assert_int_equal(history_write(&w->query, &w->page, &w->out), ERR_CORRUPT);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_empty),   CASE(test_all_members),   CASE(test_private),
        CASE(test_expired), CASE(test_cursor_before), CASE(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
