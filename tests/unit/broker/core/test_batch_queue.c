/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/batch_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Adds a publish with a body of 10 bytes, which begins with its topic. */
static void add(struct batch_queue *q, uint64_t bytes_max, uint32_t records_max)
{
    struct slice body = SLICE("a123456789");
    struct slice topic = slice_of(body.data, 1);
    struct record record = {.origin = 7, .topic_count = 1, .topics = &topic};
    struct batch *batch = batch_queue_collecting(q, bytes_max, records_max);

    assert_int_equal(batch_add(batch, &record, body, 1), OK);
    q->bytes += 10;
    batch_queue_check(q);
}

static void full_batches_wait_for_the_writer(void **state)
{
    struct batch_queue q;
    struct batch *batch;

    (void)state;
    batch_queue_init(&q);
    assert_true(batch_queue_idle(&q));
    assert_null(batch_queue_next(&q));
    for (int i = 0; i < 5; i++)
        add(&q, 1000, 2);
    assert_int_equal(batch_queue_count(&q), 5);
    batch = batch_queue_next(&q);
    assert_non_null(batch);
    assert_int_equal(batch->count, 2);
    assert_null(batch_queue_next(&q)); /* one at a time */
    assert_int_equal(batch_queue_count(&q), 5);
    batch_queue_check(&q);
    batch_queue_clear(&q);
}

static void a_batch_closes_at_its_size(void **state)
{
    struct batch_queue q;

    (void)state;
    batch_queue_init(&q);
    for (int i = 0; i < 3; i++)
        add(&q, 20, 100);
    assert_int_equal(batch_queue_next(&q)->count, 2);
    batch_queue_clear(&q);
}

static void stored_records_are_returned_once(void **state)
{
    struct wire_batch out = {0};
    struct batch_queue q;
    struct batch *batch;

    (void)state;
    batch_queue_init(&q);
    add(&q, 1000, 100);
    add(&q, 1000, 100);
    batch = batch_queue_next(&q);
    assert_false(batch_queue_records(&q, &out));
    batch->entries[0].result = ERR_DUPLICATE;
    batch->entries[1].result = OK;
    batch->entries[1].offset = 42;
    batch->stored = 1;
    batch_queue_written(&q, batch);
    assert_int_equal(q.bytes, 0);
    assert_false(batch_queue_idle(&q));
    assert_true(batch_queue_records(&q, &out));
    assert_int_equal(out.count, 1);
    assert_int_equal(out.entries[0].offset, 42);
    assert_true(slice_equal(out.entries[0].body, SLICE("a123456789")));
    assert_false(batch_queue_records(&q, &out));
    batch_queue_recycle(&q);
    batch_queue_recycle(&q);
    batch_queue_check(&q);
    assert_true(batch_queue_idle(&q));
    add(&q, 1000, 100);
    assert_ptr_equal(batch_queue_next(&q), batch); /* its memory is reused */
    assert_int_equal(batch->count, 1);
    batch_queue_clear(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_batches_wait_for_the_writer),
        cmocka_unit_test(a_batch_closes_at_its_size),
        cmocka_unit_test(stored_records_are_returned_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
