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

/* The output begins with `lines` and contains `word` after them. */
static void check(void (*write)(const struct audit *a, struct buf *out), enum audit_state state,
                  const char *lines, const char *word)
{
    struct audit a;
    struct buf out;

    make(&a, state);
    assert_int_equal(audit_is_balanced(&a), state != AUDIT_OFF);
    buf_init(&out, 1u << 16);
    write(&a, &out);
    assert_true(buf_ok(&out));
    buf_char(&out, '\0');
    assert_memory_equal(out.data, lines, strlen(lines));
    assert_non_null(strstr(out.data + strlen(lines), word));
    buf_clear(&out);
    audit_clear(&a);
}

/* The output is safe for a terminal. */
static void test_text(void **state)
{
    (void)state;
    check(audit_write, AUDIT_OK,
          "ok     broker  publishes  1 = 1\n"
          "ok     e\"?[1   log        2 = 2\n"
          "\n1 edge. ",
          "2000 ms");
    check(audit_write, AUDIT_OFF,
          "ok     broker  publishes  1 = 1\n"
          "off    e\"?[1   log        2 = 2\n"
          "\n1 edge. ",
          "1 of 2 ");
    check(audit_write, AUDIT_OPEN,
          "ok     broker  publishes  1 = 1\n"
          "open   e\"?[1   log        2 = 2\n"
          "\n1 edge. ",
          "checked.\n");
}

static void test_json(void **state)
{
    (void)state;
    check(audit_write_json, AUDIT_OFF,
          "{\"balances\":false,\"quiet\":true,\"ms\":2000,\"edges\":1,\"books\":["
          "{\"who\":\"broker\",\"book\":\"publishes\",\"state\":\"ok\",\"text\":\"1 = 1\"},"
          "{\"who\":\"e\\\"\\u001b[1\",\"book\":\"log\",\"state\":\"off\",\"text\":\"2 = 2\"}]}\n",
          "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
