/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"

/* Creates a page with three records of 10, 1 and 20 bytes, complete up to offset 50. */
static void give_page(struct replay *r)
{
    static const struct page_record records[] = {
        {.offset = 5, .end = 10}, {.offset = 7, .end = 11}, {.offset = 30, .end = 31}};

    buf_str(&r->bytes, "0123456789A01234567890123456789");
    r->records = mem_alloc(sizeof records);
    memcpy(r->records, records, sizeof records);
    r->count = 3;
    r->next = 50;
}

static void written_at_once(void **state)
{
    struct stream s = {.cursor = 3, .last_id = 3};
    struct replay *r = replay_create(&s);

    (void)state;
    assert_ptr_equal(r->stream, &s);
    assert_false(replay_has_page(r));
    give_page(r);
    assert_true(replay_has_page(r));
    assert_true(replay_advance(r, 31));
    assert_int_equal(s.cursor, 50); /* there are no more matches up to 50 */
    assert_int_equal(s.last_id, 30);
    assert_int_equal(s.sent, 0);
    assert_false(replay_has_page(r));
    replay_destroy(r);
}

/* After any number of bytes the cursor is just before the partly written record. */
static void written_in_two_parts_anywhere(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < 31; bytes++) {
        struct stream s = {.cursor = 3, .last_id = 3};
        struct replay *r = replay_create(&s);

        give_page(r);
        assert_false(replay_advance(r, bytes));
        assert_int_equal(r->at, bytes);
        assert_int_equal(s.cursor, bytes < 10 ? 4 : bytes < 11 ? 6 : 29);
        assert_int_equal(s.sent, bytes < 10 ? bytes : bytes < 11 ? bytes - 10 : bytes - 11);
        assert_int_equal(s.last_id, bytes < 10 ? 3 : bytes < 11 ? 5 : 7);
        assert_true(replay_advance(r, 31 - bytes));
        assert_int_equal(s.cursor, 50);
        assert_int_equal(s.last_id, 30);
        assert_int_equal(s.sent, 0);
        replay_destroy(r);
    }
}

static void written_byte_by_byte(void **state)
{
    struct stream s = {.cursor = 3};
    struct replay *r = replay_create(&s);

    (void)state;
    give_page(r);
    for (size_t bytes = 1; bytes < 31; bytes++) {
        assert_false(replay_advance(r, 1));
        assert_int_equal(s.cursor, bytes < 10 ? 4 : bytes < 11 ? 6 : 29);
        assert_int_equal(s.sent, bytes < 10 ? bytes : bytes < 11 ? bytes - 10 : bytes - 11);
    }
    assert_true(replay_advance(r, 1));
    replay_destroy(r);
}

/* The page is dropped; the stream keeps its position. */
static void dropped(void **state)
{
    struct stream s = {.cursor = 3};
    struct list held;
    struct replay *r = replay_create(&s);

    (void)state;
    list_init(&held);
    give_page(r);
    list_push(&held, &r->held);
    assert_false(replay_advance(r, 13));
    replay_drop_page(r);
    assert_false(replay_has_page(r));
    assert_true(list_empty(&held));
    assert_int_equal(s.cursor, 29);
    assert_int_equal(s.sent, 2);
    give_page(r);
    replay_destroy(r); /* with its page */
    replay_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_at_once),
        cmocka_unit_test(written_in_two_parts_anywhere),
        cmocka_unit_test(written_byte_by_byte),
        cmocka_unit_test(dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
