/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/batch.h"

#include "tests/lib/mem_fault.c" /* in the place of common/base/mem.c */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Without memory a batch adds nothing, and keeps its entries. */

static char body[1000];

static enum err add(struct batch *b, uint64_t number)
{
    struct slice topics[1] = {slice_of(body, 3)};
    struct record record = {
        .seq = number, .topic_count = 1, .topics = topics, .data = slice_of(body, sizeof body)};

    memset(body, 'a' + (int)(number % 26), sizeof body);
    return batch_add(b, &record, slice_of(body, sizeof body), number);
}

/* Every allocation of 1000 publishes fails once. */
static void each_allocation_fails_once(void **state)
{
    size_t blocks = mem_fault_blocks();
    unsigned n = 0;
    bool failed = true;

    (void)state;
    while (failed) {
        struct batch b;
        uint64_t number = 0;

        assert_true(++n < 100);
        batch_init(&b);
        mem_fault_at(n);
        while (b.count < 1000) {
            enum err err = add(&b, number);

            assert_true(err == OK || err == ERR_NO_MEMORY);
            assert_int_equal(b.count, number + (err == OK));
            assert_int_equal(b.bytes, b.count * sizeof body);
            number += err == OK;
        }
        failed = mem_fault_count() == 1;
        for (size_t i = 0; i < 1000; i++) {
            assert_int_equal(b.entries[i].record.seq, i);
            assert_int_equal(b.entries[i].record.data.data[999], 'a' + (int)(i % 26));
        }
        batch_clear(&b);
    }
    mem_fault_at(0);
    assert_true(n > 5); /* the array grew and chunks were added */
    assert_int_equal(mem_fault_blocks(), blocks);
}

static void no_memory_at_all(void **state)
{
    struct batch b;

    (void)state;
    batch_init(&b);
    mem_fault_from(1);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(add(&b, i), ERR_NO_MEMORY);
    assert_int_equal(mem_fault_count(), 10);
    mem_fault_at(0);
    assert_int_equal(b.count, 0);
    assert_int_equal(add(&b, 3), OK);
    assert_int_equal(b.count, 1);
    batch_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_fails_once),
        cmocka_unit_test(no_memory_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
