/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/doctor/diagnosis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* No problems, over HTTP/2. */
static struct doctor_facts healthy(void)
{
    return (struct doctor_facts){
        .url = "https://h",
        .reach = {.tls = true, .protocol = "h2"},
        .token = {.tried = true, .by_header = true},
        .head = {.tried = true,
                 .came = true,
                 .status = 200,
                 .type = "text/event-stream",
                 .cache = "no-cache, no-transform"},
        .timing = {.tried = true, .first_ms = 2, .sent = 5, .arrived = 5, .padding_kib = -1},
        .resume = {.tried = true, .by_header = true},
        .crowd = {.tried = true, .opened = DOCTOR_STREAMS, .published = true},
        .body = {.tried = true, .status = 400, .by_edge = true},
        .ghost = {.tried = true, .seen = true, .gone = true, .after_ms = 5200},
        .idle = {.tried = true,
                 .watched_ms = 35000,
                 .wanted_ms = 35000,
                 .signs = 2,
                 .silence_ms = 15000},
    };
}

/* Returns the only problem. */
static const struct doctor_finding *only_bad(const struct doctor_facts *facts,
                                             struct doctor_diagnosis *d)
{
    const struct doctor_finding *bad = NULL;

    doctor_diagnose(facts, d);
    assert_int_equal(d->bad, 1);
    for (size_t i = 0; i < d->count; i++) {
        if (d->findings[i].level == DOCTOR_BAD)
            bad = &d->findings[i];
    }
    assert_non_null(bad);
    return bad;
}

static void expect(const struct doctor_facts *facts, const char *check, const char *text,
                   const char *haproxy, const char *nginx)
{
    struct doctor_diagnosis d;
    const struct doctor_finding *bad = only_bad(facts, &d);

    assert_string_equal(bad->check, check);
    assert_non_null(strstr(bad->text, text));
    if (haproxy != NULL)
        assert_non_null(strstr(bad->haproxy, haproxy));
    if (nginx != NULL)
        assert_non_null(strstr(bad->nginx, nginx));
}

static void test_healthy(void **state)
{
    const struct doctor_facts facts = healthy();
    struct doctor_diagnosis d;

    (void)state;
    doctor_diagnose(&facts, &d);
    assert_int_equal(d.bad, 0);
    for (size_t i = 0; i < d.count; i++)
        assert_int_equal(d.findings[i].level, DOCTOR_GOOD);
    assert_int_equal(d.count, 11);
}

static void test_version(void **state)
{
    struct doctor_facts facts = healthy();
    struct doctor_diagnosis d;

    (void)state;
    (void)snprintf(facts.reach.protocol, sizeof facts.reach.protocol, "%s", "http/1.1");
    expect(&facts, "version", "six connections", "alpn h2,http/1.1", "ssl http2");
    facts.reach.tls = false;
    expect(&facts, "version", "six connections", "alpn h2,http/1.1", "ssl http2");
    facts.reach.loopback = true; /* a local test: only a note */
    doctor_diagnose(&facts, &d);
    assert_int_equal(d.bad, 0);
    assert_int_equal(d.findings[0].level, DOCTOR_NOTE);
}

static void test_token(void **state)
{
    struct doctor_facts facts = healthy();

    (void)state;
    facts.token = (struct doctor_token){.tried = true, .by_query = true};
    expect(&facts, "authorization", "removed", "Authorization", "$http_authorization");
    facts.token.by_query = false;
    expect(&facts, "authorization", "refused", NULL, NULL);
}

static void test_head(void **state)
{
    struct doctor_facts facts = healthy();

    (void)state;
    (void)snprintf(facts.head.type, sizeof facts.head.type, "%s", "text/plain");
    expect(&facts, "headers", "text/plain", "Content-Type", "Content-Type");
    facts = healthy();
    facts.head.cache[0] = '\0';
    expect(&facts, "headers", "Cache-Control", "Cache-Control", "proxy_hide_header");
    facts = healthy();
    facts.head.aged = true;
    expect(&facts, "headers", "from a cache", "cache-use", "proxy_cache off");
    facts = healthy();
    (void)snprintf(facts.head.encoding, sizeof facts.head.encoding, "%s", "gzip");
    expect(&facts, "compression", "(gzip)", "compression type", "gzip_types");
    facts.head.encoding[0] = '\0';
    facts.head.plain_only = true;
    expect(&facts, "compression", "waits in the compressor", "compression type", "gzip_types");
    facts = healthy();
    facts.head.status = 404;
    expect(&facts, "stream", "404", NULL, NULL);
    facts = healthy();
    facts.head.came = false;
    expect(&facts, "buffering", "head", "http-buffer-response", "proxy_buffering off");
}

