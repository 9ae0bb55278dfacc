/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/doctor/diagnosis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct doctor_diagnosis diagnosis = {
    .findings = {{.check = "headers", .level = DOCTOR_GOOD, .text = "fine", .nginx = "not shown"},
                 {.check = "delay",
                  .level = DOCTOR_BAD,
                  .text = "late\033",
                  .haproxy = "option http-no-delay",
                  .nginx = "tcp_nodelay on;",
                  .edge = "--heartbeat 5s"}},
    .count = 2,
    .bad = 1,
};

static void write(const char *server, bool json, struct buf *out)
{
    struct doctor_facts facts = {.url = "http://h", .reach = {.answer_ms = 3}};

    (void)snprintf(facts.reach.server, sizeof facts.reach.server, "%s", server);
    facts.timing = (struct doctor_timing){.sent = 2, .arrived = 1, .late_ms = {7}};
    buf_init(out, 65536);
    if (json)
        doctor_report_json(&facts, &diagnosis, out);
    else
        doctor_report_text(&facts, &diagnosis, out);
    buf_char(out, '\0');
}

static void test_text(void **state)
{
    struct buf out;

    (void)state;
    write("", false, &out);
    assert_non_null(strstr(out.data, "http://h responds in 3 ms\n"));
    assert_non_null(strstr(out.data, "ok    headers        fine\n"));
    assert_non_null(strstr(out.data, "BAD   delay          late?\n"));
    assert_non_null(strstr(out.data, "HAProxy:  option http-no-delay\n"));
    assert_non_null(strstr(out.data, "nginx:    tcp_nodelay on;\n"));
    assert_non_null(strstr(out.data, "edge:     --heartbeat 5s\n"));
    assert_null(strstr(out.data, "not shown"));
    assert_non_null(strstr(out.data, "\n1 problem.\n"));
    buf_clear(&out);
}

/* For a proxy that sends its name, only its own fixes are shown. */
static void test_names(void **state)
{
    struct buf out;

    (void)state;
    write("nginx/1.22", false, &out);
    assert_non_null(strstr(out.data, "; via nginx/1.22\n"));
    assert_null(strstr(out.data, "HAProxy:"));
    buf_clear(&out);
    write("HAProxy", false, &out);
    assert_null(strstr(out.data, "nginx:"));
    buf_clear(&out);
}

static void test_json(void **state)
{
    struct buf out;

    (void)state;
    write("", true, &out);
    assert_non_null(strstr(out.data, "\"sent\":2,\"arrived\":1,\"late_ms\":[7],\"problems\":1"));
    assert_non_null(strstr(out.data,
                           "{\"check\":\"delay\",\"level\":\"bad\",\"text\":\"late\\u001b\","
                           "\"haproxy\":\"option http-no-delay\""));
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
