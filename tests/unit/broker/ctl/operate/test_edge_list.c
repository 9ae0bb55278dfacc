/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/operate/operate.h"

#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_edges(void **state)
{
    static const char *const bad[] = {"", "[]", "{}", "{\"edges\":{}}"};
    struct edge_list_entry *edges = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(edge_list_read(SLICE("{\"edges\":[{\"name\":\"one\",\"incarnation\":"
                                          "\"000000000000001f\",\"x\":1},{\"name\":7}]}"),
                                    &edges, &count),
                     OK);
    assert_int_equal(count, 2);
    assert_string_equal(edges[0].name, "one");
    assert_string_equal(edges[0].incarnation, "000000000000001f");
    assert_string_equal(edges[1].name, "");
    mem_free(edges);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(edge_list_read(slice_str(bad[i]), &edges, &count), ERR_MALFORMED);
}

static void test_members(void **state)
{
    const struct slice json = SLICE("{\"n\":7,\"less\":-1,\"t\":\"a text\",\"f\":1.5}");
    char text[5] = "";
    uint64_t number = 99;

    (void)state;
    assert_true(edge_list_number(json, "n", &number));
    assert_int_equal(number, 7);
    assert_false(edge_list_number(json, "less", &number));
    assert_false(edge_list_number(json, "f", &number));
    assert_false(edge_list_number(json, "t", &number));
    assert_false(edge_list_number(json, "none", &number));
    assert_false(edge_list_number(SLICE("no"), "n", &number));
    assert_int_equal(number, 7);
    assert_true(edge_list_text(json, "t", text, sizeof text));
    assert_string_equal(text, "a te");
    assert_false(edge_list_text(json, "n", text, sizeof text));
    assert_false(edge_list_text(SLICE("[]"), "t", text, sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
