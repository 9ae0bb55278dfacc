/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/hub/publish.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *const topics[] = {"a b", "c"};

static struct publish_fields fields_of(size_t count)
{
    return (struct publish_fields){
        .topics = topics, .topic_count = count, .type = "", .id = "", .if_last = "any"};
}

static void expect(struct buf *out, const char *want)
{
    buf_char(out, '\0');
    assert_string_equal(out->data, want);
    buf_reset(out);
}

static void test_form(void **state)
{
    struct publish_fields f = fields_of(1);
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    publish_form(&f, SLICE("x=1\n"), &out);
    expect(&out, "topic=a%20b&data=x%3D1%0A");
    f = fields_of(2);
    f.type = "t";
    f.id = "i";
    f.retry_ms = 500;
    f.ttl_ms = 60000;
    f.if_last = "none";
    f.is_private = true;
    f.ephemeral = true;
    publish_form(&f, SLICE(""), &out);
    expect(&out,
           "topic=a%20b&topic=c&data=&type=t&id=i&retry=500&ttl=60&if_last=&private=1&ephemeral=1");
    buf_clear(&out);
}

static void test_line(void **state)
{
    struct publish_fields f = fields_of(2);
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    f.type = "t";
    f.ttl_ms = 1999;
    f.is_private = true;
    publish_line(&f, SLICE("say \"hi\""), &out);
    expect(&out, "{\"topic\":[\"a b\",\"c\"],\"data\":\"say \\\"hi\\\"\",\"type\":\"t\",\"ttl\":1,"
                 "\"private\":true}\n");
    buf_clear(&out);
}

static void test_lines(void **state)
{
    struct slice text = SLICE("one\r\n\ntwo");
    struct slice line;

    (void)state;
    assert_true(publish_next_line(&text, false, &line));
    assert_true(slice_equal(line, SLICE("one")));
    assert_true(publish_next_line(&text, false, &line));
    assert_int_equal(line.size, 0);
    assert_false(publish_next_line(&text, false, &line)); /* more may come */
    assert_true(publish_next_line(&text, true, &line));
    assert_true(slice_equal(line, SLICE("two")));
    assert_false(publish_next_line(&text, true, &line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
