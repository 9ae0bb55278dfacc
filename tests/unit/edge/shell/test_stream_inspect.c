/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

#include "common/topic/selector.h"
#include "edge/shell/stream_inspect.h"

/* Streams as operators see them (edge/shell/stream_inspect.c). */

static void open_with(struct fixture *f, struct client *c, const char *selector, const char *member)
{
    const struct slice selectors[] = {slice_str(selector)};
    struct subscribe spec = {.selectors = selectors, .selector_count = 1};

    if (member != NULL)
        spec.member = slice_str(member);
    assert_int_equal(fixture_try_spec(f, c, &spec), OK);
}

static bool matches(struct fixture *f, const struct client *c, const char *topic,
                    const char *member)
{
    struct stream_inspect i;
    bool is_meant;

    stream_inspect_begin(&i, f->e, slice_str(topic), slice_str(member));
    is_meant = stream_inspect_matches(&i, c->stream);
    stream_inspect_end(&i);
    edge_check(f->e);
    return is_meant;
}

static void matching_streams(void **state)
{
    struct fixture *f = fixture_open();
    struct edge_status before;
    struct edge_status after;
    struct client exact;
    struct client pattern;
    struct client everything;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &exact, "room/1", "ann");
    open_with(f, &pattern, "room/{id}", NULL);
    open_with(f, &everything, "*", "bob");
    edge_status(f->e, &before);
    assert_true(matches(f, &exact, "", ""));
    assert_true(matches(f, &exact, "room/1", ""));
    assert_false(matches(f, &exact, "room/2", ""));
    assert_false(matches(f, &exact, "room/{id}", ""));
    assert_true(matches(f, &pattern, "room/1", ""));
    assert_true(matches(f, &pattern, "room/77", "")); /* a topic that did not exist */
    assert_true(matches(f, &pattern, "room/{id}", ""));
    assert_false(matches(f, &pattern, "room/{other}", ""));
    assert_false(matches(f, &pattern, "room", ""));
    assert_true(matches(f, &everything, "anything", ""));
    assert_true(matches(f, &exact, "", "ann"));
    assert_false(matches(f, &exact, "", "bob"));
    assert_false(matches(f, &exact, "", "an"));
    assert_false(matches(f, &pattern, "", "ann"));
    assert_true(matches(f, &everything, "x", "bob"));
    assert_false(matches(f, &everything, "x", "ann"));
    edge_status(f->e, &after);
    assert_int_equal(before.metrics.topics, after.metrics.topics);
    fixture_leave(f, &exact);
    fixture_leave(f, &pattern);
    fixture_leave(f, &everything);
    fixture_close(f);
}

static void assert_described(struct fixture *f, const struct client *c, const char *expected)
{
    struct buf text;

    buf_init(&text, 65536);
    stream_inspect_write(f->e, c->stream, &text);
    buf_char(&text, '\0');
    assert_string_equal(text.data, expected);
    buf_clear(&text);
}

static void json_of_a_stream(void **state)
{
    struct fixture *f = fixture_open();
    struct client quiet;
    struct client slow;
    struct client late;

    (void)state;
    fixture_join(f, 20);
    open_with(f, &quiet, "never", "ann\"");
    fixture_subscribe(f, &slow, "ab", NULL, 0);
    slow.room = 5;
    fixture_batch(f, 21, 25);
    /* It has no records to get, so its cursor is at the head. */
    assert_described(f, &quiet,
                     "\"topics\":[\"never\"],\"state\":\"live\",\"cursor\":\"k3f9x2-25\",\"lag\":0,"
                     "\"blocked\":false,\"member\":\"ann\\\"\"");
    assert_described(
        f, &slow,
        "\"topics\":[\"a\",\"b\"],\"state\":\"live\",\"cursor\":\"k3f9x2-20\",\"lag\":5,"
        "\"blocked\":true");
    f->oldest = 21;
    fixture_leave(f, &slow);
    open_with(f, &slow, "*", NULL);
    assert_described(f, &slow,
                     "\"topics\":[\"*\"],\"state\":\"live\",\"cursor\":\"k3f9x2-25\",\"lag\":0,"
                     "\"blocked\":false");
    fixture_subscribe(f, &late, "a", "k3f9x2-99", 0); /* the broker is asked for the offset */
    assert_described(
        f, &late,
        "\"topics\":[\"a\"],\"state\":\"replaying\",\"cursor\":\"k3f9x2-99\",\"lag\":0,"
        "\"blocked\":false");
    fixture_leave(f, &late);
    fixture_leave(f, &slow);
    fixture_leave(f, &quiet);
    fixture_close(f);
}

/* Without the internal marks of selectors. */
static void selectors_as_users_write_them(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c, "\x01{x}", NULL);
    assert_described(f, &c,
                     "\"topics\":[\"{x}\"],\"state\":\"live\",\"cursor\":\"k3f9x2-0\",\"lag\":0,"
                     "\"blocked\":false");
    fixture_leave(f, &c);
    open_with(f, &c, "\x02http://h\x02/books/:id", NULL);
    assert_described(
        f, &c,
        "\"topics\":[\"/books/:id\"],\"state\":\"live\",\"cursor\":\"k3f9x2-0\",\"lag\":0,"
        "\"blocked\":false");
    assert_true(matches(f, &c, "http://h/books/1", ""));
    fixture_leave(f, &c);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matching_streams),
        cmocka_unit_test(json_of_a_stream),
        cmocka_unit_test(selectors_as_users_write_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
