/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/hub/history.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_page(void **state)
{
    struct buf out;
    struct buf before;

    (void)state;
    buf_init(&out, 1000);
    buf_init(&before, 100);
    assert_int_equal(history_text(SLICE("{\"records\":[{\"id\":\"e-1\",\"time\":1795163580123,"
                                        "\"topics\":[\"a\",\"b\"],\"data\":\"x\\ny\","
                                        "\"type\":\"t\",\"publisher_id\":\"p\",\"private\":true},{"
                                        "\"data\":\"z\"}],\"before\":\"e-1\"}"),
                                  &out, &before),
                     OK);
    buf_char(&out, '\0');
    assert_string_equal(out.data,
                        "2026-11-20T08:33:00.123Z e-1 a,b (private) id=p t: x\\ny\n-: z\n");
    assert_true(slice_equal(buf_all(&before), SLICE("e-1")));
    assert_int_equal(history_text(SLICE("{\"records\":[],\"before\":null}"), &out, &before), OK);
    assert_int_equal(before.size, 0);
    assert_int_equal(history_text(SLICE("{}"), &out, &before), ERR_MALFORMED);
    assert_int_equal(history_text(SLICE("no"), &out, &before), ERR_MALFORMED);
    buf_clear(&out);
    buf_clear(&before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_page)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
