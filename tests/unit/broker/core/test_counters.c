/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/counters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Compares with a tolerance, since rates are shown with one digit. */
static void assert_rate(const struct broker_counters *s, uint64_t now_ms, double expected)
{
    double rate = broker_counters_rate(s, now_ms);

    if (rate < expected - 0.001 || rate > expected + 0.001)
        fail_msg("%f instead of %f", rate, expected);
}

static void rate_over_whole_seconds(void **state)
{
    struct broker_counters s = {.started_ms = 100000, .second = 100};

    (void)state;
    assert_rate(&s, 100000, 0);
    broker_counters_stored(&s, 100100, 50, 10);
    broker_counters_stored(&s, 100900, 50, 10);
    assert_rate(&s, 100900, 0);   /* the second is not over */
    assert_rate(&s, 101000, 100); /* one second of one */
    assert_rate(&s, 102500, 50);  /* one of two */
    broker_counters_stored(&s, 102600, 300, 10);
    assert_rate(&s, 103000, 400.0 / 3);
    assert_rate(&s, 109000, 400.0 / 9);
    assert_rate(&s, 110000, 300.0 / 9); /* the first second has left the window */
    assert_rate(&s, 200000, 0);
    assert_int_equal(s.stored, 400);
    assert_int_equal(s.commits, 3);
}

static void rate_after_a_long_pause(void **state)
{
    struct broker_counters s = {.started_ms = 0};

    (void)state;
    for (uint64_t second = 0; second < 30; second++)
        broker_counters_stored(&s, second * 1000, 10, 10);
    assert_rate(&s, 30000, 10);
    broker_counters_stored(&s, 1000000000, 90, 10); /* the ring has no old values */
    assert_rate(&s, 1000001000, 10);
    assert_rate(&s, 1000009999, 10);
    assert_rate(&s, 1000010000, 0);
}

static void assert_has(const struct buf *out, const char *text)
{
    if (strstr(out->data, text) == NULL)
        fail_msg("no %s in %s", text, out->data);
}

static void as_json(void **state)
{
    struct broker_counters s = {.started_ms = 1000,
                                .duplicates = 3,
                                .refused = 4,
                                .dropped = 5,
                                .malformed = 6,
                                .foreign = 7,
                                .reads = 8,
                                .failed_commits = 2};
    struct journal_state journal = {.epoch = {"k3f9x2"}, .term = 9, .head = 50, .oldest = 11};
    struct edges edges;
    struct edge_entry *edge;
    struct buf out;

    (void)state;
    journal.records = 40;
    journal.record_bytes = 4000;
    journal.file_bytes = 8192;
    edges_init(&edges, 10);
    edge = edges_get(&edges, 0xabc, 5000);
    memcpy(edge->name, "ed\"ge", 6);
    memcpy(edge->address, "127.0.0.1:8081", 15);
    edge->present = true;
    edge->metrics.head = 45;
    edge->metrics.streams = 12;
    edge->whole = true;
    edge->taken = 22;
    edge->stored = 15;
    edge->duplicates = 3;
    edge->refused = 4;
    (void)edges_get(&edges, 0xdef, 5000); /* edges that are not present are not shown */
    broker_counters_stored(&s, 1500, 10, 100);
    broker_counters_stored(&s, 1600, 5, 3000);
    buf_init(&out, 1u << 20);
    broker_counters_json(&s, "belfry/0.1.0", &journal, &edges, 3, 6000, &out);
    assert_true(buf_ok(&out));
    buf_char(&out, '\0');
    assert_has(&out, "{\"software\":\"belfry/0.1.0\",\"epoch\":\"k3f9x2\",\"term\":9,\"head\":50,"
                     "\"oldest\":11,\"records\":40,\"record_bytes\":4000,\"file_bytes\":8192,"
                     "\"uptime_ms\":5000,\"publishes_per_second\":3.0,");
    assert_has(&out, "\"commits\":2,\"failed_commits\":2,\"records_per_commit\":7.5,");
    assert_has(&out, "\"commit_us\":{\"p50\":3071,\"p99\":3071}");
    assert_has(&out, "\"stored\":15,\"duplicates\":3,\"refused\":4,\"dropped\":5,\"malformed\":6,"
                     "\"foreign\":7,\"reads\":8,");
    assert_has(&out, "\"edges\":[{\"name\":\"ed\\\"ge\",\"incarnation\":\"0000000000000abc\","
                     "\"address\":\"127.0.0.1:8081\"");
    assert_has(&out, "\"last_seen_ms\":1000,");
    assert_has(&out, "\"lag\":5,");
    assert_has(&out, "\"streams\":12,");
    assert_has(&out, "\"queued\":3,");
    assert_has(&out, "\"broker\":{\"whole\":true,\"taken\":22,\"stored\":15,\"duplicates\":3,"
                     "\"refused\":4}}");
    assert_has(&out, "}]}");
    assert_null(strstr(out.data, "def"));
    edge->metrics.head = 51; /* ahead of the last state: no lag */
    buf_reset(&out);
    broker_counters_json(&s, "belfry/0.1.0", &journal, &edges, 0, 6000, &out);
    buf_char(&out, '\0');
    assert_has(&out, "\"lag\":0,");
    buf_clear(&out);
    edges_clear(&edges);
}

static void two_edges_are_separated(void **state)
{
    struct broker_counters s = {0};
    struct journal_state journal = {.epoch = {"k3f9x2"}};
    struct edges edges;
    struct buf out;

    (void)state;
    edges_init(&edges, 10);
    edges_get(&edges, 1, 0)->present = true;
    edges_get(&edges, 2, 0)->present = true;
    buf_init(&out, 1u << 20);
    broker_counters_json(&s, "x", &journal, &edges, 0, 0, &out);
    buf_char(&out, '\0');
    assert_has(&out, "\"records_per_commit\":0.0,");
    assert_has(&out, "},{\"name\":");
    assert_has(&out, "\"edges\":[{\"name\":");
    buf_clear(&out);
    edges_clear(&edges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_over_whole_seconds),
        cmocka_unit_test(rate_after_a_long_pause),
        cmocka_unit_test(as_json),
        cmocka_unit_test(two_edges_are_separated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
