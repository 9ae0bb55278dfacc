/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Compares the fast reader with publish_body_json(): both must make the same record of what the
 * fast one accepts. */

#include "tests/lib/mem_fault.c" /* instead of common/base/mem.c */
#include "tests/lib/same_publish.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define DATA_MAX 60

static const struct form no_query;

static void assert_slice(struct slice s, const char *text)
{
    assert_int_equal(s.size, strlen(text));
    assert_true(slice_equal(s, slice_str(text)));
}

static void assert_fresh(const struct publish_body *p)
{
    struct publish_body fresh;

    publish_body_init(&fresh, &no_query, SLICE("chat"));
    assert_true(same_publish(p, &fresh));
    assert_ptr_equal(p->record.topics, p->topics);
    assert_null(p->bytes.data);
    assert_true(buf_ok(&p->bytes));
    assert_ptr_equal(p->query, &no_query);
    assert_slice(p->default_topic, "chat");
}

/* Reads a text in a block of exactly its size. Returns whether the fast reader accepts it. */
static bool read_both(struct slice text)
{
    char *bytes = mem_alloc(text.size + 1);
    struct slice copy = slice_of(bytes + 1, text.size);
    struct publish_body plain;
    struct publish_body json;
    bool taken;

    memcpy(bytes + 1, text.data, text.size);
    publish_body_init(&plain, &no_query, SLICE("chat"));
    publish_body_init(&json, &no_query, SLICE("chat"));
    taken = publish_body_json_fast(&plain, copy, DATA_MAX);
    if (!taken)
        assert_fresh(&plain);
    else if (publish_body_json(&json, copy, DATA_MAX) != OK || !same_publish(&plain, &json))
        fail_msg("%.*s: %s", (int)text.size, text.data, json.reason);
    publish_body_clear(&plain);
    publish_body_clear(&json);
    mem_free(bytes);
    return taken;
}

/* ---- the table ---- */

#define SIXTY "012345678901234567890123456789012345678901234567890123456789"

static const struct slice plain_texts[] = {
    SLICE_INIT("{\"data\":\"x\"}"),
    SLICE_INIT("{\"data\":\"\"}"),
    SLICE_INIT("{\"message\":\"hi\"}"),
    SLICE_INIT("{\"topic\":\"room/1\",\"data\":\"" SIXTY "\"}"),
    SLICE_INIT("{\"topic\":[\"a\",\"b\"],\"data\":\"x\",\"id\":\"i-1\",\"type\":\"t\"}"),
    SLICE_INIT("{\"topic\":[\"a\",\"a\",\"b\",\"a\"],\"data\":\"x\"}"),
    SLICE_INIT("{\"type\":\"t\",\"id\":\"i\",\"data\":\"x\",\"topic\":\"a\"}"),
    SLICE_INIT(" \t\r\n{ \"topic\" : [ \"a\" , \"b\" ] , \"data\"\t:\n\"x\" }\r\n\t "),
    SLICE_INIT("{\"data\":\"x\",\"id\":\"\",\"type\":\"\"}"),
    SLICE_INIT("{\"data\":\"x\",\"private\":true,\"ephemeral\":false}"),
    SLICE_INIT("{\"data\":\"x\",\"private\":false,\"ephemeral\": true }"),
    SLICE_INIT("{\"data\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"),
    SLICE_INIT("{\"data\":\"{\\\"user\\\":\\\"me\\\",\\\"text\\\":\\\"a\\\\nb\\\"}\"}"),
    SLICE_INIT("{\"topic\":\"a\\/b\",\"id\":\"\\\"i\\\"\",\"type\":\"\\\\\",\"data\":\"x\\n\"}"),
    SLICE_INIT("{\"data\":\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80 \x7f\"}"),
    SLICE_INIT("{\"data\":\"\xc3\xbc\\n\xc3\xbc\",\"topic\":\"\xc3\xbc\"}"),
    SLICE_INIT("{\"data\":\"\\u0041\"}"),
    SLICE_INIT("{\"data\":\"\\n\\u0000\"}"),
    SLICE_INIT(
        "{\"data\":\"gr\\u00fc\\u00DF \\u20ac \\ud83d\\ude00\",\"topic\":\"\\u4f60\\u597d\"}"),
    SLICE_INIT("{\"data\":\"\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00\\udbff\\udfff\"}"),
};

