/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/audit.h"

#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void make(struct audit *a, enum audit_state state)
{
    static const struct audit_balance books[] = {
        {.who = "broker", .name = "publishes", .text = "1 = 1"},
        {.who = "e\"\x1b[1", .name = "log", .text = "2 = 2"},
    };

    audit_init(a);
    a->balances = mem_alloc(sizeof books);
    memcpy(a->balances, books, sizeof books);
    a->balances[1].state = state;
    a->count = 2;
    a->edges = 1;
    a->ms = 2000;
    a->quiet = true;
}

static void check(void (*write)(const struct audit *a, struct buf *out), enum audit_state state,
                  const char *expected)
{
    struct audit a;
    struct buf out;

    make(&a, state);
    assert_int_equal(audit_is_balanced(&a), state != AUDIT_OFF);
    buf_init(&out, 1u << 16);
    write(&a, &out);
    assert_true(buf_ok(&out));
    buf_char(&out, '\0');
    assert_string_equal(out.data, expected);
    buf_clear(&out);
    audit_clear(&a);
}

/* Nothing that came from elsewhere moves the terminal. */
static void for_people(void **state)
{
    (void)state;
    check(audit_write, AUDIT_OK,
          "ok     broker  publishes  1 = 1\n"
          "ok     e\"?[1   log        2 = 2\n"
          "\n1 edge. Nothing moved for 2000 ms: all must be equal.\nAll books balance.\n");
    check(audit_write, AUDIT_OFF,
          "ok     broker  publishes  1 = 1\n"
          "off    e\"?[1   log        2 = 2\n"
          "\n1 edge. Nothing moved for 2000 ms: all must be equal.\n"
          "1 of 2 books do not balance.\n");
    check(audit_write, AUDIT_OPEN,
          "ok     broker  publishes  1 = 1\n"
          "open   e\"?[1   log        2 = 2\n"
          "\n1 edge. Nothing moved for 2000 ms: all must be equal.\n"
          "All books balance that could be looked at.\n");
}

static void for_programs(void **state)
{
    (void)state;
    check(audit_write_json, AUDIT_OFF,
          "{\"balances\":false,\"quiet\":true,\"ms\":2000,\"edges\":1,\"books\":["
          "{\"who\":\"broker\",\"book\":\"publishes\",\"state\":\"ok\",\"text\":\"1 = 1\"},"
          "{\"who\":\"e\\\"\\u001b[1\",\"book\":\"log\",\"state\":\"off\",\"text\":\"2 = 2\"}]}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(for_people),
        cmocka_unit_test(for_programs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