static void test_timing(void **state)
{
    struct doctor_facts facts = healthy();

    (void)state;
    facts.timing.arrived = 0;
    facts.timing.padding_kib = 16;
    expect(&facts, "buffering", "0 of 5 arrived within 2000 ms, and more only after 16 KiB",
           "http-buffer-response", "proxy_buffering off");
    facts.timing.padding_kib = -1;
    expect(&facts, "buffering", "0 of 5 arrived within 2000 ms", NULL, NULL);
    facts = healthy();
    for (int i = 0; i < DOCTOR_ROUNDS; i++)
        facts.timing.late_ms[i] = i == 0 ? 1 : 203;
    expect(&facts, "delay", "203 ms", "option http-no-delay", "tcp_nodelay");
    facts = healthy();
    facts.timing.late_ms[1] = 900; /* a single delay may be accidental */
    facts.timing.repeated = 1;
    expect(&facts, "repeats", "1 events", "disable-l7-retry", "non_idempotent");
    facts = healthy();
    facts.timing.publish_status = 403;
    facts.timing.sent = facts.timing.arrived = 0;
    expect(&facts, "publish", "403", NULL, NULL);
}

static void test_other_problems(void **state)
{
    struct doctor_facts facts = healthy();

    (void)state;
    facts.resume = (struct doctor_resume){.tried = true, .by_query = true};
    expect(&facts, "resume", "header is removed", "Last-Event-ID", "$http_last_event_id");
    facts.resume.by_query = false;
    expect(&facts, "resume", "did not arrive", NULL, NULL);
    facts = healthy();
    facts.crowd.opened = 3;
    facts.crowd.status = 503;
    expect(&facts, "streams", "only 3 of 8", "maxconn", "limit_conn");
    facts = healthy();
    facts.crowd.published = false;
    expect(&facts, "streams", "not answered", NULL, NULL);
    facts = healthy();
    facts.ghost.gone = false;
    expect(&facts, "leaving", "still present", "option abortonclose",
           "proxy_ignore_client_abort off");
}

static void test_body(void **state)
{
    struct doctor_facts facts = healthy();
    struct doctor_diagnosis d;
    bool noted = false;

    (void)state;
    facts.body = (struct doctor_body){.tried = true, .status = 413};
    doctor_diagnose(&facts, &d);
    assert_int_equal(d.bad, 0);
    for (size_t i = 0; i < d.count; i++)
        noted = noted ||
                (strcmp(d.findings[i].check, "body") == 0 && d.findings[i].level == DOCTOR_NOTE &&
                 strstr(d.findings[i].nginx, "client_max_body_size"));
    assert_true(noted);
}

static void test_idle(void **state)
{
    struct doctor_facts facts = healthy();

    (void)state;
    facts.idle =
        (struct doctor_idle){.tried = true, .watched_ms = 3000, .cut = true, .silent_ms = 3000};
    expect(&facts, "idle", "closed after 3.0 s", "timeout server 60s", "proxy_read_timeout 60s");
    facts.idle.signs = 4;
    facts.idle.silence_ms = 700;
    expect(&facts, "idle", "never silent for more than 0.7 s", NULL, NULL);
    facts.idle = (struct doctor_idle){.tried = true, .watched_ms = 35000, .silence_ms = 35000};
    expect(&facts, "idle", "no heartbeat", NULL, "proxy_buffering off");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy), cmocka_unit_test(test_version),
        cmocka_unit_test(test_token),   cmocka_unit_test(test_head),
        cmocka_unit_test(test_timing),  cmocka_unit_test(test_other_problems),
        cmocka_unit_test(test_body),    cmocka_unit_test(test_idle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