/* JSON with unusual parts, which only publish_body_json() accepts. */
static const struct slice other_texts[] = {
    SLICE_INIT("{\"data\":1}"),
    SLICE_INIT("{\"data\":null}"),
    SLICE_INIT("{\"data\":true}"),
    SLICE_INIT("{\"data\":{\"a\":[1]}}"),
    SLICE_INIT("{\"data\":[\"x\"]}"),
    SLICE_INIT("{\"message\":null}"),
    SLICE_INIT("{\"data\":\"x\",\"message\":\"y\"}"),
    SLICE_INIT("{\"message\":\"y\",\"data\":\"x\"}"),
    SLICE_INIT("{\"data\":\"x\",\"t\\u006fpic\":\"a\"}"),
    SLICE_INIT("{\"d\\u0061ta\":\"x\"}"),
    SLICE_INIT("{\"data\":\"x\",\"user\":\"me\"}"),
    SLICE_INIT("{\"data\":\"x\",\"\":\"\"}"),
    SLICE_INIT("{\"data\":\"x\",\"topics\":\"a\"}"),
    SLICE_INIT("{\"data\":\"x\",\"Topic\":\"a\"}"),
    SLICE_INIT("{\"data\":\"x\",\"top\":\"a\"}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\\n\":\"a\"}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":null}"),
    SLICE_INIT("{\"data\":\"x\",\"id\":null,\"type\":null,\"private\":null}"),
    SLICE_INIT("{\"data\":\"x\",\"retry\":1000}"),
    SLICE_INIT("{\"data\":\"x\",\"ttl\":60,\"if_last\":\"\"}"),
};

