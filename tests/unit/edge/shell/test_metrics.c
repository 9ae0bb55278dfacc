/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/metrics.h"

#include "edge/state/canary.h"
#include "tests/unit/edge/core/edge_fixture.h"

/* The counters of streams and of the canary balance, and so does the text. edge_check() checks the
 * counters of the log and of publishes after every event of every test. */

static const struct slice a[] = {SLICE_INIT("a")};
static const struct slice a_and_b[] = {SLICE_INIT("a"), SLICE_INIT("b")};
static const struct slice all[] = {SLICE_INIT("*")};

static struct edge_counters counters_of(const struct fixture *f)
{
    struct edge_counters counters;

    edge_counters(f->e, &counters);
    return counters;
}

static void open_with(struct fixture *f, struct client *c, const struct slice *selectors,
                      size_t count, struct subscribe spec)
{
    spec.selectors = selectors;
    spec.selector_count = count;
    assert_int_equal(fixture_try_spec(f, c, &spec), OK);
}

static void add(struct fixture *f, const char *data, uint32_t flags, uint64_t ttl_ms)
{
    const struct record record = {
        .flags = flags, .topic_count = 1, .topics = a, .data = slice_str(data), .ttl_ms = ttl_ms};

    fixture_record(f, &record, 1000000);
}

static void check_sums(struct fixture *f, uint64_t delivered, uint64_t private, uint64_t expired)
{
    struct edge_status status;

    edge_status(f->e, &status);
    assert_int_equal(status.metrics.delivered, delivered);
    assert_int_equal(counters_of(f).skipped_private, private);
    assert_int_equal(counters_of(f).skipped_expired, expired);
    assert_int_equal(status.metrics.skipped, private + expired);
}

/* Each record of a stream is delivered or skipped exactly once, wherever its socket was full. */
static void every_record_counts_once(void **state)
{
    const struct slice *const selectors[] = {a, a_and_b, all};
    const size_t counts[] = {1, 2, 1};

    (void)state;
    for (size_t room = 0; room < 60; room++) {
        struct fixture *f = fixture_open();
        struct client clients[3];

        fixture_join(f, 0);
        edge_set_unix(f->e, 2000000);
        for (size_t i = 0; i < 3; i++) {
            open_with(f, &clients[i], selectors[i], counts[i], (struct subscribe){0});
            clients[i].room = 0; /* all are blocked while the records arrive */
        }
        add(f, "one", 0, 0);
        for (unsigned i = 0; i < 20; i++) {
            add(f, "private", RECORD_PRIVATE, 0);
            add(f, "public", 0, 0);
            add(f, "expired", 0, 1);
        }
        add(f, "private", RECORD_PRIVATE, 0);
        for (size_t i = 0; i < 3; i++) {
            for (unsigned k = 0; k < 40; k++)
                fixture_writable(f, &clients[i], room);
            fixture_writable(f, &clients[i], SIZE_MAX);
        }
        check_sums(f, 3 * 21, 3 * 21, 3 * 20);
        for (size_t i = 0; i < 3; i++)
            fixture_leave(f, &clients[i]);
        fixture_close(f);
    }
}

/* More skipped records in a row than one read of the tail counts. */
static void long_runs(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;
    struct client open;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c, a, 1, (struct subscribe){0});
    open_with(f, &open, a, 1, (struct subscribe){.open = true});
    add(f, "first", 0, 0);
    c.room = 0;
    add(f, "second", 0, 0);
    for (unsigned i = 0; i < 5000; i++)
        add(f, "private", RECORD_PRIVATE, 0);
    add(f, "last", 0, 0);
    buf_reset(&c.got);
    fixture_writable(f, &c, SIZE_MAX);
    fixture_got(&c, "id: k3f9x2-2\ndata: second\n\nid: k3f9x2-5003\ndata: last\n\n");
    check_sums(f, 3 + 5003, 5000, 0);
    fixture_leave(f, &c);
    fixture_leave(f, &open);
    fixture_close(f);
}

/* A page counts once, however often its reader stalls. */
static void a_page_counts_once(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;
    const struct slice b[] = {SLICE_INIT("b")};

    (void)state;
    f->config.tail_bytes = 1u << 20;
    f->config.warm_records = 10;
    fixture_join(f, 100);
    open_with(f, &c, b, 1, (struct subscribe){.last_event_id = SLICE("k3f9x2-50")});
    c.room = 30;
    fixture_records(f, OK, 51, 90, 90); /* 20 records of b */
    for (unsigned i = 0; i < 100; i++)
        fixture_writable(f, &c, 7);
    fixture_writable(f, &c, SIZE_MAX);
    assert_int_equal(counters_of(f).pages, 1);
    assert_int_equal(counters_of(f).page_records, 20);
    assert_int_equal(counters_of(f).resumed_log, 1);
    fixture_leave(f, &c);
    fixture_close(f);
}

static void census(void **state)
{
    struct fixture *f = fixture_open();
    struct client live;
    struct client slow;
    struct client slower;
    struct edge_census census;

    (void)state;
    fixture_join(f, 0);
    fixture_batch(f, 1, 10);
    open_with(f, &slower, all, 1, (struct subscribe){0});
    slower.room = 0;
    fixture_batch(f, 11, 130);
    open_with(f, &slow, all, 1, (struct subscribe){0});
    slow.room = 0;
    fixture_batch(f, 131, 132);
    open_with(f, &live, all, 1, (struct subscribe){0});
    edge_census(f->e, &census);
    assert_int_equal(census.behind[0], 1);
    assert_int_equal(census.behind[1], 1); /* 2 */
    assert_int_equal(census.behind[2], 0);
    assert_int_equal(census.behind[3], 1); /* 122 */
    assert_int_equal(census.blocked, 2);
    assert_int_equal(census.states[0] + census.states[1] + census.states[2] + census.states[3], 1);
    fixture_leave(f, &live);
    fixture_leave(f, &slow);
    fixture_leave(f, &slower);
    fixture_close(f);
}

