/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/operate/clients_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ANN                                                                                        \
    "{\"id\":\"000000000000001f-1\",\"address\":\"192.0.2.1\",\"since\":1000,\"waiting\":2048,"    \
    "\"topics\":[\"a\",\"b\"],\"state\":\"live\",\"cursor\":\"k3f9x2-7\",\"lag\":3,"               \
    "\"blocked\":true,\"member\":\"ann\\u001b\"}"

static uint64_t add(struct clients_list *list, const char *edge, const char *json)
{
    uint64_t next = 99;

    assert_int_equal(clients_list_add(list, edge, slice_str(json), &next), OK);
    return next;
}

static void assert_written(const struct clients_list *list, bool json, const char *expected)
{
    struct buf out;

    buf_init(&out, 65536);
    assert_int_equal(clients_list_write(list, json, 1090, &out), OK);
    buf_char(&out, '\0');
    assert_string_equal(out.data, expected);
    buf_clear(&out);
}

static void test_pages_of_edges(void **state)
{
    struct clients_list *list = clients_list_create();

    (void)state;
    assert_written(list, false, "no clients\n");
    assert_written(list, true, "[]\n");
    assert_int_equal(add(list, "one", "{\"clients\":[" ANN "],\"next\":17}"), 17);
    assert_int_equal(add(list, "two", "{\"clients\":[]}"), 0);
    assert_int_equal(add(list, "two", "{\"clients\":[{\"id\":\"x\",\"topics\":[]}]}"), 0);
    assert_int_equal(clients_list_count(list), 2);
    assert_written(
        list, false,
        "CLIENT              EDGE  ADDRESS      OPEN  STATE    LAG  WAITING  MEMBER  TOPICS\n"
        "000000000000001f-1  one   192.0.2.1  1m 30s  blocked    3  2.0 KiB  ann?    a b\n"
        "x                   two   -               -  -          -        -  -       \n");
    clients_list_destroy(list);
}

static void test_bad_pages(void **state)
{
    static const char *const bad[] = {"", "[]", "{}", "{\"clients\":7}", "{\"clients\":[7]}", "no"};
    struct clients_list *list = clients_list_create();
    uint64_t next;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(clients_list_add(list, "one", slice_str(bad[i]), &next), ERR_MALFORMED);
    assert_int_equal(clients_list_count(list), 0);
    assert_int_equal(add(list, "one", "{\"clients\":[],\"next\":-1}"), 0);
    clients_list_destroy(list);
    clients_list_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_of_edges),
        cmocka_unit_test(test_bad_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