static const struct slice wrong_texts[] = {
    SLICE_INIT(""),
    SLICE_INIT(" "),
    SLICE_INIT("{"),
    SLICE_INIT("{}"),
    SLICE_INIT("[]"),
    SLICE_INIT("\"data\""),
    SLICE_INIT("{\"data\"}"),
    SLICE_INIT("{\"data\":}"),
    SLICE_INIT("{\"data\":\"x\""),
    SLICE_INIT("{\"data\":\"x"),
    SLICE_INIT("{\"data\":\"x\\"),
    SLICE_INIT("{\"data\":\"x\\\""),
    SLICE_INIT("{\"data\":\"x\\\"}"),
    SLICE_INIT("{\"data\":\"x\",}"),
    SLICE_INIT("{,\"data\":\"x\"}"),
    SLICE_INIT("{\"data\":\"x\",,\"id\":\"i\"}"),
    SLICE_INIT("{\"data\":\"x\" \"id\":\"i\"}"),
    SLICE_INIT("{\"data\" \"x\"}"),
    SLICE_INIT("{\"data\"::\"x\"}"),
    SLICE_INIT("{data:\"x\"}"),
    SLICE_INIT("{'data':'x'}"),
    SLICE_INIT("{\"data\":\"x\"}}"),
    SLICE_INIT("{\"data\":\"x\"}{\"data\":\"x\"}"),
    SLICE_INIT("{\"data\":\"x\"} x"),
    SLICE_INIT("{\"data\":\"x\"}\0"),
    SLICE_INIT("\0{\"data\":\"x\"}"),
    SLICE_INIT("\xef\xbb\xbf{\"data\":\"x\"}"),
    SLICE_INIT("{\"data\":\"x\"}\xc2\xa0"),
    SLICE_INIT("{\"data\":\"x\"\v}"),
    SLICE_INIT("{\"data\":\"a\nb\"}"),
    SLICE_INIT("{\"data\":\"a\0b\"}"),
    SLICE_INIT("{\"data\":\"12345678\x1f\"}"),
    SLICE_INIT("{\"data\":\"12345678\tabcdefgh\"}"),
    SLICE_INIT("{\"data\":\"\\x\"}"),
    SLICE_INIT("{\"data\":\"\\\0\"}"),
    SLICE_INIT("{\"data\":\"\\n\n\"}"),
    SLICE_INIT("{\"data\":\"\\u00e\"}"),
    SLICE_INIT("{\"data\":\"\\ud800\"}"),
    SLICE_INIT("{\"data\":\"\\udc00\"}"),
    SLICE_INIT("{\"data\":\"\\ud800x\"}"),
    SLICE_INIT("{\"data\":\"\\ud800\\n\"}"),
    SLICE_INIT("{\"data\":\"\\ud800\\ud800\"}"),
    SLICE_INIT("{\"data\":\"\\ud800\\u0041\"}"),
    SLICE_INIT("{\"data\":\"\\ud83d\\ude0\"}"),
    SLICE_INIT("{\"data\":\"\\u00g0\"}"),
    SLICE_INIT("{\"data\":\"\xff\"}"),
    SLICE_INIT("{\"data\":\"\xc3\"}"),
    SLICE_INIT("{\"data\":\"\xc3\\n\xbc\"}"),
    SLICE_INIT("{\"data\":\"\xed\xa0\x80\"}"),
    SLICE_INIT("{\"data\":\"x\",\"id\":\"\xff\"}"),
    SLICE_INIT("{\"data\":\"x\",\"data\":\"x\"}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":\"a\",\"topic\":\"a\"}"),
    SLICE_INIT("{\"data\":\"x\",\"id\":\"\",\"id\":\"\"}"),
    SLICE_INIT("{\"data\":\"x\",\"private\":true,\"private\":true}"),
    SLICE_INIT("{\"data\":\"x\",\"private\":tru}"),
    SLICE_INIT("{\"data\":\"x\",\"private\":truex}"),
    SLICE_INIT("{\"data\":\"x\",\"private\":t rue}"),
    SLICE_INIT("{\"data\":\"x\",\"private\":\"true\"}"),
    SLICE_INIT("{\"data\":\"x\",\"private\":fals"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":[]}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":[\"a\",]}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":[\"a\" \"b\"]}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":[\"a\"}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":[[\"a\"]]}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":[1]}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":true}"),
    SLICE_INIT("{\"data\":\"x\",\"id\":1}"),
    /* Valid JSON, but not a valid record. */
    SLICE_INIT("{\"topic\":\"a\"}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":\"\"}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":\"*\"}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":\"a\\n\"}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":\"a\x7f\"}"),
    SLICE_INIT("{\"data\":\"x\",\"topic\":[\"a\",\"\"]}"),
    SLICE_INIT("{\"data\":\"x\",\"id\":\"a\\n\"}"),
    SLICE_INIT("{\"data\":\"x\",\"type\":\"a\\rb\"}"),
    SLICE_INIT("{\"data\":\"x\",\"ephemeral\":true,\"id\":\"i\"}"),
    SLICE_INIT("{\"data\":\"" SIXTY "6\"}"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum err read_json(struct slice text)
{
    struct publish_body p;
    enum err err;

    publish_body_init(&p, &no_query, SLICE("chat"));
    err = publish_body_json(&p, text, DATA_MAX);
    publish_body_clear(&p);
    return err;
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(plain_texts); i++) {
        if (!read_both(plain_texts[i]))
            fail_msg("not plain: %s", plain_texts[i].data);
    }
    for (size_t i = 0; i < COUNT(other_texts); i++) {
        if (read_both(other_texts[i]))
            fail_msg("plain: %s", other_texts[i].data);
        if (read_json(other_texts[i]) != OK)
            fail_msg("wrong: %s", other_texts[i].data);
    }
    for (size_t i = 0; i < COUNT(wrong_texts); i++) {
        if (read_both(wrong_texts[i]))
            fail_msg("plain: %s", wrong_texts[i].data);
        if (read_json(wrong_texts[i]) == OK)
            fail_msg("right: %s", wrong_texts[i].data);
    }
}

/* ---- what comes out ---- */

static void test_values(void **state)
{
    struct slice text = SLICE("{\"topic\":[\"a\",\"b\\/c\"],\"data\":\"l1\\nl2 \\\"q\\\"\","
                              "\"id\":\"i\",\"type\":\"t\\\\\",\"private\":true}");
    struct publish_body p;

    (void)state;
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_true(publish_body_json_fast(&p, text, DATA_MAX));
    assert_int_equal(p.record.topic_count, 2);
    assert_slice(p.record.topics[0], "a");
    assert_slice(p.record.topics[1], "b/c");
    assert_slice(p.record.data, "l1\nl2 \"q\"");
    assert_slice(p.record.id, "i");
    assert_slice(p.record.type, "t\\");
    assert_int_equal(p.record.flags, RECORD_PRIVATE);
    publish_body_clear(&p);
}

/* Nothing is copied unnecessarily. */
static void test_no_copy(void **state)
{
    struct slice text = SLICE("{\"topic\":\"a\",\"data\":\"x\"}");
    struct publish_body p;

    (void)state;
    publish_body_init(&p, &no_query, SLICE("chat"));
    mem_fault_from(1);
    assert_true(publish_body_json_fast(&p, text, DATA_MAX));
    mem_fault_at(0);
    assert_ptr_equal(p.record.data.data, text.data + text.size - 3);
    assert_null(p.bytes.data);
    publish_body_clear(&p);
}

static void test_no_memory(void **state)
{
    size_t blocks = mem_fault_blocks();
    struct publish_body p;

    (void)state;
    publish_body_init(&p, &no_query, SLICE("chat"));
    mem_fault_from(1);
    assert_false(publish_body_json_fast(&p, SLICE("{\"topic\":\"a\",\"data\":\"\\n\"}"), DATA_MAX));
    mem_fault_at(0);
    assert_fresh(&p);
    assert_int_equal(mem_fault_blocks(), blocks);
}

static void test_default_topics(void **state)
{
    struct form query;
    struct publish_body p;

    (void)state;
    assert_int_equal(form_parse(SLICE("topic=a&topic=b"), &query), OK);
    publish_body_init(&p, &query, SLICE("chat"));
    assert_true(publish_body_json_fast(&p, SLICE("{\"data\":\"x\"}"), DATA_MAX));
    assert_int_equal(p.record.topic_count, 2);
    assert_slice(p.record.topics[1], "b");
    publish_body_clear(&p);
    publish_body_init(&p, &no_query, SLICE("chat"));
    assert_true(publish_body_json_fast(&p, SLICE("{\"data\":\"x\"}"), DATA_MAX));
    assert_slice(p.record.topics[0], "chat");
    publish_body_clear(&p);
    form_clear(&query);
}

static void test_too_many_topics(void **state)
{
    struct buf text;

    (void)state;
    for (int count = RECORD_TOPICS_MAX; count <= RECORD_TOPICS_MAX + 1; count++) {
        buf_init(&text, 10000);
        buf_str(&text, "{\"data\":\"x\",\"topic\":[\"0\"");
        for (int i = 1; i < count; i++)
            buf_printf(&text, ",\"%d\"", i);
        buf_str(&text, "]}");
        assert_int_equal(read_both(buf_all(&text)), count == RECORD_TOPICS_MAX);
        buf_clear(&text);
    }
}

/* A string may end, or contain a forbidden character, at any position in a word of eight bytes. */
static void test_every_length(void **state)
{
    static const struct {
        const char *end;
        bool plain;
    } ends[] = {{"\"}", true},   {"\\n\"}", true},   {"\x7f\"}", true}, {"\xc3\xbc\"}", true},
                {"\x1f", false}, {"\x01\"}", false}, {"\\", false},     {"\"", false},
                {"", false},     {"\xc3\"}", false}, {"\xbc\"}", false}};
    char text[100];

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        for (int size = 0; size < 40; size++) {
            int length =
                snprintf(text, sizeof text, "{\"data\":\"%.*s%s", size, SIXTY, ends[i].end);

            assert_int_equal(read_both(slice_of(text, (size_t)length)), ends[i].plain);
        }
    }
    for (unsigned c = 0; c < 256; c++) {
        int length = snprintf(text, sizeof text, "{\"data\":\"0123456789\\n01234567?01234567\"}");

        *strchr(text, '?') = (char)c;
        assert_int_equal(read_both(slice_of(text, (size_t)length)),
                         c >= 0x20 && c < 0x80 && c != '"' && c != '\\');
    }
}

/* ---- damaged texts ---- */

static uint64_t next_random(uint64_t *random)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return *random >> 33;
}

static struct slice any_text(uint64_t *random)
{
    switch (next_random(random) % 8) {
    case 0:
        return other_texts[next_random(random) % COUNT(other_texts)];
    case 1:
        return wrong_texts[next_random(random) % COUNT(wrong_texts)];
    default:
        return plain_texts[next_random(random) % COUNT(plain_texts)];
    }
}

static char any_byte(uint64_t *random)
{
    static const char likely[] = "\"\"\"\\\\{}[]:,, \n\t\xc3\xbc/bfnrtu01eE-.truefalsn";

    if (next_random(random) % 4 == 0)
        return (char)next_random(random);
    return likely[next_random(random) % (sizeof likely - 1)];
}

#define TEXT_MAX 400

/* Replaces `count` bytes from `at` on by `part`. */
static size_t splice(char *text, size_t size, size_t at, size_t count, struct slice part)
{
    char rest[TEXT_MAX];
    size_t rest_size = size - at - count;

    if (at + part.size + rest_size > TEXT_MAX)
        return size;
    memcpy(rest, text + at + count, rest_size);
    memcpy(text + at, part.data, part.size);
    memcpy(text + at + part.size, rest, rest_size);
    return at + part.size + rest_size;
}

static size_t damage(char *text, size_t size, uint64_t *random)
{
    size_t at = next_random(random) % (size + 1);
    size_t count = next_random(random) % (size - at + 1);
    struct slice other = any_text(random);
    size_t from = next_random(random) % (other.size + 1);
    char byte = any_byte(random);

    switch (next_random(random) % 6) {
    case 0:
        return splice(text, size, at, 0, slice_of(&byte, 1));
    case 1:
        return splice(text, size, at, count > 0, slice_of(&byte, 1));
    case 2:
        return splice(text, size, at, count % 4, SLICE(""));
    case 3:
        return splice(text, size, at, 0, slice_of(other.data + from, other.size - from));
    case 4: /* the end of another text instead of its own */
        return splice(text, size, at, size - at, slice_of(other.data + from, other.size - from));
    default: { /* another member, where one is allowed */
        static const struct slice members[] = {
            SLICE_INIT(",\"id\":\"i\""), SLICE_INIT(",\"type\":\"\\t\""),
            SLICE_INIT(",\"topic\":[\"a\" , \"\\\\\"]"), SLICE_INIT(",\"private\":true"),
            SLICE_INIT(",\"ephemeral\":false ")};
        struct slice member = members[next_random(random) % COUNT(members)];

        while (at > 0 && text[at - 1] != '"')
            at--;
        return splice(text, size, at, 0, member);
    }
    }
}

static void test_damaged(void **state)
{
    uint64_t random = 1;
    char text[TEXT_MAX];
    size_t plain = 0;
    size_t different = 0;

    (void)state;
    for (size_t i = 0; i < 200000; i++) {
        struct slice base = any_text(&random);
        size_t size = base.size;
        size_t rounds = 1 + next_random(&random) % 2;

        memcpy(text, base.data, size);
        while (rounds-- > 0)
            size = damage(text, size, &random);
        if (read_both(slice_of(text, size))) {
            plain++;
            different += !slice_equal(slice_of(text, size), base);
        }
    }
    /* The test proves something only if some texts were accepted. */
    print_message("%zu of the texts plain, %zu of them damaged\n", plain, different);
    assert_true(different > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),          cmocka_unit_test(test_values),
        cmocka_unit_test(test_no_copy),        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_default_topics), cmocka_unit_test(test_too_many_topics),
        cmocka_unit_test(test_every_length),   cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
