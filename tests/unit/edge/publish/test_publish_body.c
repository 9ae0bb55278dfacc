/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/publish/publish_body.h"

#include "common/topic/topic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct form no_query;

static void assert_slice(struct slice s, const char *text)
{
    assert_int_equal(s.size, strlen(text));
    assert_true(slice_equal(s, slice_str(text)));
}

static void test_form(void **state)
{
    struct form form;
    struct publish_body p;

    (void)state;
    assert_int_equal(form_parse(SLICE("topic=a&topic=b&topic=a&data=x%0Ay&type=t&id=my-id&retry=500"
                                      "&private=on&other=ignored"),
                                &form),
                     OK);
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(publish_body_form(&p, &form, 100), OK);
    assert_int_equal(p.record.topic_count, 2);
    assert_slice(p.record.topics[0], "a");
    assert_slice(p.record.topics[1], "b");
    assert_slice(p.record.data, "x\ny");
    assert_slice(p.record.type, "t");
    assert_slice(p.record.id, "my-id");
    assert_int_equal(p.record.retry_ms, 500);
    assert_int_equal(p.record.flags, RECORD_PRIVATE);
    publish_body_clear(&p);
    form_clear(&form);
}

static void test_fields_of_the_log(void **state)
{
    struct form form;
    struct publish_body p;

    (void)state;
    assert_int_equal(form_parse(SLICE("data=x&ttl=31536000&if_last=k3f9x2-7&ephemeral=off"), &form),
                     OK);
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(publish_body_form(&p, &form, 100), OK);
    assert_int_equal(p.record.ttl_ms, 31536000000);
    assert_int_equal(p.record.flags, RECORD_IF_LAST);
    assert_int_equal(p.record.if_last, 7);
    assert_string_equal(p.if_epoch.text, "k3f9x2");
    publish_body_clear(&p);
    form_clear(&form);

    /* Empty if_last: there must be no record yet. Empty ttl: none. */
    assert_int_equal(form_parse(SLICE("data=x&ttl=&if_last="), &form), OK);
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(publish_body_form(&p, &form, 100), OK);
    assert_int_equal(p.record.ttl_ms, 0);
    assert_int_equal(p.record.flags, RECORD_IF_LAST);
    assert_int_equal(p.record.if_last, 0);
    assert_false(epoch_known(p.if_epoch));
    publish_body_clear(&p);
    form_clear(&form);

    assert_int_equal(form_parse(SLICE("data=x&ephemeral=on&type=hint"), &form), OK);
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(publish_body_form(&p, &form, 100), OK);
    assert_int_equal(p.record.flags, RECORD_EPHEMERAL);
    publish_body_clear(&p);
    form_clear(&form);
}

/* The form in tutorials: a message and nothing else. */
static void test_message(void **state)
{
    struct form form;
    struct publish_body p;

    (void)state;
    assert_int_equal(form_parse(SLICE("message=hi+there&id=&type=&retry="), &form), OK);
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(publish_body_form(&p, &form, 100), OK);
    assert_int_equal(p.record.topic_count, 1);
    assert_slice(p.record.topics[0], "chat");
    assert_slice(p.record.data, "hi there");
    assert_null(p.record.id.data);
    assert_null(p.record.type.data);
    assert_int_equal(p.record.flags, 0);
    publish_body_clear(&p);
    form_clear(&form);
}

static void refused(const char *text, enum err err, const char *reason)
{
    struct form form;
    struct publish_body p;

    assert_int_equal(form_parse(slice_str(text), &form), OK);
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(publish_body_form(&p, &form, 10), err);
    if (strstr(p.reason, reason) == NULL)
        print_error("%s: %s\n", text, p.reason);
    assert_non_null(strstr(p.reason, reason));
    publish_body_clear(&p);
    form_clear(&form);
}

