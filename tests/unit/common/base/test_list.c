/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct item {
    int number;
    struct list link;
};

static int shift(struct list *head)
{
    struct list *node = list_shift(head);

    return node == NULL ? -1 : LIST_ENTRY(node, struct item, link)->number;
}

static void first_in_first_out(void **state)
{
    struct item items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    struct list head;

    (void)state;
    list_init(&head);
    assert_true(list_empty(&head));
    assert_null(list_shift(&head));
    for (int i = 0; i < 3; i++) {
        list_init(&items[i].link);
        list_push(&head, &items[i].link);
    }
    assert_false(list_empty(&head));
    for (int i = 0; i < 3; i++)
        assert_int_equal(shift(&head), i);
    assert_int_equal(shift(&head), -1);
    assert_true(list_empty(&head));
}

static void taken_out_anywhere_and_twice(void **state)
{
    struct item items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    struct list head;

    (void)state;
    list_init(&head);
    for (int i = 0; i < 3; i++)
        list_push(&head, &items[i].link);
    list_remove(&items[1].link);
    assert_true(list_empty(&items[1].link));
    list_remove(&items[1].link);
    assert_ptr_equal(head.next, &items[0].link);
    assert_ptr_equal(head.next->next, &items[2].link);
    assert_ptr_equal(head.prev, &items[2].link);
    assert_ptr_equal(items[2].link.prev, &items[0].link);
    list_push(&head, &items[1].link);
    assert_int_equal(shift(&head), 0);
    assert_true(list_empty(&items[0].link));
    assert_int_equal(shift(&head), 2);
    assert_int_equal(shift(&head), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_first_out),
        cmocka_unit_test(taken_out_anywhere_and_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
