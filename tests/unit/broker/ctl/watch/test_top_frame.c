/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/top.h"

#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char stats_1[] =
    "{\"software\":\"belfry/"
    "1\",\"epoch\":\"abc\",\"term\":2,\"head\":100,\"oldest\":1,\"uptime_ms\":1000,"
    "\"stored\":100,\"publishes_per_second\":7.5,\"edges\":["
    "{\"name\":\"b\",\"incarnation\":\"01\",\"streams\":1,\"delivered\":50,\"lag\":9},"
    "{\"name\":\"a\",\"incarnation\":\"02\",\"streams\":5,\"delivered\":10,\"lag\":0}]}";
static const char stats_2[] =
    "{\"software\":\"belfry/"
    "1\",\"epoch\":\"abc\",\"term\":2,\"head\":140,\"oldest\":1,\"uptime_ms\":3000,"
    "\"stored\":140,\"edges\":["
    "{\"name\":\"b\",\"incarnation\":\"01\",\"streams\":1,\"delivered\":250,\"lag\":9},"
    "{\"name\":\"a\",\"incarnation\":\"03\",\"streams\":5,\"delivered\":1000,\"lag\":0}]}";
static const char topics_1[] =
    "{\"topics\":[{\"topic\":\"slow\",\"records\":90},{\"topic\":\"x\",\"records\":1}],"
    "\"more\":false}";
static const char topics_2[] =
    "{\"topics\":[{\"topic\":\"new\",\"records\":4},{\"topic\":\"slow\",\"records\":92},"
    "{\"topic\":\"x\",\"records\":1}],\"more\":true}";

static struct top_sample *sample(const char *stats, const char *topics, uint64_t taken_ms)
{
    struct top_sample *s = mem_alloc(sizeof *s);

    assert_int_equal(top_read_stats(slice_str(stats), s), OK);
    assert_int_equal(top_read_topics(slice_str(topics), s), OK);
    s->taken_ms = taken_ms;
    return s;
}

static void test_rates(void **state)
{
    struct top_sample *one = sample(stats_1, topics_1, 500);
    struct top_sample *two = sample(stats_2, topics_2, 2500);
    struct top_rates rates = top_rates(NULL, one);

    (void)state;
    assert_int_equal(rates.publishes * 10, 75);
    assert_int_equal(rates.deliveries, 0);
    assert_int_equal(rates.streams, 6);
    rates = top_rates(one, two);
    assert_int_equal(rates.publishes, 20);
    assert_int_equal(rates.deliveries, 100); /* edge a restarted: its counters begin at 0 */
    two->uptime_ms = 10;                     /* the broker restarted, too */
    assert_int_equal(top_rates(one, two).publishes, 0);
    mem_free(one);
    mem_free(two);
}

static size_t lines_of(const struct buf *text)
{
    size_t count = 0;

    for (size_t i = 0; i < text->size; i++)
        count += text->data[i] == '\n';
    return count;
}

static void test_frame(void **state)
{
    struct top_sample *one = sample(stats_1, topics_1, 500);
    struct top_sample *two = sample(stats_2, topics_2, 2500);
    struct buf out;
    const char *a;
    const char *b;

    (void)state;
    buf_init(&out, 1u << 20);
    top_frame(one, two, TOP_BY_STREAMS, 0, 0, &out);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.data, "publishes 20/s, deliveries 100/s, streams 6, edges 2"));
    a = strstr(out.data, "\na ");
    b = strstr(out.data, "\nb ");
    assert_true(a != NULL && b != NULL && a < b);
    a = strstr(out.data, "\nnew ");
    b = strstr(out.data, "\nslow ");
    assert_true(a != NULL && b != NULL && a < b); /* the busiest topic first */
    assert_non_null(strstr(out.data, "first 1000 topics"));
    buf_reset(&out);
    top_frame(one, two, TOP_BY_LAG, 20, 8, &out);
    assert_int_equal(lines_of(&out), 8);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.data, "\nb "));
    assert_null(strstr(out.data, "on disk")); /* beyond the 20th column */
    buf_clear(&out);
    mem_free(one);
    mem_free(two);
}

static void test_json(void **state)
{
    struct top_sample *one = sample(stats_1, topics_1, 500);
    struct buf out;

    (void)state;
    buf_init(&out, 10000);
    top_json(NULL, one, &out);
    buf_char(&out, '\0');
    assert_non_null(
        strstr(out.data, "{\"epoch\":\"abc\",\"head\":100,\"oldest\":1,\"streams\":6,"));
    assert_non_null(strstr(out.data, "{\"name\":\"b\",\"streams\":1,\"lag\":9,"));
    buf_clear(&out);
    mem_free(one);
}

static void test_malformed(void **state)
{
    struct top_sample *s = mem_alloc(sizeof *s);

    (void)state;
    assert_int_equal(top_read_stats(SLICE("[]"), s), ERR_MALFORMED);
    assert_int_equal(top_read_topics(SLICE("{"), s), ERR_MALFORMED);
    assert_int_equal(top_read_stats(SLICE("{}"), s), OK); /* an older broker */
    assert_int_equal(s->edge_count, 0);
    mem_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_frame),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