/* The broker returns this edge's canary, or sends another edge's. */
static void receive_canary(struct fixture *f, uint64_t origin, uint64_t number)
{
    const struct slice topic = SLICE(CANARY_TOPIC);
    const struct record record = {.flags = RECORD_EPHEMERAL,
                                  .origin = origin,
                                  .seq = number,
                                  .topic_count = 1,
                                  .topics = &topic};
    struct wire_frame frame = {.type = WIRE_EPHEMERAL_BATCH};
    struct slice body;
    struct buf bytes;

    buf_init(&bytes, 1000);
    wire_encode_body(&bytes, &record);
    body = buf_all(&bytes);
    frame.ephemeral_batch = (struct wire_ephemeral_batch){f->epoch, f->term, &body, 1};
    fixture_receive(f, &frame);
    buf_clear(&bytes);
}

static void canary(void **state)
{
    struct fixture *f = fixture_open();
    struct edge_status status;
    struct client listener;
    struct client everything;
    const struct slice topic = SLICE(CANARY_TOPIC);

    (void)state;
    f->config.canary_ms = 1000;
    fixture_join(f, 0);
    open_with(f, &listener, &topic, 1, (struct subscribe){.open = true});
    open_with(f, &everything, all, 1, (struct subscribe){.open = true});
    buf_reset(&listener.got);
    buf_reset(&everything.got);
    for (unsigned i = 0; i < 40; i++) {
        fixture_beacon(f, true, 0, 0);
        edge_set_micros(f->e, (f->now + 50) * 1000 + 400);
        fixture_tick(f, 50);
        if (fixture_count(f, WIRE_EPHEMERAL) == 1)
            break;
        fixture_forget(f);
    }
    assert_int_equal(fixture_count(f, WIRE_EPHEMERAL), 1);
    edge_set_micros(f->e, f->now * 1000 + 1100);
    receive_canary(f, 8, 1);
    receive_canary(f, 7, 1);
    edge_status(f->e, &status);
    assert_int_equal(status.metrics.canaries, 1);
    assert_int_equal(status.metrics.canaries_lost, 0);
    assert_in_range(status.metrics.canary_p50_us, 700, 900);
    assert_int_equal(status.metrics.published, 0);
    assert_int_equal(status.metrics.ephemeral, 0);
    assert_int_equal(counters_of(f).ephemeral_received, 0);
    fixture_got(&listener, ""); /* it is not delivered */
    fixture_got(&everything, "");
    fixture_leave(f, &listener);
    fixture_leave(f, &everything);
    fixture_close(f);
}

static void has(const struct buf *text, const char *line)
{
    if (strstr(text->data, line) == NULL)
        fail_msg("no %s in\n%s", line, text->data);
}

static void text(void **state)
{
    static const struct http_counters http = {.responses = {[100] = 5, [313] = 2}, .body_limit = 2};
    const struct shell_metrics shell = {
        .http = &http,
        .limits = {.subject_publishes = 3},
        .connections = 4,
        .tokens = {.cached = 6, .outcomes = {[TOKEN_OK] = 1, [TOKEN_EXPIRED] = 9}}};
    struct fixture *f = fixture_open();
    struct client c;
    struct client other;
    struct metrics m;
    struct buf out;

    (void)state;
    fixture_join(f, 0);
    fixture_batch(f, 1, 7);
    open_with(f, &c, a, 1, (struct subscribe){.last_event_id = SLICE("k3f9x2-1")});
    open_with(f, &other, a, 1, (struct subscribe){.last_event_id = SLICE("other1-1")});
    buf_init(&out, 1u << 20);
    metrics_init(&m, &out);
    edge_metrics(&m, f->e, &shell);
    assert_true(buf_ok(&out));
    buf_char(&out, '\0');
    has(&out, "\nbelfry_edge_records_total{way=\"broadcast\"} 7\n");
    has(&out, "\nbelfry_edge_resumes_total{from=\"memory\"} 1\n");
    has(&out, "\nbelfry_edge_resumes_total{from=\"nowhere\"} 1\n");
    has(&out, "\nbelfry_edge_gaps_total{reason=\"epoch\"} 1\n");
    has(&out, "\nbelfry_edge_streams{state=\"live\"} 2\n");
    has(&out, "\nbelfry_edge_streams_behind{records=\"0\"} 2\n");
    has(&out, "\nbelfry_edge_http_responses_total{code=\"200\"} 5\n"
              "belfry_edge_http_responses_total{code=\"413\"} 2\n");
    has(&out, "\nbelfry_edge_limit_hits_total{limit=\"subject_publishes\"} 3\n");
    has(&out, "\nbelfry_edge_limit_hits_total{limit=\"body\"} 2\n");
    has(&out, "\nbelfry_edge_tokens_total{way=\"cached\"} 6\n");
    has(&out, "\nbelfry_edge_tokens_refused_total{reason=\"expired\"} 9\n");
    buf_clear(&out);
    fixture_leave(f, &c);
    fixture_leave(f, &other);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_counts_once),
        cmocka_unit_test(long_runs),
        cmocka_unit_test(a_page_counts_once),
        cmocka_unit_test(census),
        cmocka_unit_test(canary),
        cmocka_unit_test(text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
