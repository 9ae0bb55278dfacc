/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

/* Records removed from the log by an operator (edge/core/tail_update.c). */

static void trim(struct fixture *f, const char *id)
{
    const struct slice argument = slice_str(id);
    struct wire_frame w = {.type = WIRE_COMMAND};

    w.command = (struct wire_command){0, SLICE("trim"), &argument, 1};
    fixture_receive(f, &w);
    fixture_transcript(f, ""); /* no reply is expected */
}

static struct edge_status status_of(const struct fixture *f)
{
    struct edge_status status;

    edge_status(f->e, &status);
    return status;
}

static void trimmed_records_leave_the_memory(void **state)
{
    struct fixture *f = fixture_open();
    struct client live;
    struct client late;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &live, "*", NULL, 0);
    fixture_got(&live, "id: k3f9x2-30\n\n");
    f->oldest = 21;
    trim(f, "k3f9x2-21");
    assert_int_equal(status_of(f).metrics.tail_first, 21);
    assert_int_equal(status_of(f).oldest, 21);
    fixture_batch(f, 31, 32);
    fixture_got_records(f, &live, '*', 30, 32); /* a stream at the head is not affected */
    fixture_subscribe(f, &late, "*", "k3f9x2-20", 0);
    fixture_got_records(f, &late, '*', 20, 32);
    fixture_leave(f, &late);
    fixture_subscribe(f, &late, "*", "k3f9x2-9", 0);
    fixture_records(f, ERR_EXPIRED, 21, 32, 32);
    assert_non_null(strstr(fixture_text(&late), "event: belfry.gap\n"));
    assert_non_null(strstr(fixture_text(&late), "\"oldest\":\"k3f9x2-21\""));
    assert_null(strstr(fixture_text(&late), "data: r20\n"));
    assert_non_null(strstr(fixture_text(&late), "data: r21\n"));
    fixture_leave(f, &late);
    fixture_leave(f, &live);
    fixture_close(f);
}

static void trims_all_records(void **state)
{
    const struct slice pattern = SLICE_INIT("{x}");
    struct fixture *f = fixture_open();
    struct client by_template;

    (void)state;
    fixture_join(f, 30);
    assert_int_equal(
        fixture_try_spec(f, &by_template,
                         &(struct subscribe){.selectors = &pattern, .selector_count = 1}),
        OK);
    fixture_got(&by_template, "id: k3f9x2-30\n\n");
    f->oldest = 31;
    trim(f, "k3f9x2-31");
    assert_int_equal(status_of(f).metrics.tail_first, 31);
    assert_int_equal(status_of(f).head, 30);
    fixture_batch(f, 31, 33);
    fixture_got_records(f, &by_template, '*', 30, 33);
    fixture_leave(f, &by_template);
    fixture_close(f);
}

/* A reader's socket is full in the middle of a record that is removed. */
static void trims_a_partly_sent_record(void **state)
{
    struct fixture *f = fixture_open();
    struct client slow;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &slow, "*", "k3f9x2-25", 0);
    fixture_got_records(f, &slow, '*', 25, 30);
    slow.room = 10;
    fixture_batch(f, 31, 35);
    f->oldest = 34;
    trim(f, "k3f9x2-34");
    fixture_writable(f, &slow, SIZE_MAX);
    fixture_records(f, ERR_EXPIRED, 34, 35, 35);
    assert_true(slow.closed); /* it resumes by its id, and gets belfry.gap then */
    assert_false(slow.come_back);
    fixture_leave(f, &slow);
    fixture_close(f);
}

static void ignores_positions_outside_the_log(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 30);
    trim(f, "zzzzzz-21"); /* a position in another log */
    trim(f, "21");
    trim(f, "");
    assert_int_equal(status_of(f).metrics.tail_first, 1);
    trim(f, "k3f9x2-1");
    assert_int_equal(status_of(f).metrics.tail_first, 1);
    trim(f, "k3f9x2-99"); /* beyond the head */
    assert_int_equal(status_of(f).metrics.tail_first, 31);
    fixture_batch(f, 31, 33);
    assert_int_equal(status_of(f).head, 33);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trimmed_records_leave_the_memory),
        cmocka_unit_test(trims_all_records),
        cmocka_unit_test(trims_a_partly_sent_record),
        cmocka_unit_test(ignores_positions_outside_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
