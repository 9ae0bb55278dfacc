/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/operate/edge_list.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