static void test_refusals(void **state)
{
    char text[TOPIC_SIZE_MAX + 50];

    (void)state;
    refused("topic=a", ERR_INVALID, "data: missing");
    refused("topic=&data=x", ERR_INVALID, "topic: must be");
    refused("topic=*&data=x", ERR_INVALID, "topic: must be");
    refused("topic=a%0Ab&data=x", ERR_INVALID, "topic: must be");
    refused("data=12345678901", ERR_TOO_LARGE, "data: larger than 10 bytes");
    refused("data=%ff", ERR_INVALID, "data: must be UTF-8");
    refused("data=x&data=y", ERR_INVALID, "data: given more than once");
    refused("data=x&id=a&id=b", ERR_INVALID, "id: given more than once");
    refused("data=x&id=a%0d", ERR_INVALID, "id: must be");
    refused("data=x&id=a%00b", ERR_INVALID, "id: must be");
    refused("data=x&type=a%0ab", ERR_INVALID, "type: must be");
    refused("data=x&retry=soon", ERR_INVALID, "retry: must be");
    refused("data=x&retry=86400001", ERR_INVALID, "retry: must be");
    refused("data=x&private=maybe", ERR_INVALID, "private: must be");
    refused("data=x&ephemeral=perhaps", ERR_INVALID, "ephemeral");
    refused("data=x&ephemeral=1&id=mine", ERR_INVALID, "id");
    refused("data=x&ephemeral=1&ttl=1", ERR_INVALID, "ttl");
    refused("data=x&ephemeral=1&if_last=", ERR_INVALID, "if_last");
    refused("data=x&ttl=0", ERR_INVALID, "ttl");
    refused("data=x&ttl=31536001", ERR_INVALID, "ttl");
    refused("data=x&ttl=1.5", ERR_INVALID, "ttl");
    refused("data=x&if_last=mine", ERR_INVALID, "if_last");
    (void)snprintf(text, sizeof text, "data=x&topic=%0*d", TOPIC_SIZE_MAX + 1, 1);
    refused(text, ERR_TOO_LARGE, "topic: larger than 1024 bytes");
    (void)snprintf(text, sizeof text, "data=x&id=%0*d", RECORD_ID_SIZE_MAX + 1, 1);
    refused(text, ERR_TOO_LARGE, "id: larger than 256 bytes");
    (void)snprintf(text, sizeof text, "data=x&type=%0*d", RECORD_TYPE_SIZE_MAX + 1, 1);
    refused(text, ERR_TOO_LARGE, "type: larger than 128 bytes");
}

static void test_too_many_topics(void **state)
{
    struct form form;
    struct publish_body p;
    struct buf text;

    (void)state;
    buf_init(&text, 10000);
    buf_str(&text, "data=x");
    for (int i = 0; i <= RECORD_TOPICS_MAX; i++)
        buf_printf(&text, "&topic=%d", i);
    assert_int_equal(form_parse(buf_all(&text), &form), OK);
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_int_equal(publish_body_form(&p, &form, 10), ERR_TOO_MANY);
    assert_non_null(strstr(p.reason, "topic: more than 100"));
    form_clear(&form);
    buf_clear(&text);
}

static void test_raw(void **state)
{
    struct form query;
    struct publish_body p;

    (void)state;
    assert_int_equal(form_parse(SLICE("topic=a&type=t&id=i&data=ignored"), &query), OK);
    publish_body_init(&p, &query, SLICE("chat"));
    assert_int_equal(publish_body_raw(&p, SLICE("<b>body</b>"), 100), OK);
    assert_slice(p.record.topics[0], "a");
    assert_slice(p.record.type, "t");
    assert_slice(p.record.data, "<b>body</b>");
    publish_body_clear(&p);
    publish_body_init(&p, &query, SLICE("chat"));
    assert_int_equal(publish_body_raw(&p, SLICE("\xc3"), 100), ERR_INVALID);
    publish_body_clear(&p);
    form_clear(&query);
}

/* A form without a topic gets those of the query; a form with a topic does not. */
static void test_query_topics(void **state)
{
    struct form query;
    struct form form;
    struct publish_body p;

    (void)state;
    assert_int_equal(form_parse(SLICE("topic=a&topic=b"), &query), OK);
    assert_int_equal(form_parse(SLICE("data=x"), &form), OK);
    publish_body_init(&p, &query, SLICE("chat"));
    assert_int_equal(publish_body_form(&p, &form, 100), OK);
    assert_int_equal(p.record.topic_count, 2);
    assert_slice(p.record.topics[1], "b");
    form_clear(&form);
    assert_int_equal(form_parse(SLICE("data=x&topic=c"), &form), OK);
    publish_body_init(&p, &query, SLICE("chat"));
    assert_int_equal(publish_body_form(&p, &form, 100), OK);
    assert_int_equal(p.record.topic_count, 1);
    assert_slice(p.record.topics[0], "c");
    form_clear(&form);
    form_clear(&query);
}

static void test_lines(void **state)
{
    struct slice body = SLICE("{\"a\":1}\r\n\n  \r\n{\"b\":2}\nlast");
    struct slice line;

    (void)state;
    assert_true(publish_body_next_line(&body, &line));
    assert_slice(line, "{\"a\":1}\r");
    assert_true(publish_body_next_line(&body, &line));
    assert_slice(line, "{\"b\":2}");
    assert_true(publish_body_next_line(&body, &line));
    assert_slice(line, "last");
    assert_false(publish_body_next_line(&body, &line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_fields_of_the_log),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_too_many_topics),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_query_topics),
        cmocka_unit_test(test_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
