/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/client_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The arguments of operators' commands on clients (edge/shell/client_filter.c). */

static enum err list(struct client_filter *out, const char *const *texts, size_t count)
{
    struct slice arguments[5];
    const char *why = NULL;
    enum err err;

    for (size_t i = 0; i < count; i++)
        arguments[i] = slice_str(texts[i]);
    err = client_filter_read_list(arguments, count, out, &why);
    assert_non_null(why);
    return err;
}

static enum err disconnect(struct client_filter *out, const char *const *texts, size_t count,
                           const char **out_reason)
{
    struct slice arguments[5];

    for (size_t i = 0; i < count; i++)
        arguments[i] = slice_str(texts[i]);
    return client_filter_read_disconnect(0x1f, arguments, count, out, out_reason);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__})

static void lists(void **state)
{
    struct client_filter q;

    (void)state;
    assert_int_equal(list(&q, NULL, 0), OK);
    assert_int_equal(q.topic.size, 0);
    assert_int_equal(q.after, 0);
    assert_int_equal(q.limit, CLIENT_FILTER_LIST_MAX);
    assert_true(q.upto == UINT64_MAX);
    assert_int_equal(list(&q, TEXTS("room", "17", "5"), 3), OK);
    assert_true(slice_equal(q.topic, SLICE("room")));
    assert_int_equal(q.after, 17);
    assert_int_equal(q.limit, 5);
    assert_int_equal(q.client, 0);
    assert_int_equal(list(&q, TEXTS("", "", ""), 3), OK);
    assert_int_equal(list(&q, TEXTS("", "x"), 2), ERR_INVALID);
    assert_int_equal(list(&q, TEXTS("", "0", "0"), 3), ERR_INVALID);
    assert_int_equal(list(&q, TEXTS("", "0", "1001"), 3), ERR_INVALID);
    assert_int_equal(list(&q, TEXTS("", "0", "1", ""), 4), ERR_INVALID);
}

static void a_topic_that_is_too_long(void **state)
{
    char *text = malloc(4001);
    struct client_filter q;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', 4000);
    text[4000] = '\0';
    assert_int_equal(list(&q, TEXTS(text), 1), ERR_INVALID);
    free(text);
}

static void clients_to_disconnect(void **state)
{
    struct client_filter q;
    const char *why = "";

    (void)state;
    assert_int_equal(disconnect(&q, TEXTS("client", "000000000000001f-42"), 2, &why), OK);
    assert_int_equal(q.client, 42);
    assert_int_equal(disconnect(&q, TEXTS("client", "000000000000002f-42"), 2, &why),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(why, "no such client"));
    assert_int_equal(disconnect(&q, TEXTS("client", "000000000000001f-0"), 2, &why), ERR_INVALID);
    assert_int_equal(disconnect(&q, TEXTS("client", "42"), 2, &why), ERR_INVALID);
    assert_int_equal(disconnect(&q, TEXTS("member", "ann", "7", "90"), 4, &why), OK);
    assert_true(slice_equal(q.member, SLICE("ann")));
    assert_int_equal(q.client, 0);
    assert_int_equal(q.after, 7);
    assert_int_equal(q.upto, 90);
    assert_int_equal(q.limit, CLIENT_FILTER_DISCONNECT_MAX);
    assert_int_equal(disconnect(&q, TEXTS("topic", "t", "", ""), 4, &why), OK);
    assert_true(slice_equal(q.topic, SLICE("t")));
    assert_true(q.upto == UINT64_MAX);
}

/* "member" without a name would be everybody: such a command is refused. */
static void incomplete_commands_are_refused(void **state)
{
    struct client_filter q;
    const char *why = "";

    (void)state;
    assert_int_equal(disconnect(&q, TEXTS("member", ""), 2, &why), ERR_INVALID);
    assert_int_equal(disconnect(&q, TEXTS("topic", ""), 2, &why), ERR_INVALID);
    assert_int_equal(disconnect(&q, TEXTS("member"), 1, &why), ERR_INVALID);
    assert_int_equal(disconnect(&q, TEXTS("everybody", "x"), 2, &why), ERR_INVALID);
    assert_int_equal(disconnect(&q, TEXTS("topic", "t", "x"), 3, &why), ERR_INVALID);
    assert_int_equal(disconnect(&q, TEXTS("topic", "t", "1", "2", "3"), 5, &why), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(a_topic_that_is_too_long),
        cmocka_unit_test(clients_to_disconnect),
        cmocka_unit_test(incomplete_commands_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
