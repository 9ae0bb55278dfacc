/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/process_metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Returns the current value of a metric. */
static double value(const char *name)
{
    char line[64];
    struct metrics m;
    struct buf out;
    const char *at;
    double found;

    buf_init(&out, 1u << 16);
    metrics_init(&m, &out);
    process_metrics(&m);
    assert_true(buf_ok(&out));
    buf_char(&out, '\0');
    (void)snprintf(line, sizeof line, "\n%s ", name);
    at = strstr(out.data, line);
    assert_non_null(at);
    found = strtod(at + strlen(line), NULL);
    buf_clear(&out);
    return found;
}

static void memory(void **state)
{
    (void)state;
    assert_true(value("process_resident_memory_bytes") > 100000);
    assert_true(value("process_virtual_memory_bytes") >= value("process_resident_memory_bytes"));
}

static void processor_time(void **state)
{
    double before = value("process_cpu_seconds_total");
    volatile unsigned work = 0;

    (void)state;
    for (unsigned i = 0; i < 300000000u && value("process_cpu_seconds_total") == before; i++)
        work += i;
    assert_true(value("process_cpu_seconds_total") > before);
}

static void start(void **state)
{
    double now = (double)time(NULL);

    (void)state;
    assert_true(value("process_start_time_seconds") <= now + 2);
    assert_true(value("process_start_time_seconds") > now - 600);
}

static void descriptors(void **state)
{
    assert_true(value("process_max_fds") == (double)sysconf(_SC_OPEN_MAX));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory),
        cmocka_unit_test(processor_time),
        cmocka_unit_test(start),
        cmocka_unit_test(descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
