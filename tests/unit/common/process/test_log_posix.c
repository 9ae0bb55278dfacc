/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TIME_SIZE (sizeof("time=2026-11-20T07:33:00.123Z ") - 1)

struct fixture {
    int read_end;
    struct log log;
    char line[8192];
};

static int setup(void **state)
{
    static struct fixture f;
    int ends[2];

    if (pipe(ends) != 0)
        return -1;
    f.read_end = ends[0];
    f.log = (struct log){.level = LOG_INFO, .fd = ends[1]};
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    close(f->read_end);
    close(f->log.fd);
    return 0;
}

/* Returns the result of one read, since a line is one write. */
static const char *line(struct fixture *f)
{
    ssize_t size = read(f->read_end, f->line, sizeof(f->line) - 1);

    assert_true(size > (ssize_t)TIME_SIZE);
    f->line[size] = '\0';
    assert_int_equal(f->line[size - 1], '\n');
    assert_ptr_equal(strchr(f->line, '\n'), &f->line[size - 1]);
    return f->line + TIME_SIZE;
}

static void test_time(void **state)
{
    struct fixture *f = *state;
    int parts[7];

    log_write(&f->log, LOG_INFO, "edge.ready", NULL, 0);
    assert_string_equal(line(f), "level=info event=edge.ready\n");
    assert_int_equal(sscanf(f->line, "time=%4d-%2d-%2dT%2d:%2d:%2d.%3dZ ", &parts[0], &parts[1],
                            &parts[2], &parts[3], &parts[4], &parts[5], &parts[6]),
                     7);
    assert_true(parts[0] >= 2020);
    assert_int_equal(f->line[TIME_SIZE - 2], 'Z');
}

static void test_fields(void **state)
{
    struct fixture *f = *state;

    log_event(&f->log, LOG_WARN, "edge.gone", LOG_NUM("head", UINT64_MAX),
              LOG_STR("epoch", "k3f9x2"), LOG_TEXT("name", SLICE("edge-1/x:y")));
    assert_string_equal(
        line(f),
        "level=warn event=edge.gone head=18446744073709551615 epoch=k3f9x2 name=edge-1/x:y\n");
}

static void test_quotes(void **state)
{
    struct fixture *f = *state;

    log_event(&f->log, LOG_ERROR, "a.b", LOG_STR("empty", ""), LOG_STR("space", "a b"),
              LOG_STR("quote", "say \"x\\\""), LOG_STR("equals", "a=b"),
              LOG_TEXT("control", SLICE("a\nb\r\x1b[0m\0\x7f")), LOG_STR("utf8", "caf\xc3\xa9"),
              LOG_STR("broken", "\xc3("), LOG_STR("c1", "\xc2\x9b"));
    assert_string_equal(
        line(f), "level=error event=a.b empty=\"\" space=\"a b\" quote=\"say \\\"x\\\\\\\"\" "
                 "equals=\"a=b\" control=\"a\\nb\\x0d\\x1b[0m\\x00\\x7f\" "
                 "utf8=caf\xc3\xa9 broken=\"\\xc3(\" c1=\"\\xc2\\x9b\"\n");
}

static void test_level(void **state)
{
    struct fixture *f = *state;

    log_write(&f->log, LOG_DEBUG, "not.seen", NULL, 0);
    log_write(&f->log, LOG_WARN, "seen", NULL, 0);
    assert_string_equal(line(f), "level=warn event=seen\n");
    log_set_level(&f->log, LOG_DEBUG);
    assert_string_equal(line(f), "level=info event=log.level to=debug from=info\n");
    log_write(&f->log, LOG_DEBUG, "now.seen", NULL, 0);
    assert_string_equal(line(f), "level=debug event=now.seen\n");
    log_set_level(&f->log, LOG_ERROR);
    assert_string_equal(line(f), "level=error event=log.level to=error from=debug\n");
    log_set_level(&f->log, LOG_ERROR); /* unchanged: nothing is logged */
    log_write(&f->log, LOG_WARN, "not.seen", NULL, 0);
    log_write(&f->log, LOG_ERROR, "seen", NULL, 0);
    assert_string_equal(line(f), "level=error event=seen\n");
}

static void test_long_line_is_cut_at_a_field(void **state)
{
    struct fixture *f = *state;
    char value[3000];
    const char *got;

    memset(value, 'v', sizeof(value));
    log_event(&f->log, LOG_INFO, "long", LOG_TEXT("a", slice_of(value, 3000)),
              LOG_TEXT("b", slice_of(value, 1024)), LOG_TEXT("c", slice_of(value, 1024)),
              LOG_TEXT("d", slice_of(value, 1024)), LOG_NUM("e", 1));
    got = line(f);
    assert_non_null(strstr(got, " a=vvv"));
    assert_non_null(strstr(got, " c=vvv"));
    assert_null(strstr(got, " d="));
    assert_int_equal(strlen(got), sizeof("level=info event=long\n") - 1 + 3 * (3 + 1024));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quotes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_level, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_line_is_cut_at_a_field, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
